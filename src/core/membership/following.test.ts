import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { after, type Instant, instant } from '../../base/time.ts';
import { configure } from '../config.ts';
import { Following } from './following.ts';

const KERNEL = 9;
const EPOCH = 4;

let asked: string[];
let following: Following;

function make(kernel = false): Following {
  const query = (to: number | undefined, _nonce: number, epoch: number, since: number): void => {
    asked.push(`${to ?? 'everybody'} since ${epoch}/${since}`);
  };
  return new Following(configure(), new Random(1), { query }, kernel);
}

beforeEach(() => {
  asked = [];
  following = make();
});

const at = instant;
const link = (version: number, previous: number, node = version) => ({ version, previous, node });

test('It asks everybody at once, and again with growing pauses until a kernel answers', () => {
  following.start(at(0));
  expect(asked).toEqual(['everybody since 0/0']);
  for (let now = at(0); now < 3000; now = after(now, 10)) following.advance(now);
  // After 0.2, 0.2, 0.2, 0.4, 0.8 and 1.6 s, or a fifth more or less.
  expect(asked.length).toBeGreaterThanOrEqual(6);
  expect(asked.length).toBeLessThanOrEqual(7);
  following.welcomed(KERNEL, EPOCH, 0, at(3000));
  asked.length = 0;
  following.advance(at(5000));
  expect(asked).toEqual([]);
  following.advance(at(6000));
  expect(asked).toEqual([`${KERNEL} since ${EPOCH}/0`]);
});

test('A lost record is asked for again within 50 ms, from the last unbroken link', () => {
  following.start(at(0));
  following.welcomed(KERNEL, EPOCH, 0, at(1));
  following.linked(KERNEL, EPOCH, link(1, 0), at(10));
  following.linked(KERNEL, EPOCH, link(3, 2), at(20));
  asked.length = 0;
  following.advance(at(69));
  expect([asked, following.complete]).toEqual([[], false]);
  following.advance(at(70));
  expect(asked).toEqual([`${KERNEL} since ${EPOCH}/1`]);
  following.linked(KERNEL, EPOCH, link(2, 1), at(80));
  expect(following.complete).toBe(true);
});

test('However many records lie behind a gap, one that continues the chain is taken', () => {
  following.start(at(0));
  following.welcomed(KERNEL, EPOCH, 0, at(1));
  for (let version = 40; version < 440; version++) following.linked(KERNEL, EPOCH, link(version, version - 1), at(2));
  for (let version = 1; version < 40; version++) following.linked(KERNEL, EPOCH, link(version, version - 1), at(3));
  asked.length = 0;
  following.welcomed(KERNEL, EPOCH, 439, at(4));
  // 256 of those behind the gap were kept.
  expect(asked).toEqual([`${KERNEL} since ${EPOCH}/295`]);
});

test('An answer that brought something new is a reason to ask on at once, one that did not is none', () => {
  following.start(at(0));
  following.heardKernel(KERNEL, EPOCH, 400, at(1));
  following.advance(at(51));
  following.linked(KERNEL, EPOCH, link(1, 0), at(60));
  asked.length = 0;
  following.welcomed(KERNEL, EPOCH, 400, at(60));
  expect(asked).toEqual([`${KERNEL} since ${EPOCH}/1`]);
  for (let version = 3; version < 300; version++) following.linked(KERNEL, EPOCH, link(version, version - 1), at(70));
  following.linked(KERNEL, EPOCH, link(1, 0), at(70));
  for (const now of [70, 71, 72]) following.welcomed(KERNEL, EPOCH, 400, at(now));
  expect(asked).toHaveLength(1);
  following.advance(at(400));
  expect(asked).toHaveLength(2);
});

test('A kernel asks everybody six times, and the kernels that it follows no more than it must: beacons do the rest', () => {
  const kernel = make(true);
  asked.length = 0;
  kernel.start(at(0));
  for (let now = at(0); now < 60_000; now = after(now, 10)) kernel.advance(now);
  expect([asked, kernel.nextWake()]).toEqual([Array(6).fill('everybody since 0/0'), undefined]);
  asked.length = 0;
  kernel.heardKernel(KERNEL, EPOCH, 1, at(60_000));
  kernel.advance(at(60_050));
  kernel.linked(KERNEL, EPOCH, link(1, 0), at(60_060));
  kernel.welcomed(KERNEL, EPOCH, 1, at(60_060));
  expect([asked, kernel.nextWake()]).toEqual([[`${KERNEL} since ${EPOCH}/0`], undefined]);
});

test('A beacon that tells a version which is not here makes it ask', () => {
  following.start(at(0));
  following.welcomed(KERNEL, EPOCH, 0, at(1));
  following.heardKernel(KERNEL, EPOCH, 5, at(100));
  asked.length = 0;
  following.advance(at(150));
  expect(asked).toEqual([`${KERNEL} since ${EPOCH}/0`]);
});

test('A record is old when the chain is beyond it, or a newer one of that node is here', () => {
  following.start(at(0));
  following.welcomed(KERNEL, EPOCH, 0, at(1));
  following.linked(KERNEL, EPOCH, link(1, 0, 70), at(2));
  following.linked(KERNEL, EPOCH, link(5, 4, 71), at(3));
  expect([1, 2, 5].map((version) => following.isOld(KERNEL, EPOCH, version, 71))).toEqual([true, true, false]);
  expect([2, 3].map((version) => following.isOld(KERNEL, EPOCH, version, 70))).toEqual([false, false]);
  expect(following.isOld(KERNEL, EPOCH + 1, 1, 70)).toBe(false);
});

