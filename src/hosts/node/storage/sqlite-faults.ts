/**
 * What SQLite refuses, in words: what happened, and what to do about it.
 *
 * @module
 */
import { TdosError } from '../../../base/errors.ts';
import { hostError } from '../faults.ts';

/** By SQLite's primary result code. */
const ADVICE: ReadonlyMap<number, string> = new Map([
  [5, 'another program is writing to it. Close that program.'],
  [6, 'another program is writing to it. Close that program.'],
  [8, 'it is read-only. Give this user the right to write the file and its folder, or point TDOS_HOME elsewhere.'],
  [10, 'the disk reports a fault. Look at the system’s log; save a copy of the file while it can be read.'],
  [13, 'the disk is full. Make room: what loggers could not send waits in their journals, and comes by itself.'],
  [14, 'it cannot be made or opened there. Check the folder and its owner, or point TDOS_HOME elsewhere.'],
]);

const DAMAGED: readonly number[] = [11, 26];

/** SQLite's primary result code; 0 for other errors. */
function resultCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0;
}

/** A HOST error: what was tried with which file, and the reason in words. Errors of TDOS stay as they are. */
export function sqliteError(what: string, path: string, error: unknown): TdosError {
  if (error instanceof TdosError) return error;
  const code = resultCode(error);
  const advice = DAMAGED.includes(code)
    ? `the file is damaged. Stop this node, and run \`tdos storage repair ${path}\`: it keeps all that can be read, and tells what cannot.`
    : ADVICE.get(code);
  if (advice === undefined) return hostError(`${what} ${path}`, error);
  const fault = new TdosError('HOST', `${what} ${path}: ${advice}`);
  fault.cause = error;
  return fault;
}
