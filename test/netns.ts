/**
 * Several machines on one: network namespaces of Linux joined by virtual cables, for tests of what real networks do.
 * They need root; elsewhere such tests are skipped, and say so. With CI=true they must run.
 *
 * @module
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const possible = process.platform === 'linux' && process.getuid?.() === 0;

/** Whether tests in namespaces are to run; prints a line when they are not. */
export function namespacesRun(what: string): boolean {
  const run = possible || process.env.CI === 'true';
  if (!run) console.log(`skipped: ${what} (network namespaces need Linux and root)`);
  return run;
}

/** Runs a command of the system, and gives what it prints. @throws what it says when it fails. */
export function command(program: string, ...args: string[]): string {
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
  return execFileSync(program, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** `ip(...)`, in words: `ip('addr add 10.0.0.1/24 dev eth0')`. */
export const ip = (words: string): string => command('ip', ...words.split(' '));

/** A program that runs and tells, line by line. */
export class Running {
  readonly lines: string[] = [];
  readonly process: ChildProcess;
  readonly exit: Promise<number | null>;
  private readonly waiting = new Set<() => void>();

  constructor(child: ChildProcess) {
    this.process = child;
    // Not the 'close' event: it does not come for a child that was disconnected.
    const ends: Promise<unknown>[] = [];
    for (const stream of [child.stdout, child.stderr])
      if (stream !== null)
        ends.push(
          once(
            createInterface({ input: stream }).on('line', (line) => this.told(line)),
            'close',
          ),
        );
    this.exit = new Promise((resolve) => child.once('exit', (code) => Promise.all(ends).then(() => resolve(code))));
  }

  private told(line: string): void {
    this.lines.push(line);
    for (const wake of this.waiting) wake();
  }

  /** The first line from `from` on that holds `text`. @throws after `boundMs` without one, with what was told instead. */
  async line(text: string, from = 0, boundMs = 20_000): Promise<string> {
    const end = performance.now() + boundMs;
    for (;;) {
      const found = this.lines.slice(from).find((line) => line.includes(text));
      if (found !== undefined) return found;
      const left = end - performance.now();
      if (left <= 0) throw new Error(`no line with "${text}" in ${boundMs} ms, but:\n${this.lines.join('\n')}`);
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(bound);
          this.waiting.delete(wake);
          resolve();
        };
        const bound = setTimeout(wake, left);
        this.waiting.add(wake);
      });
    }
  }

  async stop(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.exit;
  }
}

/** Runs TypeScript, given as text, in a process of its own. */
export function program(code: string, prefix: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Running {
  const [file = '', ...args] = [
    ...prefix,
    process.execPath,
    '--conditions=tdos-source',
    '--input-type=module-typescript',
    '-e',
    code,
  ];
  return new Running(spawn(file, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] }));
}

/** A machine of its own: a network namespace with its loopback up. */
export class Machine {
  readonly name: string;
  private readonly running: Running[] = [];

  constructor(name: string) {
    this.name = `tdos-${name}-${process.pid}`;
    ip(`netns add ${this.name}`);
    this.ip('link set lo up');
  }

  ip(words: string): string {
    return ip(`-n ${this.name} ${words}`);
  }

  /** Runs a command of the system there, and gives what it prints. */
  command(...words: string[]): string {
    return command('ip', 'netns', 'exec', this.name, ...words);
  }

  program(code: string, env: NodeJS.ProcessEnv = {}): Running {
    const running = program(code, ['ip', 'netns', 'exec', this.name], env);
    this.running.push(running);
    return running;
  }

  async remove(): Promise<void> {
    for (const running of this.running) await running.stop();
    ip(`netns del ${this.name}`);
  }
}

/** How often to look whether a cable is in: the system tells of a new one up to a second late. */
const LOOKS = 400;

/** A cable between two machines, plugged in; each end is `eth0` with the given address (`10.1.0.1/24`). */
export function cable(a: Machine, addressA: string, b: Machine, addressB: string): void {
  ip(`link add eth0 netns ${a.name} type veth peer name eth0 netns ${b.name}`);
  for (const [machine, address] of [
    [a, addressA],
    [b, addressB],
  ] as const) {
    machine.ip(`addr add ${address} dev eth0`);
    machine.ip('link set eth0 up');
  }
  for (const machine of [a, b])
    for (let look = 0; look < LOOKS && !machine.ip('link show eth0').includes('state UP'); look += 1);
}
