/**
 * Values as SQLite keeps them: a number is one, null is NULL, and texts, true and false are a BLOB with their JSON.
 *
 * @module
 */
import type { SQLOutputValue } from 'node:sqlite';
import type { Scalar } from '../../../services/storage/model.ts';

export const keptValue = (value: Scalar): number | null | Buffer =>
  typeof value === 'number' || value === null ? value : Buffer.from(JSON.stringify(value));

/** @throws SyntaxError for a BLOB that is no JSON: the file is damaged. */
export function scalarOf(value: SQLOutputValue | undefined): Scalar {
  if (typeof value === 'number' || value === null) return value;
  // Written by keptValue.
  if (value instanceof Uint8Array) return JSON.parse(Buffer.from(value).toString()) as Scalar;
  return null;
}
