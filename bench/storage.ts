/**
 * Storage against what it is made of, in the same run: rows a second through the service, into the engine, and into bare
 * `node:sqlite`; how long charts take, and how many bytes a row takes on the disk.
 *
 * Bare means one prepared statement a row in the same table, one transaction a batch, WAL and `synchronous = FULL`: what anybody
 * would write first.
 *
 * @module
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { boot } from 'tdos';
import { openPostgres } from '../src/hosts/node/storage/postgres.ts';
import { openSqlite } from '../src/hosts/node/storage/threaded.ts';
import { batchArgs } from '../src/services/storage/batch.ts';
import type { Batch, Row, StorageEngine } from '../src/services/storage/model.ts';
import { noPostgres, startPostgres } from '../test/storage/postgres-server.ts';
import { freePort } from './sides.ts';

/** Readings of one series come once a second. */
const EVERY_MS = 1000;
const SERIES = 100;
const BATCH = 2000;
/** Batches under way at once: loggers that send together. */
const TOGETHER = 4;
const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

const names = Array.from({ length: SERIES }, (_, n) => ({
  service: 'temp_sensor',
  node: `node-${n}`,
  unit: '°C',
  labels: { room: `room-${n}` },
}));

/** The next rows, as sensors give them: all series, second by second, with two decimals. */
function* batches(rows: number, source = 'bench', sequence = 1): Generator<Batch> {
  for (let first = 0; first < rows; first += BATCH) {
    const part = Array.from({ length: Math.min(BATCH, rows - first) }, (_, index): Row => {
      const n = first + index;
      const at = START + Math.floor(n / SERIES) * EVERY_MS;
      return [n % SERIES, at, Math.round((20 + Math.sin(n / 5000) * 5 + (n % 7) / 10) * 100) / 100];
    });
    yield { key: { source, epoch: 1, sequence: sequence++ }, series: names, rows: part, minutes: [], dropped: 0 };
  }
}

const perSecond = (rows: number, since: number): number => (rows / (performance.now() - since)) * 1000;

function bareRate(folder: string, rows: number): number {
  const db = new DatabaseSync(join(folder, 'bare.sqlite'));
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  db.exec('CREATE TABLE readings (series INTEGER, at INTEGER, value REAL, PRIMARY KEY (series, at)) WITHOUT ROWID');
  const insert = db.prepare('INSERT INTO readings VALUES (?, ?, ?)');
  const all = [...batches(rows)];
  const start = performance.now();
  for (const { rows: part } of all) {
    db.exec('BEGIN');
    for (const [series, at, value] of part) insert.run(series, at, Number(value));
    db.exec('COMMIT');
  }
  const rate = perSecond(rows, start);
  db.close();
  return rate;
}

async function engineRate(folder: string, rows: number): Promise<number> {
  const engine = await openSqlite({ path: join(folder, 'engine.sqlite') });
  const all = [...batches(rows)];
  const start = performance.now();
  await inTurns(all, TOGETHER, (batch) => engine.append(batch));
  const rate = perSecond(rows, start);
  await engine.close();
  return rate;
}

/** The same rows by bare COPY, a transaction a batch, and through the engine; undefined where there is no PostgreSQL. */
async function postgresRates(rows: number): Promise<{ readonly bare: number; readonly engine: number } | undefined> {
  if (noPostgres() !== undefined) return undefined;
  const server = await startPostgres();
  const all = [...batches(rows)];
  const sql = postgres(server.url, { onnotice: () => undefined });
  await sql`CREATE TABLE bare (series integer, at timestamptz, value float8)`;
  let start = performance.now();
  for (const { rows: part } of all) {
    const copy = await sql`COPY bare FROM STDIN`.writable();
    copy.end(part.map(([series, at, value]) => `${series}\t${new Date(at).toISOString()}\t${value}\n`).join(''));
    await once(copy, 'finish');
  }
  const bare = perSecond(rows, start);
  await sql.end();
  const engine = await openPostgres({ url: server.url });
  start = performance.now();
  await inTurns(all, TOGETHER, (batch) => engine.append(batch));
  const rate = perSecond(rows, start);
  await engine.close();
  server.remove();
  return { bare, engine: rate };
}

/** Batches of ten rows, one after the other: what a commit costs with and without waiting for the disk. */
async function commits(folder: string, synchronous: 'FULL' | 'NORMAL'): Promise<number> {
  const engine = await openSqlite({ path: join(folder, `${synchronous}.sqlite`), synchronous });
  const took = await median(
    () =>
      engine.append({
        key: undefined,
        series: names,
        rows: Array.from({ length: 10 }, (_, n) => [n, Date.now(), n]),
        minutes: [],
        dropped: 0,
      }),
    101,
  );
  await engine.close();
  return took;
}

