import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { instant } from '../../base/time.ts';
import { blockCount, cutBlocks } from '../../wire/blocks.ts';
import { BLOCK_BYTES } from '../../wire/limits.ts';
import type { Block } from '../../wire/message.ts';
import { type Config, configure } from '../config.ts';
import { BlockReceiver, type BlockSource } from './block-receiver.ts';
import { BlockSender } from './block-sender.ts';

const ANNA: BlockSource = { node: 1, epoch: 5, address: '10.0.0.1:1' };
const KIB = 1024;

function bodyOf(bytes: number, seed = 1): Uint8Array {
  const random = new Random(seed);
  return Uint8Array.from({ length: bytes }, () => random.below(256));
}

/** A receiver, and a log of all it does: the values of its ACKs, what it refuses, and the sizes of what is whole. */
function setUp(window: number, changes: Partial<Config> = {}, isKnown = true) {
  const log: (number | string)[] = [];
  const bodies: Uint8Array[] = [];
  const receiver = new BlockReceiver(configure(changes), window, {
    acknowledge: (_to, ack) => log.push(ack.value),
    refuse: (_from, carries, callId, code) => log.push(`${code} ${carries} ${callId}`),
    repeated(_from, carries, callId) {
      log.push(`again ${carries} ${callId}`);
      return isKnown;
    },
    whole(_from, carries, callId, body) {
      log.push(`whole ${carries} ${callId}`);
      bodies.push(body);
    },
  });
  const blocks = cutBlocks(7, 'request', bodyOf(6 * BLOCK_BYTES - 10));
  return {
    receiver,
    bodies,
    blocks,
    took: () => log.splice(0),
    /** Blocks of call 7 come in. */
    take(numbers: readonly number[], ms = 0, from = ANNA) {
      for (const number of numbers) receiver.block(from, blocks[number] as Block, 64 * KIB, instant(ms));
    },
    take1: (block: Block, limitBytes: number) => receiver.block(ANNA, block, limitBytes, instant(0)),
  };
}

test('BlockReceiver hands on a whole body, and acknowledges when half of the window is used', () => {
  const { take, took, bodies, receiver } = setUp(4);
  take([0, 1, 2, 3, 4, 5]);
  expect(took()).toEqual([2, 4, 6, 'whole request 7']);
  expect(bodies).toEqual([bodyOf(6 * BLOCK_BYTES - 10)]);
  expect(receiver.size).toBe(0);
});

test('BlockReceiver acknowledges each block of a window of 1', () => {
  const { take, took } = setUp(1);
  take([0, 1, 2]);
  expect(took()).toEqual([1, 2, 3]);
});

test('BlockReceiver says at once what is missing when blocks come out of order or again', () => {
  const { take, took, bodies } = setUp(16);
  take([0, 2, 0, 3, 1]);
  expect(took()).toEqual([1, 1, 1]);
  take([5, 4]);
  expect(took()).toEqual([4, 6, 'whole request 7']);
  expect(bodies).toEqual([bodyOf(6 * BLOCK_BYTES - 10)]);
});

test('BlockReceiver lets blocks in order wait 10 ms for a common ACK', () => {
  const { receiver, take, took } = setUp(16);
  take([0]);
  take([1], 4);
  expect([took(), receiver.nextWake()]).toEqual([[], 10]);
  receiver.advance(instant(10));
  expect(took()).toEqual([2]);
  take([2], 20);
  expect(receiver.nextWake()).toBe(30);
});

test('BlockReceiver answers repeats of a complete one with the full ACK, and hands it on once', () => {
  const { receiver, take, took, take1 } = setUp(4);
  take([0, 1, 2, 3, 4, 5]);
  took();
  take([5, 0], 100);
  take1(cutBlocks(7, 'request', bodyOf(2000))[0] as Block, 64 * KIB);
  expect(took()).toEqual([6, 'again request 7', 6]);
  receiver.advance(instant(10_000));
  expect(receiver.nextWake()).toBeUndefined();
  take([0, 1], 10_000);
  expect([took(), receiver.size]).toEqual([[2], 1]);
});

test('BlockReceiver takes a complete one anew that was refused', () => {
  const { receiver, take, took } = setUp(4, {}, false);
  take([0, 1, 2, 3, 4, 5]);
  took();
  take([0, 1, 2, 3, 4, 5], 100);
  expect(took()).toEqual(['again request 7', 2, 4, 6, 'whole request 7']);
  receiver.advance(instant(10_000));
  expect([receiver.size, receiver.nextWake()]).toEqual([0, undefined]);
});

test('BlockReceiver keeps messages of other epochs, nodes, calls and kinds apart', () => {
  const { receiver, take, took, take1 } = setUp(1);
  take([0]);
  take([0], 0, { ...ANNA, epoch: 6 });
  take([0], 0, { ...ANNA, node: 2 });
  take1(cutBlocks(8, 'request', bodyOf(2000))[0] as Block, 64 * KIB);
  take1(cutBlocks(7, 'response', bodyOf(2000))[0] as Block, 64 * KIB);
  expect([receiver.size, took()]).toEqual([5, [1, 1, 1, 1, 1]]);
});

test('BlockReceiver refuses what is larger than the limit with one word, and stores nothing', () => {
  const { receiver, took, take1 } = setUp(16);
  for (const block of cutBlocks(7, 'response', bodyOf(4 * KIB + 1))) take1(block, 4 * KIB);
  expect([took(), receiver.size, receiver.nextWake()]).toEqual([['TOO_LARGE response 7'], 0, undefined]);
  for (const block of cutBlocks(7, 'response', bodyOf(4 * KIB))) take1(block, 4 * KIB);
  expect(took()).toEqual([5, 'whole response 7']);
});

