/**
 * The keys of this machine's cluster: a file in the state folder, one key a line as people write them, the newest last.
 *
 * It is a secret: only its owner may read it, and nothing here puts any of it into an error or a log. Every change of it is
 * a new file in the place of the old, so whoever reads it finds it whole.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, statSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TdosError } from '../../base/errors.ts';
import { MAX_KEYS } from '../../core/keyring.ts';
import { formatKey, parseKey } from '../../wire/key-text.ts';
import { KEY_BYTES } from '../../wire/seal.ts';
import { nodeCodec } from './codec.ts';
import { faultCode, hostError } from './faults.ts';
import { makeFolder, replaceFile } from './files.ts';
import { dropLock, takeLock } from './lock.ts';
import { homeFolder } from './store.ts';

/** Keys as the file holds them, the newest last. */
export type Keys = readonly Uint8Array[];

/** A file of keys is never larger; anything larger is something else. */
const MAX_BYTES = 4096;
/** Times that a lock is asked for, and ms between them: changing the file takes a few. */
const LOCK_TRIES = 200;
const LOCK_PAUSE_MS = 5;

/** Where the keys are: in a home that is named, else in TDOS_KEY_FILE, else in the state folder. */
export function keyFile(home?: string): string {
  return home === undefined ? process.env.TDOS_KEY_FILE || join(homeFolder(), 'key') : join(home, 'key');
}

export const newKey = (): Uint8Array => new Uint8Array(randomBytes(KEY_BYTES));

/**
 * The keys in the file; undefined when there is none.
 *
 * @throws TdosError HOST when others may read it, when it is damaged, or cannot be read.
 */
export function readKeys(path: string): Keys | undefined {
  let text: string;
  try {
    const { mode, size } = statSync(path);
    // Windows has no such bits; there the folder of a user is the user's own.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) throw openToOthers(path, mode);
    if (size > MAX_BYTES) throw damaged(path, 'it is too large');
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof TdosError) throw error;
    if (faultCode(error) === 'ENOENT') return undefined;
    throw hostError(`The cluster key ${path} cannot be read`, error);
  }
  return parse(path, text);
}

/**
 * The keys in the file, which is made with one new key when it is missing. Of many processes that do so at once, all get
 * the same.
 *
 * @throws TdosError HOST
 */
export function readOrMakeKeys(path: string): Keys {
  const found = readKeys(path);
  if (found !== undefined) return found;
  const own = `${path}.${process.pid}`;
  try {
    makeFolder(dirname(path));
    replaceFile(own, print([newKey()]));
    try {
      // Fails where the file exists, and never shows half of it.
      linkSync(own, path);
    } catch (error) {
      if (faultCode(error) !== 'EEXIST') throw error;
    } finally {
      unlinkSync(own);
    }
  } catch (error) {
    throw hostError(`The cluster key ${path} cannot be made`, error);
  }
  const made = readKeys(path);
  if (made === undefined) throw new TdosError('HOST', `The cluster key ${path} has just been deleted.`);
  return made;
}

/**
 * Changes the keys, one process at a time.
 *
 * @param change - from the keys that are there (undefined: no file) to those that are to be; undefined leaves the file.
 * @throws TdosError HOST; what `change` throws.
 */
export function changeKeys(path: string, change: (keys: Keys | undefined) => Keys | undefined): void {
  const lock = `${path}.lock`;
  try {
    makeFolder(dirname(path));
    awaitLock(lock);
  } catch (error) {
    throw hostError(`The cluster key ${path} cannot be changed`, error);
  }
  try {
    const keys = change(readKeys(path));
    if (keys !== undefined) write(path, keys.slice(-MAX_KEYS));
  } finally {
    dropLock(lock);
  }
}

/** Puts these keys in the place of what is there, whatever that is. @throws TdosError HOST */
export function writeKeys(path: string, keys: Keys): void {
  try {
    makeFolder(dirname(path));
  } catch (error) {
    throw hostError(`The cluster key ${path} cannot be written`, error);
  }
  write(path, keys);
}

export const isSameKey = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, at) => byte === b[at]);

export const areSameKeys = (a: Keys, b: Keys): boolean =>
  a.length === b.length && a.every((key, at) => isSameKey(key, b[at] ?? new Uint8Array()));

function write(path: string, keys: Keys): void {
  try {
    replaceFile(path, print(keys));
  } catch (error) {
    throw hostError(`The cluster key ${path} cannot be written`, error);
  }
}

const print = (keys: Keys): string => keys.map((key) => `${formatKey(key, nodeCodec)}\n`).join('');

function parse(path: string, text: string): Keys {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) throw damaged(path, 'it is empty');
  if (lines.length > MAX_KEYS) throw damaged(path, `it has ${lines.length} lines, and two keys may be valid at most`);
  return lines.map((line) => {
    try {
      return parseKey(line, nodeCodec);
    } catch {
      throw damaged(path, 'a line of it is no key');
    }
  });
}

const damaged = (path: string, why: string): TdosError =>
  new TdosError('HOST', `The cluster key ${path} is damaged: ${why}. Delete it, and take the key of another machine.`);

const openToOthers = (path: string, mode: number): TdosError =>
  new TdosError(
    'HOST',
    `The cluster key ${path} can be read by others (mode ${(mode & 0o777).toString(8)}): \`chmod 600\` it, and make ` +
      'another with `tdos key rotate` if anybody may have read it.',
  );

function awaitLock(path: string): void {
  for (let attempt = 0; attempt < LOCK_TRIES; attempt += 1) {
    if (takeLock(path) === undefined) return;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_PAUSE_MS);
  }
  throw new Error('another program is changing it.');
}
