/**
 * Batches into PostgreSQL: several in one transaction, the readings by COPY, with the roll-ups of their minutes and hours.
 *
 * @module
 */
import type { Sql, TransactionSql } from 'postgres';
import { TdosError } from '../../../base/errors.ts';
import {
  type Appended,
  type Batch,
  type BatchKey,
  labelsText,
  MAX_EPOCHS,
  MAX_SERIES,
  type Row,
  type Series,
  type Summary,
  seriesText,
} from '../../../services/storage/model.ts';
import { HOUR, MINUTE, merge, rollUp } from '../../../services/storage/rollup.ts';
import { makeParts } from './postgres-schema.ts';

export class PostgresWriter {
  /** Batches that came again. */
  repeated = 0;
  private readonly sql: Sql;
  private readonly ids = new Map<string, number>();
  private readonly parts = new Set<string>();

  constructor(sql: Sql) {
    this.sql = sql;
  }

  /** All of the batches in one transaction. @throws PostgreSQL's error; nothing is kept then. */
  async appendAll(batches: readonly Batch[]): Promise<(Appended | TdosError)[]> {
    const results: (Appended | TdosError)[] = [];
    await makeParts(this.sql, momentsOf(batches), this.parts);
    await this.sql.begin(async (tx) => {
      results.length = 0;
      const fresh: (readonly [Batch, readonly number[]])[] = [];
      for (const batch of batches) {
        const ids = await this.idsOf(tx, batch.series);
        if (ids instanceof TdosError) results.push(ids);
        else if (batch.key !== undefined && !(await isNew(tx, batch.key))) results.push({ stored: 0, repeated: true });
        else {
          fresh.push([batch, ids]);
          results.push({ stored: batch.rows.length + batch.minutes.length, repeated: false });
        }
      }
      await copyRows(tx, fresh);
      for (const [table, step] of TABLES) await upsert(tx, table, step, fresh);
      await count(tx, fresh);
    });
    this.repeated += results.filter((result) => !(result instanceof TdosError) && result.repeated).length;
    return results;
  }

  private async idsOf(tx: TransactionSql, all: readonly Series[]): Promise<number[] | TdosError> {
    const ids: number[] = [];
    for (const series of all) {
      const text = seriesText(series);
      const id = this.ids.get(text) ?? (await idOf(tx, series));
      if (id === undefined)
        return new TdosError(
          'LIMIT',
          `This storage keeps ${MAX_SERIES} series, and takes no new one: ${series.service}.`,
        );
      ids.push(id);
      this.ids.set(text, id);
    }
    return ids;
  }

  /** To be called when a transaction was taken back: what it made is not there. */
  forget(): void {
    this.ids.clear();
    this.parts.clear();
  }
}

const TABLES = [
  ['minutes', MINUTE],
  ['hours', HOUR],
] as const;

type Fresh = readonly (readonly [Batch, readonly number[]])[];

function* momentsOf(batches: readonly Batch[]): Generator<number> {
  for (const { rows } of batches) for (const [, at] of rows) yield at;
}

async function idOf(tx: TransactionSql, { service, node, unit, labels }: Series): Promise<number | undefined> {
  const text = labelsText(labels);
  const find = () =>
    tx`SELECT id FROM tdos.series WHERE service = ${service} AND node = ${node} AND unit = ${unit} AND labels = ${text}`;
  const [known] = await find();
  if (known !== undefined) return Number(known.id);
  const [{ size } = { size: 0 }] = await tx`SELECT count(*)::integer AS size FROM tdos.series`;
  if (Number(size) >= MAX_SERIES) return undefined;
  await tx`INSERT INTO tdos.series (service, node, unit, labels) VALUES (${service}, ${node}, ${unit}, ${text})
    ON CONFLICT DO NOTHING`;
  const [made] = await find();
  return Number(made?.id);
}

