import { expect, test } from 'vitest';
import { instant } from '../../base/time.ts';
import { DEFAULTS } from '../config.ts';
import { Standstill } from './standstill.ts';

const at = instant;

test('What is read in time has not waited, nor what is read a little late', () => {
  const standstill = new Standstill(DEFAULTS, at(0));
  for (const [due, now] of [
    [800, 300],
    [800, 800],
    [1600, 2100],
  ] as const) {
    standstill.woke(at(due), at(now));
    expect([now, standstill.waitedMs(at(now))]).toEqual([now, 0]);
  }
});

test('What is read after a standstill may have waited since the node last kept up, until the socket is empty', () => {
  const standstill = new Standstill(DEFAULTS, at(0));
  standstill.woke(at(800), at(500));
  // Datagrams are read first, or the alarm is: what is overdue stays so until then.
  for (const now of [5000, 5020]) standstill.woke(at(800), at(now));
  expect(standstill.waitedMs(at(5020))).toBe(4520);
  standstill.woke(at(5800), at(5030));
  expect([5030, 5269, 5270].map((now) => standstill.waitedMs(at(now)))).toEqual([4530, 4769, 0]);
  // The next standstill is measured by itself.
  standstill.woke(at(5800), at(9000));
  expect(standstill.waitedMs(at(9000))).toBe(3970);
});
