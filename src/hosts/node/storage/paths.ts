/**
 * Where the storage of a node lies.
 *
 * @module
 */
import { join } from 'node:path';
import { fileNameOf } from '../files.ts';

/** The SQLite file of the node `name`. */
export const storagePath = (home: string, name: string): string => join(home, 'storage', `${fileNameOf(name)}.sqlite`);

/** The rows of the first version. */
export const legacyPath = (home: string, name: string): string => join(home, 'storage', `${fileNameOf(name)}.jsonl`);