/** Takes the number of the batch, unless it is taken: then the batch is there. */
async function isNew(tx: TransactionSql, { source, epoch, sequence }: BatchKey): Promise<boolean> {
  const taken = await tx`INSERT INTO tdos.sources AS s (source, epoch, sequence, used)
    VALUES (${source}, ${epoch}, ${sequence}, clock_timestamp())
    ON CONFLICT (source, epoch) DO UPDATE SET sequence = excluded.sequence, used = excluded.used
    WHERE s.sequence < excluded.sequence RETURNING (xmax = 0) AS made`;
  if (taken[0]?.made === true)
    await tx`DELETE FROM tdos.sources WHERE source = ${source} AND epoch NOT IN
      (SELECT epoch FROM tdos.sources WHERE source = ${source} ORDER BY used DESC, epoch DESC LIMIT ${MAX_EPOCHS})`;
  return taken.length > 0;
}

async function copyRows(tx: TransactionSql, fresh: Fresh): Promise<void> {
  const lines = fresh.flatMap(([{ rows }, ids]) => rows.map((row) => lineOf(ids[row[0]] ?? 0, row)));
  if (lines.length === 0) return;
  const copy = await tx`COPY tdos.readings (series, at, value, other, extras) FROM STDIN`.writable();
  await new Promise<void>((resolve, reject) => {
    copy.on('error', reject);
    copy.on('finish', () => resolve());
    copy.end(lines.join(''));
  });
}

/** A line of COPY's text format: tabs between, `\N` for none. */
function lineOf(id: number, [, at, value, extras]: Row): string {
  const isNumber = typeof value === 'number';
  const other = isNumber || value === null ? '\\N' : escaped(JSON.stringify(value));
  const more = extras === undefined ? '\\N' : escaped(JSON.stringify(extras));
  return `${id}\t${new Date(at).toISOString()}\t${isNumber ? value : '\\N'}\t${other}\t${more}\n`;
}

const escaped = (json: string): string => json.replaceAll('\\', '\\\\');

async function upsert(tx: TransactionSql, table: 'minutes' | 'hours', step: number, fresh: Fresh): Promise<void> {
  const sums = new Map<string, { readonly id: number; readonly slot: number; readonly sum: Summary }>();
  for (const [batch, ids] of fresh)
    rollUp(batch, step, (place, at, summary) => {
      const id = ids[place] ?? 0;
      const key = `${id} ${at}`;
      sums.set(key, { id, slot: at / step, sum: merge(sums.get(key)?.sum, summary) });
    });
  if (sums.size === 0) return;
  // In the same order by all that write, lest two wait for each other.
  const rows = [...sums.values()].sort((a, b) => a.id - b.id || a.slot - b.slot);
  const of = (pick: (summary: Summary) => number): number[] => rows.map(({ sum }) => pick(sum));
  await tx`INSERT INTO ${tx(`tdos.${table}`)} AS t
    SELECT * FROM unnest(${rows.map(({ id }) => id)}::integer[], ${rows.map(({ slot }) => slot)}::bigint[],
      ${of(({ count }) => count)}::bigint[], ${of(({ sum }) => sum)}::float8[], ${of(({ min }) => min)}::float8[],
      ${of(({ max }) => max)}::float8[], ${of(({ last }) => last)}::float8[],
      ${rows.map(({ slot, sum }) => sum.lastAt - slot * step)}::integer[])
    ON CONFLICT (series, slot) DO UPDATE SET count = t.count + excluded.count, sum = t.sum + excluded.sum,
      min = least(t.min, excluded.min), max = greatest(t.max, excluded.max),
      last = CASE WHEN excluded.last_at >= t.last_at THEN excluded.last ELSE t.last END,
      last_at = greatest(t.last_at, excluded.last_at)`;
}

async function count(tx: TransactionSql, fresh: Fresh): Promise<void> {
  const totals = { rows: 0, rolled_up: 0, dropped: 0 };
  for (const [{ rows, minutes, dropped }] of fresh) {
    totals.rows += rows.length;
    totals.dropped += dropped;
    for (const [, , summary] of minutes) totals.rolled_up += summary.count;
  }
  for (const [name, value] of Object.entries(totals).sort())
    if (value > 0) await tx`UPDATE tdos.counters SET value = value + ${value} WHERE name = ${name}`;
}
