/**
 * The two that are compared: a read through TDOS, and the same by hand with `node:dgram` and JSON.
 *
 * @module
 */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { boot } from 'tdos';

export interface Side {
  readonly name: string;
  /** One call and its answer. */
  call(): Promise<unknown>;
  /** µs of CPU that the server has used. */
  serverCpu(): Promise<number>;
  close(): Promise<void>;
}

const serverFile = fileURLToPath(new URL('server.ts', import.meta.url));

/** Where the callers run, and where all that serve. */
const CLIENT_CPU = 0;
const SERVER_CPU = 1;

/** Keeps a process on one CPU, if this machine is able to. */
function pin(pid: number | undefined, cpu: number): boolean {
  const { status } = spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(cpu), String(pid)]);
  return status === 0;
}

/**
 * Puts this process on one CPU and what it starts to serve on another, as two machines would be: to call a process on the
 * same CPU takes a third of the time, and the system would move now one side and now the other.
 *
 * @returns false where that cannot be done (no `taskset`, or one CPU); then the figures swing.
 */
export const pinClient = (): boolean => availableParallelism() > 1 && pin(process.pid, CLIENT_CPU);

async function serve(kind: string, port: number, home: string) {
  const child = fork(serverFile, [kind, String(port)], {
    execArgv: ['--conditions=tdos-source'],
    env: { ...process.env, TDOS_HOME: home, TDOS_KEY_FILE: '', TDOS_PORT: '' },
  });
  const [first] = await once(child, 'message');
  pin(child.pid, SERVER_CPU);
  return { child, first: Number(first) };
}

async function cpuOf(child: ChildProcess): Promise<number> {
  child.send('cpu');
  const [used] = await once(child, 'message');
  return Number(used);
}

async function stop(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

export async function tdosSide(): Promise<Side> {
  const home = mkdtempSync(join(tmpdir(), 'tdos-bench-'));
  const port = await freePort();
  const { child } = await serve('tdos', port, home);
  const os = await boot({ port, home, name: 'client' });
  const handle = await os.open('temp_sensor');
  return {
    name: 'tdos',
    call: () => handle.read(),
    serverCpu: () => cpuOf(child),
    async close() {
      await os.close();
      await stop(child);
      rmSync(home, { recursive: true });
    },
  };
}

export async function bareSide(): Promise<Side> {
  const { child, first: port } = await serve('bare', 0, '');
  const socket = createSocket('udp4');
  const waiting = new Map<number, (value: unknown) => void>();
  let last = 0;
  socket.on('message', (datagram) => {
    const { id, value } = JSON.parse(datagram.toString()) as { readonly id: number; readonly value: unknown };
    waiting.get(id)?.(value);
    waiting.delete(id);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    name: 'bare',
    call: () =>
      new Promise((resolve, reject) => {
        const id = ++last;
        // What any honest client has: a bound on how long it waits.
        const bound = setTimeout(() => reject(new Error('lost')), 3000);
        waiting.set(id, (value) => {
          clearTimeout(bound);
          resolve(value);
        });
        socket.send(JSON.stringify({ id, service: 'temp_sensor', op: 'read' }), port, '127.0.0.1');
      }),
    serverCpu: () => cpuOf(child),
    async close() {
      socket.close();
      await stop(child);
    },
  };
}

export async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}
