/**
 * What a node keeps between starts: one JSON file a node name under TDOS_HOME, written so that it is either the old or
 * the new one, whenever the power goes; and a lock beside it while the node runs.
 *
 * @module
 */
import { readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { TdosError } from '../../base/errors.ts';
import type { Store, StoredState } from '../../os/host.ts';
import { isAddress, isName, isObject } from '../../wire/checks.ts';
import { faultCode, hostError } from './faults.ts';
import { fileNameOf, makeFolder, replaceFile } from './files.ts';
import { dropLock, takeLock } from './lock.ts';

/** Told in a sentence what a person should know. */
export type Notice = (sentence: string) => void;

export interface NodeStore extends Store {
  readonly name: string;
  /** Takes the name's lock, when it is not held. @throws TdosError HOST when another process has it. */
  claim(): void;
  /** Gives the lock back. What is saved later is not kept. */
  release(): void;
}

/** Kernel addresses read back at most. */
const MAX_KERNELS = 64;
/** Numbered names tried for an unnamed node. */
const MAX_NUMBERED = 1000;
const MAX_U32 = 0xffff_ffff;

/** The folder of all state: TDOS_HOME, or `.tdos` in the user's home. */
export const homeFolder = (): string => process.env.TDOS_HOME || join(homedir(), '.tdos');

/**
 * The store of the node `name`, whose lock this process then holds.
 *
 * @throws TdosError HOST when a node of that name runs here, or the folder cannot be written.
 */
export function fileStore(home: string, name: string, notice?: Notice): NodeStore {
  const store = new FileStore(home, name, notice);
  store.claim();
  return store;
}

/**
 * The store of the node `base`, or of the first free one of `base-2`, `base-3`...
 *
 * @throws TdosError HOST when none is free or the folder cannot be written.
 */
export function claimName(home: string, base: string, notice?: Notice): NodeStore {
  for (let number = 1; number <= MAX_NUMBERED; number += 1) {
    const store = new FileStore(home, number === 1 ? base : `${base}-${number}`, notice);
    if (store.tryClaim() === undefined) return store;
  }
  throw new TdosError('HOST', `${MAX_NUMBERED} nodes named ${base} run here already. Give this one a --name.`);
}

/** Keeps nothing beyond this process: for commands that live for a moment. */
export function memoryStore(): Store {
  let state: StoredState | undefined;
  return {
    load: () => state,
    save(next) {
      state = next;
    },
  };
}

class FileStore implements NodeStore {
  readonly name: string;
  private readonly path: string;
  private readonly notice: Notice | undefined;
  private held = false;

  constructor(home: string, name: string, notice: Notice | undefined) {
    if (!isName(name))
      throw new TdosError('BAD_CONFIG', 'A node name has 1 to 64 characters, and no control characters.');
    this.name = name;
    this.path = join(home, 'nodes', fileNameOf(name));
    this.notice = notice;
  }

  claim(): void {
    const pid = this.tryClaim();
    if (pid !== undefined)
      throw new TdosError('HOST', `A node named ${this.name} already runs here (pid ${pid}); give another --name.`);
  }

  /** The process that has the name; undefined when it is ours now. */
  tryClaim(): number | undefined {
    if (this.held) return undefined;
    try {
      makeFolder(dirname(this.path));
      const owner = takeLock(`${this.path}.lock`);
      if (owner !== undefined) return owner.pid;
    } catch (error) {
      throw hostError(`The node ${this.name} cannot keep its state in ${dirname(this.path)}`, error);
    }
    this.held = true;
    return undefined;
  }

  release(): void {
    if (!this.held) return;
    this.held = false;
    try {
      dropLock(`${this.path}.lock`);
    } catch {
      // It is stale once this process is gone.
    }
  }

  load(): StoredState | undefined {
    const path = `${this.path}.json`;
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if (faultCode(error) !== 'ENOENT') this.setAside(path, hostError('it cannot be read', error).message);
      return undefined;
    }
    const state = parseState(text);
    if (state === undefined) this.setAside(path, 'it is damaged');
    return state;
  }

  save(state: StoredState): void {
    if (!this.held) return;
    const path = `${this.path}.json`;
    try {
      replaceFile(path, `${JSON.stringify({ name: this.name, ...state })}\n`);
    } catch (error) {
      throw hostError(`The state of the node ${this.name} cannot be written to ${path}`, error);
    }
  }

  private setAside(path: string, why: string): void {
    try {
      renameSync(path, `${path}.damaged`);
      this.notice?.(
        `The stored state ${path} is not used: ${why}. It was kept as ${path}.damaged; the node is a new one.`,
      );
    } catch {
      this.notice?.(`The stored state ${path} is not used: ${why}. The node is a new one.`);
    }
  }
}

const isU32 = (value: unknown, least: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= MAX_U32;

function parseState(text: string): StoredState | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { id, epoch, term, kernels } = value;
  if (!isU32(id, 1) || !isU32(epoch, 0) || !isU32(term, 0) || !Array.isArray(kernels)) return undefined;
  return { id, epoch, term, kernels: kernels.filter(isAddress).slice(0, MAX_KERNELS) };
}
