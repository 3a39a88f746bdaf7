/**
 * Rows kept in a file of JSON Lines that only grows: one line a batch, `{"rows":[...],"id":"..."}`.
 *
 * A batch is there once it is answered: it is on the disk by then. A line that a power cut tore is taken off when the file
 * is opened, and a batch is one line, so that it is kept whole or not at all. What waits while the disk works is written
 * together next.
 *
 * @module
 */
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TdosError } from '../../base/errors.ts';
import type { Ledger, Row, RowFilter } from '../../services/storage.ts';
import { isName, isObject } from '../../wire/checks.ts';
import { hostError } from './faults.ts';
import { fileNameOf, makeFolder, syncFolder } from './files.ts';
import type { Notice } from './store.ts';

export interface FileLedger extends Ledger {
  /** Finishes what was asked, and closes the file. */
  close(): Promise<void>;
}

/** Pairs of service and node whose last row is at hand. 300 boards with 8 services are fewer. */
const MAX_LATEST = 4096;
/** Ids of batches that are known when they come again; the oldest are forgotten. */
const MAX_IDS = 4096;
/** Batches that wait for the disk. */
const MAX_WAITING = 1024;
const READ_BYTES = 256 * 1024;
const NEW_LINE = 0x0a;

/** Where the rows of the node `name` are kept. */
export const ledgerPath = (home: string, name: string): string => join(home, 'storage', `${fileNameOf(name)}.jsonl`);

interface Batch {
  readonly rows: readonly Row[];
  readonly id: string | undefined;
}

interface Waiting extends Batch {
  resolve(isNew: boolean): void;
  reject(error: unknown): void;
}

/**
 * Opens the file, or makes it.
 *
 * @throws TdosError HOST when it cannot be read or written.
 */
export async function openLedger(path: string, notice?: Notice): Promise<FileLedger> {
  try {
    makeFolder(dirname(path));
    const file = await open(path, 'a+', 0o600);
    syncFolder(dirname(path));
    const ledger = new JsonLinesLedger(path, file);
    try {
      await ledger.restore(notice);
    } catch (error) {
      await file.close();
      throw error;
    }
    return ledger;
  } catch (error) {
    throw hostError(`The storage ${path} cannot be opened`, error);
  }
}

class JsonLinesLedger implements FileLedger {
  private readonly path: string;
  private readonly file: FileHandle;
  private readonly newest = new Map<string, Row>();
  private readonly ids = new Set<string>();
  private rows = 0;
  /** Bytes of whole lines. What lies behind was not answered, and is cut off before the next is written. */
  private size = 0;
  private isTorn = false;
  private waiting: Waiting[] = [];
  private writing: Promise<void> | undefined;
  private isClosed = false;

  constructor(path: string, file: FileHandle) {
    this.path = path;
    this.file = file;
  }

  /** Reads what is there, and cuts off a torn last line. */
  async restore(notice: Notice | undefined): Promise<void> {
    let damaged = 0;
    const rest = await eachLine(this.file, (line) => {
      const batch = parseBatch(line.toString());
      if (batch === undefined) damaged += 1;
      else this.remember(batch);
      this.size += line.length + 1;
    });
    if (damaged > 0) notice?.(`${damaged} damaged lines of ${this.path} are left out.`);
    if (rest.length === 0) return;
    const last = parseBatch(rest.toString());
    if (last === undefined) {
      await this.file.truncate(this.size);
      notice?.(`The last line of ${this.path} was torn (${rest.length} bytes) and is taken off.`);
    } else {
      await this.file.appendFile('\n');
      this.size += rest.length + 1;
      this.remember(last);
    }
    await this.file.datasync();
  }

  append(rows: readonly Row[], id: string | undefined): Promise<boolean> {
    if (this.isClosed) return Promise.reject(new TdosError('CLOSED'));
    if (this.waiting.length >= MAX_WAITING)
      return Promise.reject(new TdosError('BUSY', 'The disk is slower than the rows come. Try again in a moment.'));
    return new Promise((resolve, reject) => {
      this.waiting.push({ rows, id, resolve, reject });
      this.writing ??= this.write();
    });
  }

