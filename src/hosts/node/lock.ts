/**
 * A file that says which process uses a node's name, so that two processes of one machine never are one node.
 *
 * A process that was killed leaves its lock behind. The file therefore names the process by its id and start time (and
 * the machine's boot): ids are used again, the three together are not.
 *
 * @module
 */
import { linkSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { faultCode } from './faults.ts';

/** A process, told apart from later ones with its id. */
export interface Owner {
  readonly pid: number;
  /** In clock ticks since boot; '' where the system does not say. */
  readonly started: string;
  readonly boot: string;
}

/** Tries while others take the same lock. */
const ATTEMPTS = 100;
/** ms between them. */
const PAUSE_MS = 5;
/** ms after which the guard of a takeover is that of a process killed in its midst; a takeover takes less than one. */
const GUARD_MS = 10_000;

/** Fields 3 and 22 of /proc/PID/stat; '' off Linux. The second field is a name in brackets that may hold anything. */
function statOf(pid: number): { readonly state: string; readonly started: string } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', started: fields[19] ?? '' };
  } catch {
    return { state: '', started: '' };
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

export const thisProcess = (): Owner => ({ pid: process.pid, started: statOf(process.pid).started, boot: bootId() });

function runs({ pid, started, boot }: Owner): boolean {
  if (boot !== bootId()) return false;
  try {
    process.kill(pid, 0); // asks only
  } catch (error) {
    if (faultCode(error) === 'ESRCH') return false;
  }
  const now = statOf(pid);
  // Killed, and nobody asked how it ended: in a container without an init that may be for ever.
  return now.state !== 'Z' && now.started === started;
}

const print = ({ pid, started, boot }: Owner): string => `${pid} ${started || '-'} ${boot || '-'}\n`;

/** Undefined for a damaged lock; it counts as stale. */
function parse(text: string): Owner | undefined {
  const [pid, started = '', boot = ''] = text.trim().split(' ');
  const number = Number(pid);
  if (!Number.isInteger(number) || number < 1 || boot === '') return undefined;
  return { pid: number, started: started === '-' ? '' : started, boot: boot === '-' ? '' : boot };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (faultCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const remove = (path: string): void => {
  try {
    unlinkSync(path);
  } catch {
    // gone already
  }
};

/** Makes `path` with all of its content at once, unless it exists. */
function create(path: string, content: string, own: string): boolean {
  writeFileSync(own, content, { mode: 0o600 });
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (faultCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    remove(own);
  }
}

/**
 * Puts our lock in the place of a stale one. Only who holds the guard beside it may, so that two that find it stale at
 * once do not both.
 */
function replaceStale(path: string, stale: string, content: string, own: string): boolean {
  const guard = `${path}.taking`;
  if (!create(guard, content, own)) {
    if (ageOf(guard) > GUARD_MS) remove(guard);
    else pause(PAUSE_MS);
    return false;
  }
  try {
    if (read(path) !== stale) return false;
    writeFileSync(own, content, { mode: 0o600 });
    renameSync(own, path);
    return true;
  } finally {
    remove(guard);
  }
}

/** ms since the file was written; 0 when it is gone. */
function ageOf(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

const pause = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
};

/**
 * Takes the lock.
 *
 * @returns undefined when it is ours now, else the process that has it.
 * @throws the file system's error.
 */
export function takeLock(path: string, self: Owner = thisProcess()): Owner | undefined {
  const own = `${path}.${self.pid}`;
  const content = print(self);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (create(path, content, own)) return undefined;
    const text = read(path);
    if (text === undefined) continue;
    const owner = parse(text);
    if (owner !== undefined && runs(owner)) return owner;
    if (replaceStale(path, text, content, own)) return undefined;
  }
  throw new Error(`the lock ${path} keeps changing hands`);
}

/** Gives the lock back, if it is this process's. */
export function dropLock(path: string, self: Owner = thisProcess()): void {
  if (read(path) === print(self)) remove(path);
}
