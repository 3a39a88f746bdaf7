import { expect, test } from 'vitest';
import { consequenceOf, isConclusive } from './proof.ts';

const CODES = ['WRONG_EPOCH', 'BUSY', 'FAILED', 'NOT_FOUND', 'EXPIRED', 'BAD_ARGUMENT'];
const all = (safe: boolean, single: boolean, afterMs: number): string[] =>
  CODES.map((code) => consequenceOf(code, { safe, single, afterMs, restartMs: 100 }));

test('A safe call moves on, whatever was sent before', () => {
  const moves = ['elsewhere', 'later', 'elsewhere', 'elsewhere', 'end', 'end'];
  for (const single of [true, false])
    for (const afterMs of [0, 1000])
      expect([single, afterMs, all(true, single, afterMs)]).toEqual([single, afterMs, moves]);
});

test('The refusal of an unsafe call proves that it did not run only when it was sent once', () => {
  expect(all(false, true, 99)).toEqual(['elsewhere', 'later', 'end', 'elsewhere', 'end', 'end']);
  expect(all(false, false, 99)).toEqual(['unknown', 'later', 'end', 'ignored', 'ignored', 'end']);
  const sent = { afterMs: 0, restartMs: 100 };
  expect([true, false].map((single) => isConclusive({ safe: false, single, ...sent }))).toEqual([true, false]);
});

test('A refused epoch proves nothing of an unsafe call once the node may have restarted since', () => {
  expect([all(false, true, 99)[0], all(false, true, 100)[0]]).toEqual(['elsewhere', 'unknown']);
});
