/**
 * What every storage engine must do, as tests. The answers to questions are compared with a model that looks at every row.
 *
 * @module
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Batch,
  type BatchKey,
  bySeries,
  MAX_EPOCHS,
  type MinuteRow,
  matches,
  type Page,
  type Point,
  type Retention,
  type Row,
  type Scalar,
  type Series,
  type SeriesFilter,
  type StorageEngine,
  type Summary,
  seriesText,
} from '../../src/services/storage/model.ts';
import { bucketOf, HOUR, MINUTE, merge, summaryOf } from '../../src/services/storage/rollup.ts';

/** One engine on a medium that outlives it. */
export interface Site {
  open(options?: { readonly retention?: readonly Retention[] }): Promise<StorageEngine>;
  /** Empties the medium. All engines are closed. */
  clear(): Promise<void>;
}

const NOON = Date.UTC(2026, 2, 29, 12);
const FAR = NOON * 2;

const series = (service: string, node = 'kitchen', labels: Record<string, string> = {}): Series => ({
  ...{ service, node, unit: '°C', labels },
});

export const batch = (of: readonly Series[], rows: readonly Row[], key?: BatchKey): Batch => ({
  ...{ key, series: of, rows, minutes: [], dropped: 0 },
});

const key = (sequence: number, epoch = 1, source = 'logger'): BatchKey => ({ source, epoch, sequence });

const all = { filter: {}, from: 0, to: FAR, limit: 4096, after: undefined };

/** All pages, as series and item. */
async function everything<Item extends Row | Point>(
  ask: (after: string | undefined) => Promise<Page<Item>>,
  limit: number,
): Promise<unknown[]> {
  const found: unknown[] = [];
  let after: string | undefined;
  do {
    const page = await ask(after);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    expect(page.items.length > 0 || page.next === undefined).toBe(true);
    for (const [place, ...rest] of page.items) found.push([page.series[place], ...rest]);
    after = page.next;
  } while (after !== undefined);
  return found;
}

