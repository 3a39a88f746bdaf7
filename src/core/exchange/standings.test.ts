import { beforeEach, expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { instant } from '../../base/time.ts';
import { configure } from '../config.ts';
import type { Instance, NodeRecord } from '../model.ts';
import { Standings } from './standings.ts';

const at = instant;
const offer = (name: string) => ({ index: 0, name, version: '1.0.0', labels: {}, capabilities: ['read'] });

function board(id: number): NodeRecord {
  return {
    ...{ id, epoch: 1, name: `n${id}`, address: `10.0.0.${id}:1`, generation: 1, protocol: { min: 2, max: 2 } },
    abilities: { kernel: false, helper: false, inflates: false, v1: false, takesKiB: 4, window: 1 },
    ...{ services: [offer('lamp'), offer('oven')], intervalMs: 1000, judge: 1, load: 0, version: 0 },
    ...{ state: 'alive', since: at(0), heardAt: at(0) },
  };
}

const node = board(7);
const [lamp, oven] = node.services.map((one) => ({ node, offer: one })) as [Instance, Instance];
const told: unknown[] = [];
let standings: Standings;

beforeEach(() => {
  told.length = 0;
  standings = new Standings(configure(), new Random(1), { event: (event) => told.push(event) }, at(0));
  for (let failures = 0; failures < 5; failures++) standings.ended(lamp, 'failed', false, at(failures));
});

const mayCall = (instance: Instance, now: number): boolean => standings.rank([instance], 0, true, at(now)).length === 1;

test('An instance that fails again and again is told of and left alone, others of its node are not', () => {
  const reason = expect.any(String);
  expect(told).toEqual([{ type: 'breaker', service: 'lamp', node: 7, state: 'open', reason }]);
  expect([lamp, oven].map((one) => mayCall(one, 10))).toEqual([false, true]);
  expect(standings.condition(lamp, at(10))).toEqual({ breaker: 'open', rttMs: undefined, unanswered: 0 });
});

test('A restart forgives it; a sign of life after silence allows one trial', () => {
  standings.links.unanswered(7);
  standings.back(node, 'revived', at(10));
  expect(standings.condition(lamp, at(10))).toMatchObject({ breaker: 'half-open', unanswered: 0 });
  expect([standings.began(lamp, at(10)), mayCall(lamp, 11)]).toEqual([true, false]);
  standings.ended(lamp, 'abandoned', true, at(12));
  expect(mayCall(lamp, 12)).toBe(true);
  standings.back(node, 'rebooted', at(20));
  expect(standings.condition(lamp, at(20)).breaker).toBe('closed');
});

test('Of a forgotten node nothing is kept', () => {
  standings.links.answered(7, 12);
  expect(standings.condition(lamp, at(10)).rttMs).toBe(12);
  standings.forgotten(node);
  expect(standings.condition(lamp, at(10))).toEqual({ breaker: 'closed', rttMs: undefined, unanswered: 0 });
});
