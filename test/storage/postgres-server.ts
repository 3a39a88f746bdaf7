/**
 * A PostgreSQL of its own for tests: Debian's, in a temporary folder, on a free port of loopback. Where it is missing, root installs it.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PostgresServer {
  readonly url: string;
  /** Ends it at once, as a crash would. */
  crash(): void;
  start(): void;
  /** Ends it, and takes its folder away. */
  remove(): void;
}

const LIBRARY = '/usr/lib/postgresql';
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

/** Why there can be none here; undefined when there can. With CI=true there must be one. */
export function noPostgres(): string | undefined {
  return binaries() !== undefined || isRoot || process.env.CI === 'true' ? undefined : 'PostgreSQL is not installed';
}

export async function startPostgres(): Promise<PostgresServer> {
  if (binaries() === undefined) {
    run('apt-get', 'update');
    run('env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install', '-y', '--no-install-recommends', 'postgresql');
  }
  const bin = binaries();
  if (bin === undefined) throw new Error('PostgreSQL cannot be installed');
  const folder = mkdtempSync(join(tmpdir(), 'tdos-postgres-'));
  // The server refuses to run as root.
  const as = isRoot ? ['runuser', '-u', 'postgres', '--'] : [];
  if (isRoot) run('chown', 'postgres', folder);
  chmodSync(folder, 0o700);
  const data = join(folder, 'data');
  const own = (...words: string[]): void => run(...([...as, ...words] as [string, ...string[]]));
  own(join(bin, 'initdb'), '-D', data, '-U', 'tdos', '-A', 'trust', '--no-sync');
  const port = await freePort();
  // What a test proves of durability it proves by its own kills, not by the disk.
  const options = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=off -c shared_buffers=32MB`;
  const start = (): void =>
    own(join(bin, 'pg_ctl'), '-D', data, '-w', '-l', join(folder, 'log'), '-o', options, 'start');
  const stop = (how: string): void => own(join(bin, 'pg_ctl'), '-D', data, '-w', '-m', how, 'stop');
  start();
  return {
    url: `postgres://tdos@127.0.0.1:${port}/postgres`,
    ...{ start, crash: () => stop('immediate') },
    remove() {
      stop('immediate');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function binaries(): string | undefined {
  if (!existsSync(LIBRARY)) return undefined;
  const versions = readdirSync(LIBRARY).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(LIBRARY, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
