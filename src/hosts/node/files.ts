/**
 * Folders and files for state: readable by their owner alone, and on the disk when the call returns.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { faultCode } from './faults.ts';

/** A file name for any node name: letters stay readable, and none leaves the folder. */
export function fileNameOf(name: string): string {
  const plain = encodeURIComponent(name).replaceAll('*', '%2A').replace(/^\./, '%2E');
  if (plain.length <= 100) return plain;
  return `${plain.slice(0, 80)}-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
}

/**
 * Makes a folder and those above it, where they are missing. (The `recursive` of Node never ends where a system refuses
 * new folders with ENOENT, as /proc does.)
 */
export function makeFolder(path: string): void {
  try {
    makeOne(path);
  } catch (error) {
    if (faultCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    makeOne(path);
  }
}

/** One that is there is fine: another process may make it at the same time. */
function makeOne(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (faultCode(error) !== 'EEXIST' || !statSync(path).isDirectory()) throw error;
  }
}

/** Writes a file whose content is whole and on the disk when this returns; readable by its owner alone. */
export function replaceFile(path: string, content: string): void {
  const part = `${path}.part`;
  try {
    const file = openSync(part, 'w', 0o600);
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(part, path);
  } catch (error) {
    discard(part);
    throw error;
  }
  syncFolder(dirname(path));
}

function discard(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // it was never made
  }
}

/** Makes a new file, or a rename, durable where the system can. */
export function syncFolder(path: string): void {
  try {
    const folder = openSync(path, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch {
    // Windows opens no folders; there a rename is durable by itself.
  }
}
