/**
 * The command `tdos` in tests: real processes on this machine's loopback, each test file with a port and a home of its own.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withKey } from '../keys.ts';
import { Running } from '../netns.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/tdos.mjs', import.meta.url));

/** What a command that ended printed. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A UDP port that nobody uses. */
export async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '0.0.0.0');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

/** A place for commands: they see only each other. */
export class Site {
  readonly port: number;
  readonly home: string;
  private readonly env: NodeJS.ProcessEnv;
  private readonly started: ChildProcess[] = [];

  private constructor(port: number) {
    this.port = port;
    this.home = withKey(mkdtempSync(join(tmpdir(), 'tdos-cli-')));
    const { NODE_OPTIONS: _, FORCE_COLOR: __, ...env } = process.env;
    this.env = { ...env, TDOS_HOME: this.home, TDOS_PORT: String(port) };
  }

  /** @param port - @default a free one */
  static async open(port?: number): Promise<Site> {
    return new Site(port ?? (await freePort()));
  }

  /** Writes a file, and gives its path. */
  file(name: string, text: string): string {
    const path = join(this.home, name);
    writeFileSync(path, text);
    return path;
  }

  /** Starts `tdos ARGS`, which stays. */
  start(args: readonly string[], env: NodeJS.ProcessEnv = {}, folder?: string): Running {
    return new Running(this.spawn(args, env, folder));
  }

  /** Runs `tdos ARGS` to its end. */
  async run(args: readonly string[], env: NodeJS.ProcessEnv = {}, input?: string): Promise<Ended> {
    const child = this.spawn(args, env, undefined, input);
    const text = { stdout: '', stderr: '' };
    child.stdout?.setEncoding('utf8').on('data', (part) => {
      text.stdout += part;
    });
    child.stderr?.setEncoding('utf8').on('data', (part) => {
      text.stderr += part;
    });
    const [code] = await once(child, 'close');
    return { code, ...text };
  }

  /** Runs `tdos ARGS --json`, and gives what it printed, parsed. @throws when it failed. */
  async json(args: readonly string[]): Promise<unknown> {
    const { code, stdout, stderr } = await this.run([...args, '--json']);
    if (code !== 0) throw new Error(`tdos ${args.join(' ')} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout);
  }

  /** Runs `tdos ARGS --json` until what it prints is as wanted. @throws after 10 s. */
  async until(args: readonly string[], isWanted: (value: unknown) => boolean): Promise<unknown> {
    const end = performance.now() + 10_000;
    let last: Ended | undefined;
    while (performance.now() < end) {
      last = await this.run([...args, '--json']);
      if (last.code !== 0) continue;
      const value: unknown = JSON.parse(last.stdout);
      if (isWanted(value)) return value;
    }
    throw new Error(`tdos ${args.join(' ')} never was as wanted, but: ${last?.stdout}${last?.stderr}`);
  }

  /** Ends what still runs, and takes the home away. */
  async close(): Promise<void> {
    await Promise.all(this.started.map(ended));
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  private spawn(args: readonly string[], env: NodeJS.ProcessEnv, cwd?: string, input?: string): ChildProcess {
    const child = spawn(process.execPath, [LAUNCHER, ...args], {
      cwd,
      env: { ...this.env, ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    child.stdin?.end(input);
    this.started.push(child);
    return child;
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** True while a process of that id runs; not when it ended and was only not collected yet. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync('/proc/self/stat') || !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

/** Waits for a process to be gone. @throws after `boundMs`. */
export async function gone(pid: number, boundMs = 2000): Promise<void> {
  const end = performance.now() + boundMs;
  while (isRunning(pid)) {
    if (performance.now() > end) throw new Error(`the process ${pid} still runs after ${boundMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
