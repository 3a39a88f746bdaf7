// `tdos log` against a storage and a logger in the test's own process.

import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SqliteStore } from '../../src/hosts/node/storage/sqlite.ts';
import { sqliteEngine } from '../../src/hosts/node/storage/sqlite-engine.ts';
import { loggerService, startLogger } from '../../src/services/logger/logger.ts';
import { Ring } from '../../src/services/logger/ring.ts';
import { tempSensor } from '../../src/services/sensors.ts';
import { storage } from '../../src/services/storage/service.ts';
import { batch } from '../storage/contract.ts';
import { House } from './house.ts';
import { Site } from './tdos.ts';

const NOON = Date.UTC(2026, 2, 29, 12);
const SPAN = ['--from', '2026-03-29 14:00', '--to', '2026-03-29T13:00Z', '--tz', 'Europe/Berlin'];
const kitchen = { service: 'temp', node: 'kitchen', unit: '°C', labels: { room: 'kitchen' } };
const hall = { ...kitchen, node: 'hall', labels: {} };

let house: House;
let site: Site;
let store: SqliteStore;

beforeAll(async () => {
  house = await House.open();
  site = await Site.open(house.port);
  store = new SqliteStore({ path: join(site.home, 'log.sqlite') });
  const minutes = Array.from({ length: 30 }, (_, n) => n);
  store.appendAll([
    batch(
      [kitchen, hall],
      minutes.flatMap((n) => [
        [0, NOON + n * 60_000, 20 + n / 10],
        [1, NOON + n * 60_000, 10],
      ]),
    ),
    batch([{ ...kitchen, service: 'door', unit: '' }], [[0, NOON + 5, 'open', { by: 'Ann' }]]),
  ]);
  await house.node('store', [storage(sqliteEngine(store))]);
});

afterAll(async () => {
  await house.close();
  await site.close();
  store.close();
});

const log = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await site.run(['log', ...args]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
};

it('query shows readings, or averages of each step, with the times of the zone', async () => {
  expect((await log('query', 'temp@kitchen', ...SPAN, '--limit', '2')).split('\n')).toEqual([
    'TIME                     NODE     VALUE',
    '2026-03-29 14:00:00.000  kitchen  20 °C',
    '2026-03-29 14:01:00.000  kitchen  20.10 °C',
    'from the storage on store; more than 2: raise --limit, or --step',
    '',
  ]);
  expect((await log('query', 'temp@room=kitchen', ...SPAN, '--step', '10m')).split('\n')).toEqual([
    'TIME                 NODE     AVERAGE   MIN    MAX       LAST      COUNT',
    '2026-03-29 14:00:00  kitchen  20.45 °C  20 °C  20.90 °C  20.90 °C  10',
    '2026-03-29 14:10:00  kitchen  21.45 °C  21 °C  21.90 °C  21.90 °C  10',
    '2026-03-29 14:20:00  kitchen  22.45 °C  22 °C  22.90 °C  22.90 °C  10',
    'from the storage on store',
    '',
  ]);
});

it('query --json gives readings and points with all that is known of them', async () => {
  const time = { time: '2026-03-29T14:00:00.005+02:00', at: NOON + 5 };
  expect(await site.json(['log', 'query', 'door', ...SPAN])).toEqual({
    node: 'store',
    items: [{ ...time, ...kitchen, service: 'door', unit: '', value: 'open', by: 'Ann' }],
  });
  const at = Date.UTC(2026, 2, 28, 23);
  expect(await site.json(['log', 'query', 'temp', ...SPAN, '--step', '1d', '--node', 'hall'])).toEqual({
    ...{ node: 'store', step: 86_400_000 },
    items: [{ ...hall, time: '2026-03-29T00:00:00.000+01:00', at, avg: 10, min: 10, max: 10, last: 10, count: 30 }],
  });
});

it('latest and series show what there is', async () => {
  const rows = (await log('latest', '--tz', 'UTC')).split('\n').map((line) => line.split(/ {2,}/).slice(0, 4));
  expect(rows.slice(1, 4).sort()).toEqual([
    ['door', 'kitchen', 'open', '2026-03-29 12:00:00'],
    ['temp', 'hall', '10 °C', '2026-03-29 12:29:00'],
    ['temp', 'kitchen', '22.90 °C', '2026-03-29 12:29:00'],
  ]);
  expect(await site.json(['log', 'latest', 'door'])).toEqual([
    { ...kitchen, service: 'door', unit: '', at: NOON + 5, value: 'open', by: 'Ann' },
  ]);
  expect(await log('series', 'temp', '--tz', 'UTC')).toMatch(
    /temp +kitchen +°C +2026-03-29 12:00:00 +2026-03-29 12:29:00 +room=kitchen/,
  );
});

it('export gives CSV and JSON Lines of everything', async () => {
  const csv = (await log('export', 'temp', ...SPAN, '--format', 'csv')).trimEnd().split('\n');
  expect([csv.length, csv[0], csv[1]]).toEqual([
    61,
    'time,service,node,unit,labels,value',
    '2026-03-29T12:00:00.000Z,temp,kitchen,°C,"{""room"":""kitchen""}",20',
  ]);
  const lines = (await log('export', ...SPAN, '--step', '1h'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { node: 'kitchen', count: 30 },
    { node: 'hall', avg: 10, count: 30 },
  ]);
});

it('plot draws a chart of each series', async () => {
  const text = await log('plot', 'temp', ...SPAN, '--height', '8');
  expect(text).toContain('temp@kitchen, temp@hall, averages of ');
  expect(text.match(/[\u2801-\u28ff]/g)?.length).toBeGreaterThan(40);
  expect(text).toMatch(/14:00:00 +14:30:00 +15:00:00/);
});

it('stats and tail show what comes from a logger', async () => {
  const os = await house.node('logger', []);
  await house.node('attic', [tempSensor(() => 12)]);
  const journal = new Ring({ source: 'logger', epoch: 1, clock: os.clock });
  const logger = startLogger(os, { journal, every: 100, batchMs: 100 });
  await os.provide(loggerService(logger));
  const tail = await site.run(['log', 'tail', 'temp_sensor', '--for', '2s', '--every', '200ms', '--json']);
  const times = tail.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).at);
  expect(times.length).toBeGreaterThan(5);
  expect(times).toEqual([...new Set(times)].sort());
  expect(await site.json(['log', 'stats'])).toEqual({
    storage: [expect.objectContaining({ node: 'store', engine: 'sqlite', series: 4, dropped: 0 })],
    loggers: [expect.objectContaining({ node: 'logger', storage: 'store', trouble: null, dropped: 0 })],
  });
  expect(await log('stats')).toMatch(/STORAGE .*\nstore +sqlite .*\n\nLOGGER .*\nlogger /);
  await logger.stop();
});

it.each([
  [['query', 'temp', '--from', 'soon'], /--from is a moment/],
  [['query', 'temp', '--from', 'now', '--to', '1 h ago'], /--from must be before --to/],
  [['query', 'temp', '--tz', 'Mars'], /time zone by its name/],
  [['query', 'temp', '--step', '5'], /a time with its unit/],
  [['query', 'temp', '--limit', '0'], /whole number above 0/],
  [['query'], /missing required argument/],
])('%j is refused with what to write instead', async (args, message) => {
  const { code, stderr } = await site.run(['log', ...args]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
});

it('says which storage is not there, and where nothing was kept', async () => {
  expect((await site.run(['log', 'latest', '--storage', 'cellar', '--timeout', '300ms'])).code).toBe(3);
  expect(await log('plot', 'barometer')).toMatch(/^Nothing was kept there then/);
});
