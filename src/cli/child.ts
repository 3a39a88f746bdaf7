/**
 * A node in a process of its own, and what it and its parent say to each other: it tells when it is ready, and ends when the
 * parent is gone, however that happens. The channel between them is the lifeline.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What a node says of itself once it is in the cluster. */
export interface Ready {
  readonly node: string;
  readonly serves: readonly string[];
  readonly kernel: boolean;
  /** Where its gateway is, if it has one. */
  readonly http?: string | undefined;
}

const PARENT_MARK = 'TDOS_UP';

/** True in a process that `tdos up` started. */
export const isChild = (): boolean => process.env[PARENT_MARK] !== undefined && process.send !== undefined;

/** Tells the parent that this node is ready. */
export function tellParent(ready: Ready): void {
  process.send?.(ready);
}

export interface ChildEvents {
  ready(ready: Ready): void;
  line(text: string, stream: 'out' | 'error'): void;
  /** `how`: "was killed (SIGKILL)", "ended with exit code 1". */
  ended(how: string): void;
}

/** A node in a process of its own. */
export class Child {
  readonly pid: number | undefined;
  private readonly process: ChildProcess;
  private readonly gone: Promise<void>;
  private hasEnded = false;

  /** Starts `tdos ARGS` with the node binary, the flags and the launcher of this process. */
  constructor(args: readonly string[], events: ChildEvents) {
    const launcher = process.argv[1] ?? '';
    this.process = spawn(process.execPath, [...process.execArgv, launcher, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, [PARENT_MARK]: '1' },
    });
    this.pid = this.process.pid;
    for (const [stream, input] of [
      ['out', this.process.stdout],
      ['error', this.process.stderr],
    ] as const)
      if (input !== null) createInterface({ input }).on('line', (line) => events.line(line, stream));
    this.process.on('message', (message) => {
      const ready = parseReady(message);
      if (ready !== undefined) events.ready(ready);
    });
    this.gone = new Promise((resolve) => {
      const end = (how: string): void => {
        if (this.hasEnded) return;
        this.hasEnded = true;
        events.ended(how);
        resolve();
      };
      this.process.once('error', (error) => end(`could not be started: ${error.message}`));
      // Not `exit`: after `close` all that the node printed is here.
      this.process.once('close', (code, signal) => end(endedHow(code, signal)));
    });
  }

  get ended(): boolean {
    return this.hasEnded;
  }

  /** Asks the node to leave, and ends it if it has not left after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    if (this.hasEnded) return;
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), graceMs);
    await this.gone;
    clearTimeout(timer);
  }
}

function endedHow(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `was killed (${signal})`;
  return code === 0 ? 'left' : `ended with exit code ${code}`;
}

function parseReady(message: unknown): Ready | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  if (!('node' in message && 'serves' in message && 'kernel' in message)) return undefined;
  const { node, serves, kernel } = message;
  if (typeof node !== 'string' || typeof kernel !== 'boolean' || !Array.isArray(serves)) return undefined;
  const http = 'http' in message && typeof message.http === 'string' ? message.http : undefined;
  return { node, serves: serves.map(String), kernel, http };
}
