/**
 * A file that says which process uses a node's name, so that two processes of one machine never are one node.
 *
 * A process that was killed leaves its lock behind. The file therefore names the process by its id and start time (and
 * the machine's boot): ids are used again, the three together are not.
 *
 * @module
 */
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { faultCode } from './faults.ts';

/** A process, told apart from later ones with its id. */
export interface Owner {
  readonly pid: number;
  /** In clock ticks since boot; '' where the system does not say. */
  readonly started: string;
  readonly boot: string;
}

/** Tries until two that take the same stale lock at once are told apart. */
const ATTEMPTS = 20;

/** Field 22 of /proc/PID/stat; '' off Linux. The second field is a name in brackets that may hold anything. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

export const thisProcess = (): Owner => ({ pid: process.pid, started: startOf(process.pid), boot: bootId() });

function runs({ pid, started, boot }: Owner): boolean {
  if (boot !== bootId()) return false;
  try {
    process.kill(pid, 0); // asks only
  } catch (error) {
    if (faultCode(error) === 'ESRCH') return false;
  }
  return started === startOf(pid);
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

/** Takes away a lock found stale. If another process was faster and this is its new lock, it is put back. */
function takeAway(path: string, stale: string, own: string): void {
  try {
    renameSync(path, own);
  } catch {
    return;
  }
  if (read(own) !== stale) {
    try {
      linkSync(own, path);
    } catch {
      // a third has it now
    }
  }
  remove(own);
}

/**
 * Takes the lock.
 *
 * @returns undefined when it is ours now, else the process that has it.
 * @throws the file system's error.
 */
export function takeLock(path: string, self: Owner = thisProcess()): Owner | undefined {
  const own = `${path}.${self.pid}`;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (create(path, print(self), own)) return undefined;
    const text = read(path);
    if (text === undefined) continue;
    const owner = parse(text);
    if (owner !== undefined && runs(owner)) return owner;
    takeAway(path, text, own);
  }
  throw new Error(`the lock ${path} keeps changing hands`);
}

/** Gives the lock back, if it is this process's. */
export function dropLock(path: string, self: Owner = thisProcess()): void {
  if (read(path) === print(self)) remove(path);
}