export function engineContract(name: string, site: Site, runs = 60): void {
  describe(`${name}, as every storage engine,`, () => {
    let engine: StorageEngine;

    beforeEach(async () => {
      await site.clear();
      engine = await site.open();
    });
    afterEach(() => engine.close());

    const rowsOf = (filter: SeriesFilter = {}): Promise<unknown[]> =>
      everything((after) => engine.rows({ ...all, filter, after }), all.limit);

    test('keeps every kind of value with its own time, and what else was said of it, over a restart', async () => {
      const values: readonly Scalar[] = [21.5, -3, 0, 1e300, 'open', '12', '', 'ü°€😀', true, false, null];
      const rows = values.map((value, index): Row => [0, NOON + index, value]);
      const last: Row = [0, NOON + 99, 7, { quality: 'live', trusted: true, tries: 2, note: null }];
      expect(await engine.append(batch([series('door')], [...rows, last]))).toEqual({ stored: 12, repeated: false });
      await engine.close();
      engine = await site.open();
      expect(await rowsOf()).toEqual([...rows, last].map(([, ...rest]) => [series('door'), ...rest]));
    });

    test('keeps a batch once that comes twice, at once, later or after a restart', async () => {
      const one = batch([series('temp')], [[0, NOON, 1]], key(1));
      const two = batch([series('temp')], [[0, NOON + 1, 2]], key(3));
      const again = { stored: 0, repeated: true };
      expect(await Promise.all([engine.append(one), engine.append(one), engine.append(two)])).toEqual([
        { stored: 1, repeated: false },
        again,
        { stored: 1, repeated: false },
      ]);
      await engine.close();
      engine = await site.open();
      expect([await engine.append(two), await engine.append(one)]).toEqual([again, again]);
      expect(await rowsOf()).toHaveLength(2);
      for (const other of [key(1, 2), key(1, 1, 'another')])
        expect(await engine.append({ ...one, key: other })).toEqual({ stored: 1, repeated: false });
      expect(await rowsOf()).toHaveLength(4);
    });

    test('knows the batches of the last epochs of a source, and forgets older keys', async () => {
      const batchOf = (epoch: number): Batch => batch([series('temp')], [[0, NOON + epoch, 1]], key(1, epoch));
      for (let epoch = 1; epoch <= MAX_EPOCHS + 4; epoch++) await engine.append(batchOf(epoch));
      await engine.append(batch([series('temp')], [[0, NOON, 1]], key(1, 1, 'another')));
      expect(await engine.stats()).toMatchObject({ keys: MAX_EPOCHS + 1, rows: MAX_EPOCHS + 5 });
      expect(await engine.append(batchOf(MAX_EPOCHS + 4))).toEqual({ stored: 0, repeated: true });
    });

    test('keeps all readings of one moment', async () => {
      const rows: Row[] = [1, 2, 3].map((value) => [0, NOON, value]);
      await engine.append(batch([series('temp')], rows));
      await engine.append(batch([series('temp')], [[0, NOON, 4, { more: 1 }]]));
      const found = await everything((after) => engine.rows({ ...all, limit: 1, after }), 1);
      expect(found).toEqual([1, 2, 3, 4].map((v) => [series('temp'), NOON, v, ...(v === 4 ? [{ more: 1 }] : [])]));
    });

    test('tells series apart by service, node, unit and labels, in whatever order labels come', async () => {
      const own = [
        series('temp'),
        series('temp', 'hall'),
        { ...series('temp'), unit: '°F' },
        series('temp', 'kitchen', { room: 'hall', a: 'b' }),
      ];
      await engine.append(
        batch(
          own,
          own.map((_, place): Row => [place, NOON, place]),
        ),
      );
      await engine.append(batch([series('temp', 'kitchen', { a: 'b', room: 'hall' })], [[0, NOON + 1, 9]]));
      const infos = await engine.series({});
      expect(infos.map(({ first, last, ...one }) => [one, first, last])).toEqual(
        [...own].sort(bySeries).map((one) => [one, NOON, own.indexOf(one) === 3 ? NOON + 1 : NOON]),
      );
      const counts = [{ node: 'hall' }, { unit: '°F' }, { labels: { room: 'hall' } }, { service: 'none' }];
      expect(await Promise.all(counts.map(async (filter) => (await rowsOf(filter)).length))).toEqual([1, 1, 2, 0]);
    });

    test('gives the newest of each series, the newest first', async () => {
      await engine.append(
        batch(
          [series('temp'), series('temp', 'hall'), series('door')],
          [
            [0, NOON + 5, 1],
            [0, NOON + 2, 2],
            [1, NOON + 9, 3],
            [1, NOON + 9, 4, { quality: 'sibling' }],
            [2, NOON, 'shut'],
          ],
        ),
      );
      const door = { ...series('door'), at: NOON, value: 'shut', extras: undefined };
      const hall = { ...series('temp', 'hall'), at: NOON + 9, value: 4, extras: { quality: 'sibling' } };
      const kitchen = { ...series('temp'), at: NOON + 5, value: 1, extras: undefined };
      expect(await engine.latest({}, 10)).toEqual([hall, kitchen, door]);
      expect(await engine.latest({}, 1)).toEqual([hall]);
      expect(await engine.latest({ service: 'door' }, 10)).toEqual([door]);
    });

    test('takes minutes that a logger rolled up: they are in the points, not in the rows, and are counted', async () => {
      const minute = (at: number, value: number): MinuteRow => [
        0,
        at,
        { count: 2, sum: value * 2, min: value - 1, max: value + 1, last: value, lastAt: at + 30_000 },
      ];
      await engine.append(batch([series('temp')], [[0, NOON + 59_000, 50]]));
      const rolled = { ...batch([series('temp')], [], key(1)), minutes: [minute(NOON, 10), minute(NOON + HOUR, 20)] };
      expect(await engine.append({ ...rolled, dropped: 5 })).toEqual({ stored: 2, repeated: false });
      expect(await engine.append({ ...rolled, dropped: 5 })).toEqual({ stored: 0, repeated: true });
      const sum = { count: 3, sum: 70, min: 9, max: 50, last: 50, lastAt: NOON + 59_000 };
      const later = { count: 2, sum: 40, min: 19, max: 21, last: 20, lastAt: NOON + HOUR + 30_000 };
      for (const step of [MINUTE, HOUR])
        expect((await engine.points({ ...all, step, origin: 0 })).items).toEqual([
          [0, NOON, sum],
          [0, NOON + HOUR, later],
        ]);
      expect(await rowsOf()).toHaveLength(1);
      expect(await engine.stats()).toMatchObject({ rows: 1, rolledUp: 4, dropped: 5, series: 1 });
    });

    test('answers what a look at every row would, page by page', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(history, { minLength: 1, maxLength: 4 }), questions, async (batches, asked) => {
          await engine.close();
          await site.clear();
          engine = await site.open();
          const kept: Kept[] = [];
          await Promise.all(
            batches.map(async (rows) => {
              await engine.append(batch(NAMES, rows));
            }),
          );
          for (const rows of batches) for (const [place, at, value] of rows) kept.push([place, at, value]);
          const { filter, from, to, step, origin, limit } = asked;
          const span = { filter, from, to: Math.max(from, to), limit };
          const rows = await everything((after) => engine.rows({ ...span, after }), limit);
          expect(sorted(rows)).toEqual(sorted(rowsOfModel(kept, span)));
          expect(isInOrder(rows)).toBe(true);
          const points = await everything((after) => engine.points({ ...span, after, step, origin }), limit);
          expect(comparable(points)).toEqual(comparable(pointsOfModel(kept, span, step, origin)));
          expect(await engine.stats()).toMatchObject({ rows: kept.length });
        }),
        { numRuns: runs },
      );
    });

    test('forgets what the rules of retention say, and nothing else', async () => {
      await engine.close();
      const retention = [
        { filter: { service: 'temp' }, rows: HOUR, minutes: 3 * HOUR },
        { filter: {}, rows: 5 * HOUR },
      ];
      engine = await site.open({ retention });
      const hours = [0, 1, 2, 3, 4, 5, 6];
      const rows = (place: number): Row[] => hours.map((hour) => [place, NOON + hour * HOUR + 1, hour, { hour }]);
      await engine.append(batch([series('temp'), series('door')], [...rows(0), ...rows(1)]));
      while (await engine.prune(NOON + 6 * HOUR + 2)) {}
      const kept = async (service: string): Promise<unknown> => {
        const span = { ...all, filter: { service } };
        const [minutes, days] = [MINUTE, HOUR].map((step) => engine.points({ ...span, step, origin: 0 }));
        return [(await engine.rows(span)).items, (await minutes)?.items, (await days)?.items].map(
          (items) => items?.length,
        );
      };
      expect([await kept('temp'), await kept('door')]).toEqual([
        [2, 4, 7],
        [6, 7, 7],
      ]);
      expect(await engine.stats()).toMatchObject({ rows: 8 });
    });

    test.each(['x', '1', '1.2', '1.2.3.4', ''])('refuses %j as the mark of a page', async (after) => {
      const mark = after === '1.2' ? '1.2.3' : after;
      await expect(engine.points({ ...all, after: mark, step: 1, origin: 0 })).rejects.toMatchObject({
        code: 'BAD_ARGUMENT',
      });
      await expect(engine.rows({ ...all, after })).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
    });

    test('takes nothing more once it is closed, and may be closed again', async () => {
      await engine.close();
      await engine.close();
      await expect(engine.append(batch([series('temp')], [[0, NOON, 1]]))).rejects.toMatchObject({ code: 'CLOSED' });
      await expect(engine.stats()).rejects.toMatchObject({ code: 'CLOSED' });
    });
  });
}

