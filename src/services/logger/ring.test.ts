import { expect, test } from 'vitest';
import { instant } from '../../base/time.ts';
import type { TakenReading } from './journal.ts';
import { Ring } from './ring.ts';

const series = { service: 'temp', node: 'board', unit: '°C', labels: {} };
const reading = (taken: number): TakenReading => ({ series, taken: instant(taken), value: taken });

function setUp(capacity = 6) {
  const time = { now: 0, wallClock: 0 };
  const clock = { now: () => instant(time.now), wallClock: () => time.wallClock };
  return { time, ring: new Ring({ source: 'board', epoch: 3, clock, capacity, batch: 4 }) };
}

test('A ring tells the times of its readings once the clock knows what time it is', async () => {
  const { time, ring } = setUp();
  ring.write([reading(100), reading(200)]);
  await ring.seal();
  expect(ring.head()).toBeUndefined();
  time.now = 1000;
  time.wallClock = 5_000_000;
  await ring.seal();
  const rows = [
    [0, 4_999_100, 100],
    [0, 4_999_200, 200],
  ];
  const key = { source: 'board', epoch: 3, sequence: 1 };
  expect(ring.head()).toEqual({ batch: { key, series: [series], rows, minutes: [], dropped: 0 }, readings: 2 });
});

test('A full ring gives up the oldest, but nothing of the batch that is being sent, and says how many', async () => {
  const { time, ring } = setUp();
  time.wallClock = 1;
  ring.write([1, 2, 3, 4, 5].map(reading));
  await ring.seal();
  ring.write([6, 7, 8, 9, 10, 11, 12].map(reading));
  await ring.seal();
  expect(ring.head()?.batch.rows.map(([, , value]) => value)).toEqual([1, 2, 3, 4]);
  expect(ring.stats()).toEqual({ waiting: 10, bytes: 640, rolledUp: 0, dropped: 2 });
  ring.done('kept');
  await ring.seal();
  expect(ring.head()?.batch).toMatchObject({ key: { sequence: 2 }, dropped: 2 });
  expect(ring.head()?.batch.rows.map(([, , value]) => value)).toEqual([7, 8, 9, 10]);
  ring.done('dropped');
  await ring.seal();
  expect(ring.head()?.batch).toMatchObject({ key: { sequence: 3 }, dropped: 0 });
  expect(ring.stats()).toMatchObject({ waiting: 2, dropped: 6 });
});
