import { expect, test } from 'vitest';
import { TdosError } from '../../base/errors.ts';
import type { Os } from '../../os/os.ts';
import type { Batch, Page, PointsQuestion, Row, RowsQuestion, StorageEngine } from './model.ts';
import { storage } from './service.ts';

const NOW = 10 * 3_600_000;
const kitchen = { service: 'temp', node: 'kitchen', unit: '°C', labels: {} };

/** An engine that notes what it is asked, and answers what it is told to. */
function setUp() {
  const appended: Batch[] = [];
  const asked: (RowsQuestion | PointsQuestion)[] = [];
  const answers = { rows: [] as Row[], series: 1 };
  const pageOf = ({ limit }: RowsQuestion): Page<Row> => ({
    series: [kitchen],
    items: answers.rows.slice(0, limit),
    next: limit < answers.rows.length ? String(limit) : undefined,
  });
  const engine: StorageEngine = {
    append: async (batch) => {
      if (batch.rows[0]?.[2] === 'full') throw new TdosError('HOST', 'the disk is full');
      appended.push(batch);
      return { stored: batch.rows.length, repeated: false };
    },
    rows: async (question) => {
      asked.push(question);
      return pageOf(question);
    },
    points: async (question) => {
      asked.push(question);
      const summary = { count: 2, sum: 3, min: 1, max: 2, last: 1, lastAt: 7 };
      return { series: [kitchen], items: [[0, 5, summary]], next: undefined };
    },
    latest: async () => [
      { ...kitchen, at: 1, value: 2, extras: { quality: 'live' } },
      { ...kitchen, labels: { room: 'hall' }, at: 1, value: 2, extras: undefined },
    ],
    series: async () => Array(answers.series).fill({ ...kitchen, first: 1, last: 2 }),
    stats: async () => ({
      engine: 'none',
      series: 1,
      rows: 2,
      bytes: 3,
      keys: 4,
      rolledUp: 5,
      dropped: 6,
      repeated: 7,
      damagedHours: 0,
    }),
    prune: async () => false,
    close: async () => undefined,
  };
  const os = { name: 'store', clock: { wallClock: () => NOW } } as unknown as Os;
  const { operations } = storage(engine).start(os);
  const context = { client: 1, leftMs: 3000, expired: () => false };
  const run = async (op: string, args?: unknown): Promise<unknown> => operations.get(op)?.run(args, context);
  return { appended, asked, answers, run };
}

test('storage says which of its operations must not be repeated', () => {
  const engine = {} as StorageEngine;
  expect(storage(engine)).toMatchObject({
    name: 'storage',
    capabilities: ['append!', 'query', 'latest', 'series', 'export', 'stats', 'describe'],
  });
});

test('storage says what its questions take', async () => {
  const shapes = (await setUp().run('describe', null)) as Record<string, { properties: object }>;
  expect(Object.keys(shapes)).toEqual(['query', 'latest', 'series', 'export']);
  expect(Object.keys(shapes.query?.properties ?? {})).toEqual(
    expect.arrayContaining(['service', 'node', 'labels', 'from', 'to', 'step', 'limit', 'after']),
  );
});

