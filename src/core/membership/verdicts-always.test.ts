// What holds between kernels that both heard a node, whatever they heard and when.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { after, elapsed, type Instant, instant } from '../../base/time.ts';
import type { Event } from '../../wire/message.ts';
import type { NodeRecord } from '../model.ts';
import { Verdicts } from './verdicts.ts';

const NODE = 7;
const START = instant(10_000);
/** Of each kernel one, the answers to those of the others, and theirs to these. */
const MOST_WORDS = 40;

function record(id: number, heardAt: Instant, judge: number): NodeRecord {
  const abilities = { kernel: id !== NODE, helper: true, inflates: true, v1: false, takesKiB: 4, window: 1 };
  return {
    ...{ id, epoch: 1, name: `n${id}`, address: '10.0.0.1:1', generation: 1, abilities, protocol: { min: 2, max: 2 } },
    ...{ services: [], state: 'alive', since: instant(0), heardAt, intervalMs: 1000, judge, load: 0, version: 0 },
  };
}

/** A word on its way. */
interface Word {
  readonly at: Instant;
  readonly from: Kernel;
  readonly to: Kernel;
  readonly event: Event;
}

class Kernel {
  readonly id: number;
  readonly node: NodeRecord;
  /** The node's record changed: the others are to be told. */
  stirred = true;
  private readonly verdicts: Verdicts;

  constructor(id: number, heardAt: Instant) {
    this.id = id;
    this.node = record(NODE, heardAt, id);
    this.verdicts = new Verdicts({
      self: () => id,
      kernel: true,
      watch: () => undefined,
      watching: () => false,
      inquire: () => undefined,
      release: () => undefined,
      nodes: () => [this.node],
      touch: () => {
        this.stirred = true;
      },
      setState: () => undefined,
    });
  }

  hear({ from, event }: Word, now: Instant): void {
    this.verdicts.adopt(this.node, record(from.id, now, this.id), event, now);
  }

  says(now: Instant): Event {
    const { id, heardAt, ...node } = this.node;
    // As `kernel.ts` tells it, and the wire: whole, and rounded down.
    const silentMs = Math.floor(elapsed(heardAt, now));
    return { ...node, type: 'event', node: id, silentMs, heldMs: 0, version: 1, previous: 0, part: 0, parts: 1 };
  }
}

/** They tell each other whenever something changed. Fails when that does not end. */
function talk(kernels: readonly Kernel[], latencies: readonly number[]): void {
  const words: Word[] = [];
  const tell = (now: Instant): void => {
    kernels.forEach((from, source) => {
      if (!from.stirred) return;
      from.stirred = false;
      kernels.forEach((to, target) => {
        const at = after(now, latencies[source + target - 1] ?? 0);
        if (to !== from) words.push({ at, from, to, event: from.says(now) });
      });
    });
    words.sort((a, b) => a.at - b.at);
  };
  tell(START);
  let count = 0;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    expect(++count).toBeLessThan(MOST_WORDS);
    word.to.hear(word, word.at);
    tell(word.at);
  }
}

const double = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });

function kernels(count: number, ago: fc.Arbitrary<number>): fc.Arbitrary<Kernel[]> {
  const claims = fc.record({ id: fc.integer({ min: 1, max: 6 }), ago });
  return fc
    .uniqueArray(claims, { selector: ({ id }) => id, minLength: count, maxLength: count })
    .map((made) => made.map(({ id, ago }) => new Kernel(id, after(START, -ago))));
}

const judges = (all: readonly Kernel[]): readonly number[] => [...new Set(all.map(({ node }) => node.judge))];

test('Two kernels that both heard a node agree after a few words on who judges it', () => {
  // Also near each other, and near the bounds of its intervals.
  const ago = fc.oneof(double(0, 5000), double(995, 1005), fc.constantFrom(0, 999, 1000, 1001, 2000));
  const latency = fc.oneof(fc.constant(0), double(0, 1), double(0, 80));
  fc.assert(
    fc.property(kernels(2, ago), latency, (all, latencyMs) => {
      talk(all, [latencyMs]);
      expect(judges(all)).toHaveLength(1);
    }),
    { numRuns: 3000 },
  );
});

test('Three kernels agree too, where the node misses no beat while they talk', () => {
  const ago = fc.tuple(fc.nat(4), double(0, 500)).map(([beats, ms]) => beats * 1000 + ms);
  const latencies = fc.tuple(double(0, 50), double(0, 50), double(0, 50));
  fc.assert(
    fc.property(kernels(3, ago), latencies, (all, ms) => {
      talk(all, ms);
      expect(judges(all)).toHaveLength(1);
    }),
    { numRuns: 3000 },
  );
});
