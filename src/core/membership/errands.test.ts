import { expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { instant } from '../../base/time.ts';
import { configure } from '../config.ts';
import { Errands } from './errands.ts';

const at = instant;

function make(): { errands: Errands; probes: [string, number][]; vouched: unknown[] } {
  const probes: [string, number][] = [];
  const vouched: unknown[] = [];
  const errands = new Errands(configure({ maxErrands: 2 }), new Random(1), {
    probe: (target, address, nonce) => probes.push([`${target}@${address}`, nonce]),
    vouch: (...word) => vouched.push(word),
  });
  return { errands, probes, vouched };
}

const request = (nonce: number, target = 5) =>
  ({ type: 'probe-request', nonce, target, address: `t${target}` }) as const;

test('The target is probed under a nonce of our own, and its answer goes to the one who asked, once', () => {
  const { errands, probes, vouched } = make();
  errands.take(9, 'judge', request(77), at(0));
  const [address, nonce] = probes[0] ?? ['', 0];
  expect([address, nonce === 77]).toEqual(['5@t5', false]);
  errands.answered(nonce, 6, 3);
  errands.answered(nonce + 1, 5, 3);
  expect(vouched).toEqual([]);
  errands.answered(nonce, 5, 3);
  errands.answered(nonce, 5, 3);
  expect(vouched).toEqual([[9, 'judge', 77, 3]]);
});

test('An answer after a round of probes is no answer, and there are so many errands at once', () => {
  const { errands, probes, vouched } = make();
  for (const nonce of [1, 2, 3]) errands.take(9, 'judge', request(nonce), at(0));
  expect(probes).toHaveLength(2);
  errands.advance(at(400));
  for (const [, nonce] of probes) errands.answered(nonce, 5, 3);
  expect([vouched, errands.nextWake()]).toEqual([[], undefined]);
  errands.take(9, 'judge', request(4), at(500));
  expect(probes).toHaveLength(3);
});