test('A kernel that restarted is followed from the beginning; its former life is not listened to', () => {
  following.start(at(0));
  following.linked(KERNEL, EPOCH, link(1, 0), at(1));
  following.welcomed(KERNEL, EPOCH, 1, at(2));
  expect(following.complete).toBe(true);
  following.heardKernel(KERNEL, EPOCH + 1, 3, at(10));
  following.linked(KERNEL, EPOCH, link(2, 1), at(11));
  asked.length = 0;
  following.advance(at(60));
  expect([asked, following.complete]).toEqual([[`${KERNEL} since ${EPOCH + 1}/0`], false]);
});

test('A node follows one kernel, a kernel all others; the lost one is replaced by whoever speaks next', () => {
  following.start(at(0));
  for (const kernel of [7, 8]) following.heardKernel(kernel, 1, 0, at(1));
  expect([7, 8].map((kernel) => following.follows(kernel))).toEqual([true, false]);
  following.lost(7, at(2));
  following.heardKernel(8, 1, 0, at(3));
  expect([7, 8].map((kernel) => following.follows(kernel))).toEqual([false, true]);
  const all = make(true);
  all.start(at(0));
  for (const kernel of [7, 8]) all.heardKernel(kernel, 1, 0, at(1));
  expect([7, 8].map((kernel) => all.follows(kernel))).toEqual([true, true]);
});

/** A kernel's chain: the latest change of each node, in order. */
class Chain {
  readonly states = new Map<number, number>();
  head = 0;
  private readonly chain = new Map<number, number>();

  change(node: number): { version: number; previous: number; node: number; state: number } {
    const previous = this.head;
    this.head += 1;
    this.chain.delete(node);
    this.chain.set(node, this.head);
    this.states.set(node, this.head);
    return { version: this.head, previous, node, state: this.head };
  }

  since(version: number): { version: number; previous: number; node: number; state: number }[] {
    const found = [];
    let previous = 0;
    for (const [node, at] of this.chain) {
      if (at > version && found.length < 4)
        found.push({ version: at, previous, node, state: this.states.get(node) ?? 0 });
      previous = at;
    }
    return found;
  }
}

test('Whatever is lost, doubled and out of order, a follower that asks on ends equal to the kernel', () => {
  const plans = fc.record({
    changes: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 60 }),
    seed: fc.nat(),
    loss: fc.constantFrom(0, 0.3, 0.6),
  });
  fc.assert(
    fc.property(plans, ({ changes, seed, loss }) => {
      const chance = new Random(seed);
      const kernel = new Chain();
      const view = new Map<number, number>();
      const way: { at: number; run: () => void }[] = [];
      let now: Instant = at(0);
      let loses = loss;
      const deliver = (run: () => void): void => {
        for (const _ of [0, chance.unit() < 0.2 ? 1 : undefined].filter((copy) => copy !== undefined))
          if (chance.unit() >= loses) way.push({ at: now + chance.unit() * 60, run });
      };
      const record = (event: { version: number; previous: number; node: number; state: number }): void => {
        if (own.isOld(KERNEL, EPOCH, event.version, event.node)) return;
        view.set(event.node, event.state);
        own.linked(KERNEL, EPOCH, event, now);
      };
      const answer = (since: number): void => {
        for (const event of kernel.since(since)) deliver(() => record(event));
        const { head } = kernel;
        deliver(() => own.welcomed(KERNEL, EPOCH, head, now));
      };
      const query = (_to: unknown, _nonce: number, epoch: number, since: number): void =>
        deliver(() => answer(epoch === EPOCH ? since : 0));
      const own = new Following(configure(), new Random(seed + 1), { query }, false);
      const pass = (ms: number): void => {
        for (const end = after(now, ms); now < end; now = after(now, 5)) {
          for (const parcel of way.filter((one) => one.at <= now)) {
            way.splice(way.indexOf(parcel), 1);
            parcel.run();
          }
          own.advance(now);
          if (now % 1000 === 0) deliver(() => own.heardKernel(KERNEL, EPOCH, kernel.head, now));
        }
      };
      own.start(now);
      for (const node of changes) {
        const event = kernel.change(node);
        deliver(() => record(event));
        pass(chance.below(8) * 5);
      }
      loses = 0;
      pass(8000);
      expect([own.complete || kernel.head === 0, [...view].sort()]).toEqual([true, [...kernel.states].sort()]);
    }),
    { numRuns: 60 },
  );
});

test('It wants the records of the kernel that it follows and of no other, until that one is lost; a kernel wants all', () => {
  following.start(at(0));
  expect(following.wants(KERNEL)).toBe(true);
  following.welcomed(KERNEL, EPOCH, 0, at(1));
  expect([following.wants(KERNEL), following.wants(KERNEL + 1)]).toEqual([true, false]);
  following.lost(KERNEL, at(2));
  expect(following.wants(KERNEL + 1)).toBe(true);
  const kernel = make(true);
  kernel.start(at(0));
  kernel.welcomed(KERNEL, EPOCH, 0, at(1));
  expect(kernel.wants(KERNEL + 1)).toBe(true);
});
