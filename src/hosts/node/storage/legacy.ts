/**
 * Rows of the first version, one file of JSON Lines, brought into an engine. The file is kept, under another name.
 *
 * Every line is a batch with a number of its own: an import that was cut short begins again and doubles nothing.
 *
 * @module
 */
import { createReadStream, existsSync, renameSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { TdosError } from '../../../base/errors.ts';
import { parseBatch } from '../../../services/storage/batch.ts';
import type { Batch, StorageEngine } from '../../../services/storage/model.ts';
import { isObject } from '../../../wire/checks.ts';
import type { Notice } from '../store.ts';

/** Lines that are sent to the engine before any is waited for. */
const TOGETHER = 64;

/**
 * Imports `path`, if it is there, and renames it to `path.imported`.
 *
 * @throws TdosError what the engine says; the file is as it was then.
 */
export async function importLegacy(engine: StorageEngine, path: string, notice: Notice): Promise<void> {
  if (!existsSync(path)) return;
  const counts = { rows: 0, lines: 0, left: 0 };
  let waiting: Promise<unknown>[] = [];
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    counts.lines += 1;
    const batch = batchOf(line, counts.lines);
    if (batch === undefined) {
      counts.left += 1;
      continue;
    }
    counts.rows += batch.rows.length;
    waiting.push(engine.append(batch));
    if (waiting.length < TOGETHER) continue;
    await Promise.all(waiting);
    waiting = [];
  }
  await Promise.all(waiting);
  renameSync(path, `${path}.imported`);
  const left = counts.left === 0 ? '' : ` ${counts.left} lines made no sense and are only there.`;
  notice(`${counts.rows} rows of ${path} were imported. The file is kept as ${path}.imported.${left}`);
}

function batchOf(line: string, sequence: number): Batch | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (!isObject(value)) return undefined;
    return parseBatch({ rows: value.rows, source: 'NAME.jsonl', epoch: 1, sequence });
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TdosError) return undefined;
    throw error;
  }
}