  latest({ service, node }: RowFilter, limit: number): Row[] {
    return [...this.newest.values()]
      .filter((row) => (service === undefined || row.service === service) && (node === undefined || row.node === node))
      .sort((a, b) => b.at - a.at)
      .slice(0, limit);
  }

  count(): number {
    return this.rows;
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.writing;
    await this.file.close();
  }

  private async write(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting;
      this.waiting = [];
      await this.commit(group);
    }
    this.writing = undefined;
  }

  private async commit(group: readonly Waiting[]): Promise<void> {
    const seen = new Set<string>();
    const fresh = group.filter(({ id }) => {
      if (id === undefined) return true;
      const isNew = !this.ids.has(id) && !seen.has(id);
      seen.add(id);
      return isNew;
    });
    try {
      await this.put(fresh.map(({ rows, id }) => `${JSON.stringify({ rows, id })}\n`).join(''));
    } catch (error) {
      const refusal = hostError(`The rows cannot be written to ${this.path}`, error);
      for (const { reject } of group) reject(refusal);
      return;
    }
    for (const batch of fresh) this.remember(batch);
    for (const batch of group) batch.resolve(fresh.includes(batch));
  }

  /** Makes the lines durable, or leaves nothing of them. */
  private async put(lines: string): Promise<void> {
    if (lines === '') return;
    const bytes = Buffer.from(lines);
    if (this.isTorn) await this.file.truncate(this.size);
    this.isTorn = true;
    try {
      await this.file.appendFile(bytes);
      await this.file.datasync();
    } catch (error) {
      await this.file.truncate(this.size).then(
        () => {
          this.isTorn = false;
        },
        () => {}, // tried again before the next write
      );
      throw error;
    }
    this.isTorn = false;
    this.size += bytes.length;
  }

  private remember({ rows, id }: Batch): void {
    this.rows += rows.length;
    if (id !== undefined) keep(this.ids, id, MAX_IDS);
    for (const row of rows) {
      const key = `${row.service}\n${row.node}`;
      const known = this.newest.get(key);
      if (known !== undefined && known.at > row.at) continue;
      this.newest.delete(key);
      this.newest.set(key, row);
      if (this.newest.size > MAX_LATEST) dropFirst(this.newest);
    }
  }
}

function keep(ids: Set<string>, id: string, most: number): void {
  ids.add(id);
  if (ids.size > most) dropFirst(ids);
}

function dropFirst(table: Map<string, unknown> | Set<string>): void {
  for (const first of table.keys()) {
    table.delete(first);
    return;
  }
}

/** Calls `take` with each whole line, and returns what follows the last. */
async function eachLine(file: FileHandle, take: (line: Buffer) => void): Promise<Buffer> {
  const chunk = Buffer.alloc(READ_BYTES);
  let rest: Buffer = Buffer.alloc(0);
  let position = 0;
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, READ_BYTES, position);
    if (bytesRead === 0) return rest;
    position += bytesRead;
    let from = 0;
    rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    for (let end = rest.indexOf(NEW_LINE); end >= 0; end = rest.indexOf(NEW_LINE, from)) {
      take(rest.subarray(from, end));
      from = end + 1;
    }
    rest = rest.subarray(from);
  }
}

function parseBatch(line: string): Batch | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { rows, id } = value;
  if (!Array.isArray(rows) || !rows.every(isRow) || !(id === undefined || isName(id))) return undefined;
  return { rows, id };
}

const isRow = (value: unknown): value is Row =>
  isObject(value) &&
  typeof value.service === 'string' &&
  typeof value.node === 'string' &&
  typeof value.unit === 'string' &&
  typeof value.at === 'number' &&
  'value' in value;