test('BlockReceiver says BUSY when its table is full, and evicts nothing', () => {
  const { receiver, take, took, take1 } = setUp(1, { maxTransfers: 2 });
  const [first, second] = [8, 9].map((callId) => cutBlocks(callId, 'request', bodyOf(2000)));
  take([0]);
  take1(first?.[0] as Block, 64 * KIB);
  took();
  take1(second?.[0] as Block, 64 * KIB);
  expect(took()).toEqual(['BUSY request 9']);
  take([1, 2, 3, 4, 5]);
  take1(second?.[0] as Block, 64 * KIB);
  expect(took()).toEqual([2, 3, 4, 5, 6, 'whole request 7', 1]);
  expect(receiver.size).toBe(2);
});

test('BlockReceiver gives up what nobody sends any more', () => {
  const { receiver, take, took } = setUp(16, { transferSilentMs: 3000 });
  take([0]);
  take([2], 1000);
  took();
  receiver.advance(instant(3999));
  expect(receiver.size).toBe(1);
  receiver.advance(instant(4000));
  expect([receiver.size, receiver.nextWake(), took()]).toEqual([0, undefined, []]);
});

test('BlockReceiver ignores a block that does not fit those before it', () => {
  const { receiver, take, took, take1, bodies } = setUp(1);
  take([0]);
  take1({ ...(cutBlocks(7, 'request', bodyOf(3000))[1] as Block) }, 64 * KIB);
  take1({ type: 'block', callId: 8, carries: 'request', number: 9, size: 2000, data: bodyOf(3) }, 64 * KIB);
  expect([took(), receiver.size]).toEqual([[1], 1]);
  take([1, 2, 3, 4, 5]);
  expect(bodies).toEqual([bodyOf(6 * BLOCK_BYTES - 10)]);
});

test('BlockReceiver remembers a bounded number of complete ones', () => {
  const { receiver, took, take1 } = setUp(1, { maxTransfers: 2 });
  for (const callId of [1, 2, 3]) take1(cutBlocks(callId, 'request', bodyOf(100))[0] as Block, KIB);
  took();
  for (const callId of [3, 2]) take1(cutBlocks(callId, 'request', bodyOf(100))[0] as Block, KIB);
  expect([took(), receiver.size]).toEqual([['again request 3', 1, 'again request 2', 1], 0]);
  take1(cutBlocks(1, 'request', bodyOf(100))[0] as Block, KIB);
  expect(took()).toEqual([1, 'whole request 1']);
});

/** Both ends over a channel that loses, doubles and reorders: what arrived, and the blocks and ACKs it took. */
function transfer(seed: number, bytes: number, window: number, lossShare: number) {
  const random = new Random(seed);
  const body = bodyOf(bytes, seed);
  const config = configure();
  const flying: { readonly at: number; readonly arrive: () => void }[] = [];
  const bodies: Uint8Array[] = [];
  const ends: string[] = [];
  const sent = { blocks: 0, acks: 0 };
  let now = instant(0);
  const fly = (arrive: () => void) => {
    for (let copies = random.unit() < 0.1 ? 2 : 1; copies > 0; copies -= 1)
      if (random.unit() >= lossShare) flying.push({ at: now + 1 + random.below(40), arrive });
  };
  const bob = { node: 2, epoch: 5, address: '10.0.0.2:1' };
  const receiver = new BlockReceiver(config, window, {
    acknowledge(_to, { id, value }) {
      sent.acks += 1;
      fly(() => sender.acknowledged(bob, id, value, now));
    },
    refuse: () => ends.push('refused'),
    whole: (_from, _carries, _callId, whole) => bodies.push(whole),
    repeated: () => true,
  });
  const sender = new BlockSender(config, {
    send(_to, block) {
      sent.blocks += 1;
      fly(() => receiver.block(ANNA, block, 64 * KIB, now));
    },
    waitMs: () => 100,
    done: () => ends.push('done'),
    failed: () => ends.push('failed'),
  });
  sender.begin(bob, 'response', 7, body, window, now, instant(3_600_000));
  while (ends.length === 0 || flying.length > 0) {
    flying.sort((a, b) => b.at - a.at);
    const next = Math.min(
      flying.at(-1)?.at ?? Infinity,
      sender.nextWake() ?? Infinity,
      receiver.nextWake() ?? Infinity,
    );
    now = instant(Math.max(now, next));
    if (flying.at(-1)?.at === now) flying.pop()?.arrive();
    sender.advance(now);
    receiver.advance(now);
  }
  return { body, bodies, ends, sent, blocks: blockCount(bytes) };
}

test.each([
  [1, 2.5],
  [16, 3],
])(
  'A body of up to 64 KiB arrives once and equal over a channel that loses a fifth: window %i, %f sends a block',
  (window, most) => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 64 * KIB }), (seed, bytes) => {
        const { body, bodies, ends, sent, blocks } = transfer(seed, bytes, window, 0.2);
        expect(ends).toEqual(['done']);
        expect(bodies.length).toBe(1);
        expect(bodies[0]).toEqual(body);
        expect(sent.blocks).toBeLessThanOrEqual(most * blocks + 24);
      }),
      { numRuns: 40 },
    );
  },
);

test.each([1, 16])('A body of 64 KiB that nothing disturbs goes out once, window %i', (window) => {
  const { ends, sent, blocks } = transfer(1, 64 * KIB, window, 0);
  expect(ends).toEqual(['done']);
  expect(sent.blocks).toBeLessThanOrEqual(blocks * (window === 1 ? 1 : 1.5));
});