test('storage appends, and counts what it took and what it refused', async () => {
  const { appended, run } = setUp();
  const row = { service: 'temp', at: 1, value: 2 };
  expect(await run('append', row)).toEqual({ stored: 1, repeated: false });
  await expect(run('append', { ...row, value: 'full' })).rejects.toMatchObject({
    code: 'HOST',
    message: 'the disk is full',
  });
  await expect(run('append', 7)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
  expect(appended).toHaveLength(1);
  expect(await run('stats')).toEqual({
    ...{
      node: 'store',
      engine: 'none',
      series: 1,
      rows: 2,
      bytes: 3,
      keys: 4,
      rolledUp: 5,
      dropped: 6,
      repeated: 7,
      damagedHours: 0,
    },
    since: { batches: 1, rows: 1, refused: 2 },
  });
});

test('storage answers the last hour unless told, and says which node answered', async () => {
  const { asked, answers, run } = setUp();
  answers.rows = [[0, 5, 1.5]];
  expect(await run('query')).toEqual({
    ...{ node: 'store', from: NOW - 3_600_000, to: NOW },
    ...{ series: [kitchen], rows: [[0, 5, 1.5]] },
  });
  const filter = { service: undefined, node: undefined, unit: undefined, labels: undefined };
  expect(asked).toEqual([{ filter, from: NOW - 3_600_000, to: NOW, limit: 1000, after: undefined, step: undefined }]);
});

test('storage answers with points for a step, or for so many points', async () => {
  const { asked, run } = setUp();
  const points = [[0, 5, 1.5, 1, 2, 1, 2]];
  expect(await run('query', { step: 60_000, origin: 7 })).toMatchObject({ step: 60_000, series: [kitchen], points });
  expect(await run('query', { from: 0, to: 86_400_000, points: 300 })).toMatchObject({ step: 300_000, points });
  expect(asked.map((one) => 'step' in one && [one.step, 'origin' in one && one.origin])).toEqual([
    [60_000, 7],
    [300_000, 0],
  ]);
});

test('storage cuts an answer to what fits a message, and says where it goes on', async () => {
  const { answers, asked, run } = setUp();
  answers.rows = Array.from({ length: 3000 }, (_, at): Row => [0, at, 'ü'.repeat(50)]);
  const answer = (await run('query', { limit: 3000 })) as { readonly rows: readonly Row[]; readonly next: string };
  expect(answer.next).toBe(String(answer.rows.length));
  expect(answer.rows.length).toBeGreaterThan(300);
  expect(Buffer.from(JSON.stringify(answer)).length).toBeLessThan(63 * 1024);
  expect(asked.length).toBeLessThan(4);
});

test('storage refuses a row that fits no answer', async () => {
  const { answers, run } = setUp();
  answers.rows = [[0, 1, 'x'.repeat(70_000)]];
  await expect(run('query')).rejects.toMatchObject({ code: 'TOO_LARGE' });
});

test('storage exports pages of text', async () => {
  const { answers, run } = setUp();
  answers.rows = [
    [0, 0, 1.5],
    [0, 1, 2],
  ];
  expect(await run('export', { format: 'csv', limit: 1 })).toEqual({
    node: 'store',
    text: 'time,service,node,unit,labels,value\n1970-01-01T00:00:00.000Z,temp,kitchen,°C,,1.5\n',
    next: '1',
  });
  expect(await run('export', { limit: 1, after: 'x' })).toMatchObject({
    text: expect.stringMatching(/^\{"time":.*\}\n$/),
  });
  expect(await run('export', { step: 1000, format: 'csv' })).toMatchObject({
    text: expect.stringContaining(',1.5,1,2,1,2\n'),
  });
});

test('storage lists the newest rows as they were appended', async () => {
  const { run } = setUp();
  const row = { service: 'temp', node: 'kitchen', unit: '°C', at: 1, value: 2 };
  expect(await run('latest')).toEqual([
    { ...row, quality: 'live' },
    { ...row, labels: { room: 'hall' } },
  ]);
});

test('storage lists its series, page by page', async () => {
  const { answers, run } = setUp();
  expect(await run('series')).toEqual({ node: 'store', series: [{ ...kitchen, first: 1, last: 2 }] });
  answers.series = 1500;
  const first = (await run('series')) as { readonly series: readonly unknown[]; readonly next: number };
  const second = (await run('series', { after: first.next })) as { readonly series: readonly unknown[] };
  expect(first.series.length + second.series.length).toBe(1500);
  expect(second).not.toHaveProperty('next');
});

test.each([
  ['query', 'x'],
  ['query', { service: 7 }],
  ['query', { node: 7 }],
  ['query', { unit: 7 }],
  ['query', { labels: { room: 7 } }],
  ['query', { limit: 0 }],
  ['query', { limit: 4097 }],
  ['query', { from: 'yesterday' }],
  ['query', { from: 2, to: 1 }],
  ['query', { to: -1 }],
  ['query', { step: 0 }],
  ['query', { step: 1.5 }],
  ['query', { points: 0 }],
  ['query', { points: 2001 }],
  ['query', { step: 1, origin: 0.5 }],
  ['query', { after: 7 }],
  ['query', { after: 'x'.repeat(129) }],
  ['export', { format: 'xml' }],
  ['latest', { limit: 1.5 }],
  ['series', { after: -1 }],
])('storage refuses to %s %j', async (op, args) => {
  const { asked, run } = setUp();
  await expect(run(op, args)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
  expect(asked).toEqual([]);
});
