import { expect, test } from 'vitest';
import { instant } from '../../base/time.ts';
import { BLOCK_BYTES } from '../../wire/limits.ts';
import { type Config, configure } from '../config.ts';
import { BlockSender, type Peer } from './block-sender.ts';

const BOB: Peer = { node: 2, epoch: 5, address: '10.0.0.2:1' };
const LATER = instant(10_000);

/** A sender, and a log of all it does: the numbers of the blocks it sends, and how a transfer ends. */
function setUp(changes: Partial<Config> = {}) {
  const log: (number | string)[] = [];
  const sender = new BlockSender(configure({ retryMaxMs: 400, ...changes }), {
    send: (_to, block) => log.push(block.number),
    waitMs: () => 100,
    done: (to, carries, callId) => log.push(`done ${carries} ${callId} ${to.address}`),
    failed: (to, carries, callId) => log.push(`failed ${carries} ${callId} ${to.address}`),
  });
  return {
    sender,
    took: () => log.splice(0),
    begin: (blocks: number, window: number, callId = 7, deadline = LATER) =>
      sender.begin(BOB, 'request', callId, new Uint8Array(blocks * BLOCK_BYTES), window, instant(0), deadline),
    ack: (value: number, ms = 0, from = BOB) => sender.acknowledged(from, 7, value, instant(ms)),
    /** Wakes the sender when it wants to be woken, until it is over, and says when that was. */
    untilOver() {
      const wakes: number[] = [];
      for (let wake = sender.nextWake(); wake !== undefined; wake = sender.nextWake()) {
        wakes.push(wake);
        sender.advance(wake);
      }
      return wakes;
    },
  };
}

test('BlockSender keeps to the window, and goes on where the receiver says', () => {
  const { begin, ack, took, sender } = setUp();
  begin(5, 2);
  ack(1);
  ack(3);
  ack(5);
  expect(took()).toEqual([0, 1, 2, 3, 4, 'done request 7 10.0.0.2:1']);
  expect([sender.size, sender.nextWake()]).toEqual([0, undefined]);
});

test('BlockSender gives an empty window to nobody: with a window of 1 each block waits for the one before', () => {
  const { begin, ack, took } = setUp();
  begin(3, 1);
  expect(took()).toEqual([0]);
  ack(1);
  expect(took()).toEqual([1]);
});

test('BlockSender sends the missing block again after 100, 200, 400, 400 ms and gives up at the last try', () => {
  const { begin, took, untilOver, sender } = setUp({ transferTries: 5 });
  begin(5, 2);
  expect(untilOver()).toEqual([100, 300, 700, 1100, 1500]);
  expect(took()).toEqual([0, 1, 0, 0, 0, 0, 'failed request 7 10.0.0.2:1']);
  expect(sender.size).toBe(0);
});

test('BlockSender gives up at the deadline', () => {
  const { begin, took, untilOver } = setUp();
  begin(5, 2, 7, instant(450));
  expect(untilOver()).toEqual([100, 300, 450]);
  expect(took()).toEqual([0, 1, 0, 0, 'failed request 7 10.0.0.2:1']);
});

test('BlockSender takes progress for a reason to be patient again', () => {
  const { begin, ack, sender } = setUp();
  begin(5, 2);
  sender.advance(instant(100));
  sender.advance(instant(300));
  expect(sender.nextWake()).toBe(700);
  ack(1, 350);
  const wakes: (number | undefined)[] = [];
  sender.advance(instant(450));
  wakes.push(sender.nextWake());
  expect(wakes).toEqual([650]);
});

test('BlockSender sends each of several lost blocks again as soon as it hears that it is missing', () => {
  const { begin, ack, took, sender } = setUp();
  begin(8, 8);
  sender.advance(instant(100));
  took();
  // Blocks 0, 3 and 5 were lost.
  ack(3, 110);
  ack(5, 120);
  ack(8, 130);
  expect(took()).toEqual([3, 5, 'done request 7 10.0.0.2:1']);
});

test('BlockSender takes the second repeat of an ACK for a loss, and does not wait', () => {
  const { begin, ack, took } = setUp();
  begin(8, 4);
  took();
  for (const value of [1, 1, 1, 1, 1]) ack(value, 10);
  expect(took()).toEqual([4, 1]);
});

test('BlockSender ignores ACKs that are old, or of blocks never sent, or of others', () => {
  const { begin, ack, took, sender } = setUp();
  begin(8, 2);
  ack(2);
  took();
  for (const value of [0, 1, 5, 8, 2 ** 32 - 1]) ack(value);
  ack(4, 0, { ...BOB, epoch: 6 });
  ack(4, 0, { ...BOB, node: 3 });
  sender.acknowledged(BOB, 8, 4, instant(0));
  expect(took()).toEqual([]);
});

test('BlockSender learns the epoch of a node that it did not know, and follows it to a new address', () => {
  const { sender, ack, took } = setUp();
  const unknown = { ...BOB, epoch: 0 };
  sender.begin(unknown, 'response', 7, new Uint8Array(2 * BLOCK_BYTES), 1, instant(0), LATER);
  ack(1, 0, { ...BOB, address: '10.0.0.9:1' });
  ack(2, 0, { ...BOB, epoch: 6 });
  ack(2, 0, { ...BOB, address: '10.0.0.9:1' });
  expect(took()).toEqual([0, 1, 'done response 7 10.0.0.9:1']);
});

test('BlockSender has room for so many, and goes on with one that is begun again', () => {
  const { sender, begin, took } = setUp({ maxTransfers: 2 });
  expect([begin(3, 1, 7), begin(3, 1, 8), begin(3, 1, 9), begin(3, 1, 7)]).toEqual([true, true, false, true]);
  expect(took()).toEqual([0, 0]);
  sender.stop(BOB.node, 8);
  expect([begin(3, 1, 9), sender.size]).toEqual([true, 2]);
});

test('BlockSender refuses a response under the call id of a request to the same node: an ACK could not tell them apart', () => {
  const { sender, begin } = setUp();
  begin(3, 1);
  const body = new Uint8Array(3 * BLOCK_BYTES);
  expect(sender.begin(BOB, 'response', 7, body, 1, instant(0), LATER)).toBe(false);
  expect(sender.begin({ ...BOB, node: 3 }, 'response', 7, body, 1, instant(0), LATER)).toBe(true);
});

test('BlockSender.stop() ends a transfer without a word', () => {
  const { sender, begin, took } = setUp();
  begin(3, 1);
  took();
  sender.stop(BOB.node, 7);
  sender.stop(BOB.node, 7);
  expect([took(), sender.size, sender.nextWake()]).toEqual([[], 0, undefined]);
});
