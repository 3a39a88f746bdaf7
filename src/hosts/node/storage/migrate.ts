/**
 * A SQLite store's history into PostgreSQL, with counts that are compared at the end.
 *
 * Every page is a batch with a number, so that a move that was cut short can be begun again; the file must not be written in between. The keys of
 * batches move too: what a logger had sent, and sends again, is known in the new place.
 *
 * @module
 */
import postgres from 'postgres';
import { TdosError } from '../../../base/errors.ts';
import type { MinuteRow } from '../../../services/storage/model.ts';
import { seriesText } from '../../../services/storage/model.ts';
import { MINUTE } from '../../../services/storage/rollup.ts';
import { openPostgres } from './postgres.ts';
import { postgresError } from './postgres-faults.ts';
import { SqliteStore } from './sqlite.ts';

export interface Migrated {
  readonly rows: number;
  /** Minutes whose readings are not kept one by one. */
  readonly minutes: number;
  readonly series: number;
}

/** Rows in a batch. */
const PAGE = 4000;

/**
 * Moves all, and leaves the file as it is.
 *
 * @param progress - told how many rows of how many are there.
 * @throws TdosError HOST when either cannot be used, or when the counts differ at the end.
 */
export async function migrateToPostgres(
  path: string,
  url: string,
  progress: (done: number, all: number) => void,
): Promise<Migrated> {
  const store = new SqliteStore({ path });
  try {
    const engine = await openPostgres({ url });
    try {
      const all = store.stats().rows;
      const source = `migration-${all}`;
      let sequence = 0;
      let done = 0;
      let after: string | undefined;
      do {
        const page = store.rows({ filter: {}, from: 0, to: Number.MAX_SAFE_INTEGER, limit: PAGE, after });
        sequence += 1;
        const key = { source, epoch: 1, sequence };
        await engine.append({ key, series: page.series, rows: page.items, minutes: [], dropped: 0 });
        done += page.items.length;
        progress(done, all);
        after = page.next;
      } while (after !== undefined);
      const minutes = await moveMinutes(store, async (series, part) => {
        sequence += 1;
        const key = { source, epoch: 1, sequence };
        await engine.append({ key, series: [series], rows: [], minutes: part, dropped: 0 });
      });
      await compare(store, url);
      return { rows: done, minutes, series: store.series.size };
    } finally {
      await engine.close();
    }
  } finally {
    store.close();
  }
}

type Series = Parameters<typeof seriesText>[0];

/** Minutes of which no reading is left: pruned, or rolled up by a logger. */
async function moveMinutes(
  store: SqliteStore,
  put: (series: Series, minutes: readonly MinuteRow[]) => Promise<void>,
): Promise<number> {
  const find = store.db.prepare(`SELECT * FROM minutes m WHERE series = ? AND NOT EXISTS
    (SELECT 1 FROM readings r WHERE r.series = m.series AND r.at >= m.minute * ${MINUTE} AND r.at < (m.minute + 1) * ${MINUTE})`);
  let moved = 0;
  for (const series of store.series.unsorted({})) {
    const minutes = find.all(series.id).map(({ minute, count, sum, min, max, last, last_at }): MinuteRow => {
      const at = Number(minute) * MINUTE;
      const numbers = {
        count: Number(count),
        sum: Number(sum),
        min: Number(min),
        max: Number(max),
        last: Number(last),
      };
      return [0, at, { ...numbers, lastAt: at + Number(last_at) }];
    });
    for (let first = 0; first < minutes.length; first += PAGE) await put(series, minutes.slice(first, first + PAGE));
    moved += minutes.length;
  }
  return moved;
}

/** Every series must have at least as many rows in the new place; the keys of sources go over. */
async function compare(store: SqliteStore, url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    for (const { source, epoch, sequence } of store.db.prepare('SELECT source, epoch, sequence FROM sources').all())
      await sql`INSERT INTO tdos.sources (source, epoch, sequence) VALUES (${String(source)}, ${Number(epoch)}, ${Number(sequence)})
        ON CONFLICT DO NOTHING`;
    const found = await sql`SELECT service, node, unit, labels, count(r.at)::integer AS rows
      FROM tdos.series s LEFT JOIN tdos.readings r ON r.series = s.id GROUP BY s.id`;
    const there = new Map(
      found.map(({ labels, rows, service, node, unit }) => [
        seriesText({ service, node, unit, labels: JSON.parse(labels) }),
        Number(rows),
      ]),
    );
    const count = store.db.prepare('SELECT count(*) AS rows FROM readings WHERE series = ?');
    for (const series of store.series.unsorted({})) {
      const here = Number(count.get(series.id)?.rows);
      const rows = there.get(seriesText(series)) ?? 0;
      if (rows < here)
        throw new TdosError(
          'HOST',
          `Of ${series.service} on ${series.node} ${here} rows were to move, and ${rows} are in PostgreSQL. Nothing was taken from the file: run it again.`,
        );
    }
  } catch (error) {
    throw postgresError('The counts cannot be compared', error);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
