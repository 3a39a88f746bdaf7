import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { batch, engineContract } from '../../../../test/storage/contract.ts';
import { noPostgres, type PostgresServer, startPostgres } from '../../../../test/storage/postgres-server.ts';
import type { Row } from '../../../services/storage/model.ts';
import { migrateToPostgres } from './migrate.ts';
import { openPostgres } from './postgres.ts';
import { SqliteStore } from './sqlite.ts';

const NOON = Date.UTC(2026, 2, 29, 12);
const series = { service: 'temp', node: 'kitchen', unit: '°C', labels: {} };
const all = { filter: {}, from: 0, to: NOON * 2, limit: 4096, after: undefined };
const why = noPostgres();
if (why !== undefined) console.log(`skipped: PostgreSQL (${why})`);

describe.skipIf(why !== undefined)('PostgreSQL', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres();
  }, 240_000);
  afterAll(() => server?.remove());

  const clear = async (): Promise<void> => {
    const sql = postgres(server.url, { onnotice: () => undefined });
    await sql`DROP SCHEMA IF EXISTS tdos CASCADE`;
    await sql.end();
  };

  engineContract('PostgreSQL', { open: (options = {}) => openPostgres({ url: server.url, ...options }), clear }, 20);

  test('makes its tables once, however many nodes start at the same time', async () => {
    await clear();
    const engines = await Promise.all([1, 2, 3, 4].map(() => openPostgres({ url: server.url })));
    const one = batch([series], [[0, NOON, 1]], { source: 'a', epoch: 1, sequence: 1 });
    const done = await Promise.all(engines.map((engine) => engine.append(one)));
    expect(done.filter(({ repeated }) => !repeated)).toEqual([{ stored: 1, repeated: false }]);
    await Promise.all(engines.map((engine) => engine.close()));
  });

  test('parts readings by month, and takes times that have no month of their own', async () => {
    await clear();
    const engine = await openPostgres({ url: server.url });
    const moments = [0, Date.UTC(2026, 0, 31, 23, 59), Date.UTC(2026, 1, 1), Date.UTC(2150, 1, 1)];
    await engine.append(
      batch(
        [series],
        moments.map((at) => [0, at, 1]),
      ),
    );
    const sql = postgres(server.url);
    const parts = await sql`SELECT tableoid::regclass::text AS part FROM tdos.readings ORDER BY at`;
    await sql.end();
    expect(parts.map(({ part }) => String(part).replace('tdos.', ''))).toEqual(
      ['other', '2026_01', '2026_02', 'other'].map((part) => `readings_${part}`),
    );
    await engine.close();
  });

  test('says that the server is gone, loses nothing of what it answered for, and goes on when it is back', async () => {
    await clear();
    const engine = await openPostgres({ url: server.url });
    const row = (n: number) => batch([series], [[0, NOON + n, n]], { source: 'a', epoch: 1, sequence: n });
    await engine.append(row(1));
    server.crash();
    await expect(engine.append(row(2))).rejects.toMatchObject({
      code: 'HOST',
      message: expect.stringContaining('PostgreSQL'),
    });
    await expect(engine.stats()).rejects.toMatchObject({ code: 'HOST' });
    server.start();
    expect(await engine.append(row(1))).toEqual({ stored: 0, repeated: true });
    expect(await engine.append(row(2))).toEqual({ stored: 1, repeated: false });
    expect((await engine.rows(all)).items).toHaveLength(2);
    await engine.close();
  });

  test.each([
    ['postgres://a b:x y@[', 'BAD_CONFIG', 'postgres://user:password@host:5432/database'],
    ['mysql://a', 'BAD_CONFIG', 'postgres://user:password@host:5432/database'],
    ['postgres://tdos@127.0.0.1:1/postgres', 'HOST', 'it does not answer there'],
  ])('refuses %s in words', async (url, code, message) => {
    await expect(openPostgres({ url })).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test('names a database that is not there', async () => {
    const url = server.url.replace(/postgres$/, 'none');
    await expect(openPostgres({ url })).rejects.toMatchObject({
      code: 'HOST',
      message: expect.stringContaining('no such database'),
    });
  });

  test('takes the history of a SQLite file, with its keys and roll-ups, and may be told so twice', async () => {
    await clear();
    const folder = mkdtempSync(join(tmpdir(), 'tdos-migrate-'));
    const path = join(folder, 'rows.sqlite');
    const store = new SqliteStore({ path });
    const door = { ...series, service: 'door', labels: { room: 'hall' } };
    const rows = Array.from({ length: 9000 }, (_, n): Row => [n % 2, NOON + n * 100, n % 5 === 0 ? 'on' : n, { n }]);
    const key = { source: 'logger', epoch: 7, sequence: 3 };
    store.appendAll([batch([series, door], rows, key)]);
    const minute = { count: 2, sum: 3, min: 1, max: 2, last: 2, lastAt: 30_000 };
    store.appendAll([{ ...batch([series], []), minutes: [[0, 0, minute]] }]);
    const here = [store.rows({ ...all, limit: 1e6 }).items, store.points({ ...all, step: 60_000, origin: 0 }).items];
    store.close();
    const told: number[] = [];
    for (let time = 0; time < 2; time++)
      expect(await migrateToPostgres(path, server.url, (done) => told.push(done))).toEqual({
        rows: 9000,
        minutes: 1,
        series: 2,
      });
    expect(told).toEqual([4000, 8000, 9000, 4000, 8000, 9000]);
    const engine = await openPostgres({ url: server.url });
    expect([
      (await engine.rows({ ...all, limit: 1e6 })).items,
      (await engine.points({ ...all, step: 60_000, origin: 0 })).items,
    ]).toEqual(here);
    expect(await engine.append(batch([series], [[0, 1, 1]], key))).toEqual({ stored: 0, repeated: true });
    await engine.close();
    rmSync(folder, { recursive: true });
  });
});
