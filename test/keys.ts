/**
 * One cluster for the processes of a test that have homes of their own.
 *
 * @module
 */
import { join } from 'node:path';
import { writeKeys } from '../src/hosts/node/key-file.ts';

/** The key of tests. */
const KEY = Uint8Array.from({ length: 32 }, (_, at) => at);

/** Puts the key of tests into a state folder, and gives the folder. */
export function withKey(home: string): string {
  writeKeys(join(home, 'key'), [KEY]);
  return home;
}
