import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { configure } from '../config.ts';
import { Links } from './link.ts';

const config = configure();
const links = (changes = {}): Links => new Links(configure(changes), new Random(1));
/** The shortest and longest of many waits. */
const spread = (known: Links, node: number, attempt: number): [number, number] => {
  const waits = Array.from({ length: 2000 }, () => known.waitMs(node, attempt));
  return [Math.round(Math.min(...waits)), Math.round(Math.max(...waits))];
};

describe('Links', () => {
  test('smooth the round trip and its deviation as RFC 6298 says', () => {
    const known = links({ retryMinMs: 1, retryMaxMs: 1e9 });
    expect(known.rttMs(1)).toBeUndefined();
    known.answered(1, 80);
    expect(known.rttMs(1)).toBe(80);
    expect(spread(known, 1, 0)).toEqual([208, 312]); // 20 until the word that it works + 80 + 4 x 40 = 260, 20 % to each side
    known.answered(1, 160);
    expect(known.rttMs(1)).toBe(90);
    expect(spread(known, 1, 0)).toEqual([248, 372]); // deviation 40 + (80 - 40) / 4 = 50; 20 + 90 + 4 x 50 = 310
  });

  test('wait the first time as told for a node never measured, then twice as long each time, up to the limit', () => {
    const known = links();
    expect(spread(known, 1, 0)).toEqual([80, 120]);
    expect(spread(known, 1, 1)).toEqual([160, 240]);
    expect(spread(known, 1, 2)).toEqual([320, 400]);
    expect(spread(known, 1, 99)).toEqual([320, 400]);
  });

  test('never wait less than the shortest wait, however near the node', () => {
    const known = links();
    for (let answer = 0; answer < 50; answer += 1) known.answered(1, 0.3);
    expect(spread(known, 1, 0)).toEqual([30, 36]);
    expect(spread(known, 1, 1)).toEqual([48, 72]);
  });

  test('count tries without an answer until any sign of life', () => {
    const known = links();
    known.unanswered(1);
    known.unanswered(1);
    known.unanswered(2);
    expect([known.unansweredTries(1), known.unansweredTries(2), known.unansweredTries(3)]).toEqual([2, 1, 0]);
    known.heard(1);
    known.answered(2, 5);
    known.heard(3);
    expect([known.unansweredTries(1), known.unansweredTries(2), known.unansweredTries(3)]).toEqual([0, 0, 0]);
    expect(known.rttMs(1)).toBeUndefined();
  });

  test('keep nodes apart, and nothing of a forgotten one', () => {
    const known = links();
    known.answered(1, 10);
    known.answered(2, 200);
    known.unanswered(1);
    known.forget(1);
    expect([known.rttMs(1), known.unansweredTries(1), known.rttMs(2)]).toEqual([undefined, 0, 200]);
    expect(spread(known, 1, 0)).toEqual([80, 120]);
  });

  test('keep at most as many links as there may be nodes: the oldest goes', () => {
    const known = links({ maxNodes: 3 });
    for (const node of [1, 2, 3, 1, 4]) known.answered(node, node);
    expect([1, 2, 3, 4].map((node) => known.rttMs(node))).toEqual([undefined, 2, 3, 4]);
  });

  test('refuse an answer from before its question', () => {
    expect(() => links().answered(1, -1)).toThrow(/an answer comes after its question/);
  });

  test('wait within the limits, and the same under the same seed, whatever was measured', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e6, noNaN: true })),
        fc.nat(100),
        fc.integer(),
        (rtts, attempt, seed) => {
          const [one, two] = [new Links(config, new Random(seed)), new Links(config, new Random(seed))];
          for (const rtt of rtts) {
            one.answered(9, rtt);
            two.answered(9, rtt);
          }
          const wait = one.waitMs(9, attempt);
          expect(wait).toBeGreaterThanOrEqual(config.retryMinMs);
          expect(wait).toBeLessThanOrEqual(config.retryMaxMs);
          expect(two.waitMs(9, attempt)).toBe(wait);
        },
      ),
    );
  });
});
