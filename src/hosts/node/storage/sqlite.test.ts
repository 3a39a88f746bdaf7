import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { command } from '../../../../test/netns.ts';
import { batch } from '../../../../test/storage/contract.ts';
import { Random } from '../../../base/random.ts';
import type { Row } from '../../../services/storage/model.ts';
import { importLegacy } from './legacy.ts';
import { SqliteStore } from './sqlite.ts';
import { sqliteEngine } from './sqlite-engine.ts';
import { checkSqlite, repairSqlite } from './sqlite-repair.ts';
import { openSqlite } from './threaded.ts';

const NOON = Date.UTC(2026, 2, 29, 12);
const series = { service: 'temp', node: 'kitchen', unit: '°C', labels: { room: 'hall' } };
const all = { filter: {}, from: 0, to: NOON * 2, limit: 1_000_000, after: undefined };

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tdos-sqlite-'));
  path = join(folder, 'rows.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** One reading a second, each with another value. */
const rows = (count: number, from = 0): Row[] =>
  Array.from({ length: count }, (_, n) => [0, NOON + (from + n) * 1000, from + n + 0.5]);

/** Fills a file with readings of some hours, and closes it. */
function fill(count: number): void {
  const store = new SqliteStore({ path });
  for (let from = 0; from < count; from += 2000)
    store.appendAll([batch([series], rows(2000, from), { source: 'a', epoch: 1, sequence: from + 1 })]);
  store.close();
}

const valuesOf = (store: SqliteStore): unknown[] => store.rows(all).items.map(([, , value]) => value);

describe('A storage file', () => {
  test('is used by one process: a second one is told which', async () => {
    const store = new SqliteStore({ path });
    const why = `used by another process (pid ${process.pid}). Stop that one, or give another --name.`;
    expect(() => new SqliteStore({ path })).toThrow(
      expect.objectContaining({ code: 'HOST', message: expect.stringContaining(why) }),
    );
    await expect(openSqlite({ path })).rejects.toMatchObject({ code: 'HOST', message: expect.stringContaining(why) });
    store.close();
    new SqliteStore({ path }).close();
  });

  test('is free again when its process was killed', async () => {
    const file = join(folder, 'hold.mjs');
    const module = new URL('./sqlite.ts', import.meta.url).href;
    writeFileSync(
      file,
      `import { SqliteStore } from ${JSON.stringify(module)};
      new SqliteStore({ path: ${JSON.stringify(path)} }); process.send(1); setInterval(() => {}, 1000);`,
    );
    const child = fork(file, { execArgv: [] });
    await once(child, 'message');
    expect(() => new SqliteStore({ path })).toThrow(`pid ${child.pid}`);
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    new SqliteStore({ path }).close();
  });

  test('is told from one of another program, and from one of a later version', () => {
    const other = new DatabaseSync(path);
    other.exec('PRAGMA user_version = 7; CREATE TABLE mine (a)');
    other.close();
    expect(() => new SqliteStore({ path })).toThrow('is a database of another program');
    rmSync(path);
    new SqliteStore({ path }).close();
    const later = new DatabaseSync(path);
    later.exec('PRAGMA user_version = 99');
    later.close();
    expect(() => new SqliteStore({ path })).toThrow('was written by a later version of TDOS');
  });

  test('that is no database is refused with what to do', () => {
    writeFileSync(path, 'This is a text, and long enough to be looked at.'.repeat(50));
    expect(() => new SqliteStore({ path })).toThrow(
      expect.objectContaining({ code: 'HOST', message: expect.stringContaining('`tdos storage repair') }),
    );
    expect(() => repairSqlite(path)).toThrow('Nothing of');
    expect(existsSync(path)).toBe(true);
  });

  test.runIf(process.platform === 'linux')('where it cannot be written is told in words', () => {
    expect(() => new SqliteStore({ path: '/proc/rows.sqlite' })).toThrow(
      /The storage cannot be opened: \/proc\/rows.sqlite/,
    );
    mkdirSync(path);
    expect(() => new SqliteStore({ path })).toThrow('cannot be made or opened there');
  });
});

describe.runIf(process.platform === 'linux' && process.getuid?.() === 0)('A disk that is', () => {
  const mounted = (size: string): string => {
    const at = join(folder, 'disk');
    mkdirSync(at);
    command('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', at);
    return at;
  };
  afterEach(() => {
    if (existsSync(join(folder, 'disk'))) command('umount', '-l', join(folder, 'disk'));
  });

  test('full: the batch is refused in words, what was acknowledged stays, and it goes on when there is room', () => {
    const disk = mounted('2m');
    const filler = join(disk, 'filler');
    writeFileSync(filler, Buffer.alloc(900_000));
    const store = new SqliteStore({ path: join(disk, 'rows.sqlite') });
    const kept: unknown[] = [];
    let refusal: unknown;
    let sequence = 0;
    const append = (): void => {
      const part = rows(500, sequence * 500);
      store.appendAll([batch([series], part, { source: 'a', epoch: 1, sequence: sequence + 1 })]);
      kept.push(...part.map(([, , value]) => value));
      sequence += 1;
    };
    for (let tries = 0; tries < 1000 && refusal === undefined; tries++) {
      try {
        append();
      } catch (error) {
        refusal = error;
      }
    }
    expect(refusal).toMatchObject({ code: 'HOST', message: expect.stringContaining('the disk is full. Make room') });
    expect(() => append()).toThrow('the disk is full');
    expect(valuesOf(store)).toEqual(kept);
    rmSync(filler);
    append();
    expect(valuesOf(store)).toEqual(kept);
    store.close();
    const again = new SqliteStore({ path: join(disk, 'rows.sqlite') });
    expect(valuesOf(again)).toEqual(kept);
    expect(checkSqlite(join(disk, 'rows.sqlite'))).toEqual({ rows: kept.length, damaged: [], structure: [] });
    again.close();
  });

  test('read-only: it is told in words, and nothing is lost', () => {
    const disk = mounted('4m');
    path = join(disk, 'rows.sqlite');
    fill(2000);
    command('mount', '-o', 'remount,ro', disk);
    expect(() => new SqliteStore({ path })).toThrow('the file system is read-only');
    command('mount', '-o', 'remount,rw', disk);
    const store = new SqliteStore({ path });
    expect(valuesOf(store)).toHaveLength(2000);
    store.close();
  });
});

describe('A damaged file', () => {
  /** Overwrites some bytes at random places behind the first page. */
  function damage(seed: number, places: number): void {
    const random = new Random(seed);
    const bytes = readFileSync(path);
    for (let n = 0; n < places; n++) {
      const at = 4096 + random.below(bytes.length - 4096 - 16);
      for (let byte = 0; byte < 16; byte++) bytes[at + byte] = random.below(256);
    }
    writeFileSync(path, bytes);
  }

  test('is sound as long as nobody touched it', () => {
    fill(20_000);
    expect(checkSqlite(path)).toEqual({ rows: 20_000, damaged: [], structure: [] });
  });

  test('with one changed value is found out, also by the node that runs', () => {
    fill(20_000);
    const bytes = readFileSync(path);
    const value = Buffer.alloc(8);
    value.writeDoubleBE(7777.5);
    const at = bytes.indexOf(value);
    expect(at).toBeGreaterThan(0);
    bytes[at + 7] = 1;
    writeFileSync(path, bytes);
    const hour = NOON + 2 * 3_600_000;
    expect(checkSqlite(path)).toEqual({
      ...{ rows: 20_000, structure: [] },
      damaged: [{ series: 1, at: hour, written: 3600, found: 3600 }],
    });
    const store = new SqliteStore({ path });
    expect(store.stats().damagedHours).toBe(0);
    store.prune(NOON);
    expect(store.stats().damagedHours).toBe(1);
    store.close();
  });

  test.each([1, 2, 3, 4])('gives back all that can be read, and says what was lost (seed %i)', (seed) => {
    const written = 40_000;
    fill(written);
    damage(seed, 1 + (seed % 4) * 3);
    const before = checkSqlite(path);
    expect(before.damaged.length + before.structure.length).toBeGreaterThan(0);
    const { kept, lost, aside } = repairSqlite(path);
    expect(existsSync(aside)).toBe(true);
    const after = checkSqlite(path);
    expect(after).toEqual({ rows: kept, damaged: [], structure: [] });
    if (lost !== undefined) expect(kept + lost).toBe(written);
    expect(kept).toBeGreaterThan(written * 0.8);
    const store = new SqliteStore({ path });
    const right = store.rows(all).items.filter(([, at, value]) => value === (at - NOON) / 1000 + 0.5).length;
    expect(right).toBeGreaterThan(kept - 100);
    store.close();
  });

  test('is not repaired while a node uses it', () => {
    const store = new SqliteStore({ path });
    expect(() => repairSqlite(path)).toThrow('is in use');
    store.close();
    expect(() => checkSqlite(join(folder, 'none.sqlite'))).toThrow('There is no file');
  });
});

test('Rows of the first version come over, once, and their file stays', async () => {
  const old = join(folder, 'rows.jsonl');
  const row = { service: 'temp', node: 'hall', value: 1, unit: '', at: NOON };
  const lines = [
    { rows: [row, { ...row, at: NOON + 1.4, quality: 'live' }], id: 'a' },
    { rows: [{ ...row, service: 'door', value: 'open' }] },
  ].map((line) => JSON.stringify(line));
  writeFileSync(old, `${lines[0]}\n${lines[1]}\n{"rows":[{"torn`);
  const store = new SqliteStore({ path });
  const engine = sqliteEngine(store);
  const notices: string[] = [];
  await importLegacy(engine, old, (sentence) => notices.push(sentence));
  expect(notices).toEqual([
    `3 rows of ${old} were imported. The file is kept as ${old}.imported. 1 lines made no sense and are only there.`,
  ]);
  expect(store.rows(all).items).toEqual([
    [0, NOON, 1],
    [0, NOON + 1, 1, { quality: 'live' }],
    [1, NOON, 'open'],
  ]);
  writeFileSync(old, `${lines[0]}\n`);
  await importLegacy(engine, old, () => {});
  await importLegacy(engine, old, () => {});
  expect(store.stats().rows).toBe(3);
  store.close();
});

test('A row takes at most 40 bytes on the disk, with its roll-ups', () => {
  const store = new SqliteStore({ path });
  const many = Array.from({ length: 20 }, (_, n) => ({ ...series, node: `n${n}` }));
  for (let second = 0; second < 3000; second += 50)
    store.appendAll([
      batch(
        many,
        Array.from({ length: 1000 }, (_, n) => [
          n % 20,
          NOON + (second + Math.floor(n / 20)) * 1000,
          Math.sqrt(second * n),
        ]),
      ),
    ]);
  store.close();
  expect(statSync(path).size / 60_000).toBeLessThan(40);
});

test('A file of root is not written by others', () => {
  new SqliteStore({ path }).close();
  chmodSync(path, 0o400);
  expect(statSync(path).mode & 0o077).toBe(0);
});