async function serviceRate(folder: string, rows: number): Promise<number> {
  const port = await freePort();
  const file = fileURLToPath(new URL('storage-server.ts', import.meta.url));
  const child = fork(file, [String(port), join(folder, 'service.sqlite')], {
    execArgv: ['--conditions=tdos-source'],
    env: { ...process.env, TDOS_HOME: folder, TDOS_PORT: '' },
  });
  await once(child, 'message');
  const os = await boot({ port, home: folder, name: 'client' });
  const handle = await os.open('storage');
  // Each source sends its batches in order, one at a time.
  const sources = Array.from({ length: TOGETHER }, (_, n) =>
    [...batches(rows / TOGETHER, `source-${n}`)].map(batchArgs),
  );
  const start = performance.now();
  await Promise.all(
    sources.map((all) => inTurns(all, 1, (args) => handle.call('append', args, { timeoutMs: 10_000 }))),
  );
  const rate = perSecond(rows, start);
  await os.close();
  const exit = once(child, 'exit');
  child.kill();
  await exit;
  return rate;
}

async function inTurns<Item>(
  items: readonly Item[],
  together: number,
  run: (item: Item) => Promise<unknown>,
): Promise<void> {
  const queue = items.values();
  const work = async (): Promise<void> => {
    for (const item of queue) await run(item);
  };
  await Promise.all(Array.from({ length: together }, work));
}

async function median(run: () => Promise<unknown>, times = 7): Promise<number> {
  const took: number[] = [];
  for (let n = 0; n < times; n++) {
    const start = performance.now();
    await run();
    took.push(performance.now() - start);
  }
  return took.sort((a, b) => a - b)[times >> 1] ?? Number.NaN;
}

/** A chart of one series: its time, ms. @param step - undefined: from single readings, in steps that no roll-up has. */
function chart(engine: StorageEngine, spanMs: number, step: number): Promise<number> {
  const question = { filter: { node: 'node-0' }, from: START, to: START + spanMs, limit: 4096, after: undefined };
  return median(() => engine.points({ ...question, step, origin: 0 }));
}

/** One series with a reading a second, up to so many; charts of its first day and month. */
async function queries(folder: string, sizes: readonly number[]): Promise<void> {
  console.log(
    '\nrows        day, rolled up   day, readings   month, rolled up   newest   B/row   (ms; 1 series a day: 86,400)',
  );
  const path = join(folder, 'queries.sqlite');
  const engine = await openSqlite({ path, synchronous: 'NORMAL' });
  let rows = 0;
  let sequence = 1;
  for (const size of sizes) {
    const fresh: Batch[] = [];
    for (; rows < size; rows += BATCH) {
      // The first million readings are those of one series, so that its days and month are whole; then the others.
      const part = Array.from({ length: BATCH }, (_, index): Row => {
        const n = rows + index;
        return [
          Math.floor(n / 2_600_000),
          START + (n % 2_600_000) * EVERY_MS,
          Math.round((20 + (n % 977) / 100) * 100) / 100,
        ];
      });
      fresh.push({
        key: { source: 'q', epoch: 1, sequence: sequence++ },
        series: names,
        rows: part,
        minutes: [],
        dropped: 0,
      });
    }
    await inTurns(fresh, 1, (batch) => engine.append(batch));
    const day = await chart(engine, DAY, 300_000);
    const raw = await chart(engine, DAY, 288_000);
    const month = await chart(engine, 30 * DAY, 3 * 3_600_000);
    const newest = await median(() => engine.latest({}, 100));
    const bytes = statSync(path).size / rows;
    const cells = [day, raw, month, newest].map((ms) => ms.toFixed(1));
    console.log(
      `${String(rows).padEnd(11)} ${(cells[0] ?? '').padStart(14)} ${(cells[1] ?? '').padStart(15)} ` +
        `${(cells[2] ?? '').padStart(18)} ${(cells[3] ?? '').padStart(8)} ${bytes.toFixed(1).padStart(7)}`,
    );
  }
  await engine.close();
  console.log('target              <= 20           <= 40              <= 20               <= 40');
}

export async function storageCosts(isSmall: boolean): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tdos-bench-'));
  try {
    const rows = isSmall ? 80_000 : 400_000;
    const bare = bareRate(folder, rows);
    const engine = await engineRate(folder, rows);
    const service = await serviceRate(folder, rows);
    console.log(`\nrows/s, batches of ${BATCH}, ${SERIES} series`);
    console.log(`  bare node:sqlite     ${bare.toFixed(0).padStart(8)}`);
    console.log(`  the engine           ${engine.toFixed(0).padStart(8)}  ${(engine / bare).toFixed(2)}`);
    console.log(
      `  through the service  ${service.toFixed(0).padStart(8)}  ${(service / bare).toFixed(2)}   target >= 50000, or >= 0.40`,
    );
    const bytes = statSync(join(folder, 'engine.sqlite')).size / rows;
    console.log(`  bytes a row on disk  ${bytes.toFixed(1).padStart(8)}         target <= 40, with roll-ups and keys`);
    const [full, normal] = [await commits(folder, 'FULL'), await commits(folder, 'NORMAL')];
    console.log(
      `  one batch of 10 rows  ${full.toFixed(2)} ms with synchronous = FULL, ${normal.toFixed(2)} ms with NORMAL`,
    );
    const rates = await postgresRates(rows);
    if (rates !== undefined) {
      console.log(`  bare COPY            ${rates.bare.toFixed(0).padStart(8)}`);
      console.log(
        `  PostgreSQL engine    ${rates.engine.toFixed(0).padStart(8)}  ${(rates.engine / rates.bare).toFixed(2)}`,
      );
    }
    await queries(folder, isSmall ? [100_000] : [100_000, 1_000_000, 10_000_000]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