type Kept = readonly [place: number, at: number, value: Scalar];

const NAMES = [series('temp'), series('temp', 'hall'), series('door', 'hall', { room: 'hall' })];

/** Moments near the borders of minutes and hours, and some at the same ms. */
const moment = fc
  .tuple(fc.integer({ min: -2, max: 2 }), fc.constantFrom(0, MINUTE, 30 * MINUTE), fc.integer({ min: -3, max: 3 }))
  .map(([hours, more, ms]) => NOON + hours * HOUR + more + ms);

const history: fc.Arbitrary<Row[]> = fc.array(
  fc
    .tuple(
      fc.nat(2),
      moment,
      fc.oneof({ weight: 5, arbitrary: fc.integer({ min: -50, max: 50 }) }, fc.constantFrom('on', true, null)),
    )
    .map(([place, at, value]): Row => [place, at, value]),
  { minLength: 1, maxLength: 40 },
);

const questions = fc.record({
  filter: fc.constantFrom<SeriesFilter[]>({}, { service: 'temp' }, { node: 'hall' }, { labels: { room: 'hall' } }),
  from: moment,
  to: moment,
  step: fc.constantFrom(1, 7, 1000, MINUTE, 90_000, 5 * MINUTE, HOUR, 24 * HOUR),
  origin: fc.constantFrom(0, 0, MINUTE, 30 * MINUTE, -2 * HOUR, 1),
  limit: fc.integer({ min: 1, max: 30 }),
});

interface Span {
  readonly filter: SeriesFilter;
  readonly from: number;
  readonly to: number;
}

const nameOf = (place: number): Series => {
  const one = NAMES[place];
  if (one === undefined) throw new Error(`no series ${place}`);
  return one;
};

const rowsOfModel = (kept: readonly Kept[], { filter, from, to }: Span): unknown[] =>
  kept
    .filter(([place, at]) => matches(nameOf(place), filter) && at >= from && at < to)
    .map(([place, at, value]) => [nameOf(place), at, value]);

function pointsOfModel(kept: readonly Kept[], { filter, from, to }: Span, step: number, origin: number): unknown[] {
  const buckets = new Map<string, readonly [Series, number, Summary]>();
  for (const [place, at, value] of kept) {
    const one = nameOf(place);
    const bucket = bucketOf(at, step, origin);
    const isIn = bucket >= bucketOf(from, step, origin) && bucket < bucketOf(to + step - 1, step, origin);
    if (!isIn || !matches(one, filter) || typeof value !== 'number') continue;
    const name = `${seriesText(one)} ${bucket}`;
    buckets.set(name, [one, bucket, merge(buckets.get(name)?.[2], summaryOf(at, value))]);
  }
  return [...buckets.values()];
}

const text = (item: unknown): string => JSON.stringify(item);
const sorted = (items: readonly unknown[]): string[] => items.map(text).sort();

/** Of numbers at the same ms any may be the last: what came first is chance. */
const comparable = (points: readonly unknown[]): string[] =>
  sorted(points.map((point) => JSON.parse(text(point).replace(/"last":[^,]*,/, ''))));

/** Each series once, its times rising. */
function isInOrder(rows: readonly unknown[]): boolean {
  const names = rows.map((row) => text((row as [Series])[0]));
  const times = rows.map((row) => (row as [Series, number])[1]);
  const changes = names.filter((one, index) => one !== names[index - 1]);
  return (
    new Set(changes).size === changes.length &&
    times.every((at, index) => names[index] !== names[index - 1] || at >= (times[index - 1] ?? 0))
  );
}
