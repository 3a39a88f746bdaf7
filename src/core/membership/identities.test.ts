import { beforeEach, expect, test } from 'vitest';
import { codec as nodeCodec } from '../../../test/vectors/codec.ts';
import { Random } from '../../base/random.ts';
import { instant } from '../../base/time.ts';
import { decode, type Message } from '../../wire/index.ts';
import type { NodeRecord } from '../model.ts';
import { Outbox } from '../outbox.ts';
import { Identities } from './identities.ts';

const at = instant;
const abilities = { kernel: false, helper: true, inflates: true, v1: false, takesKiB: 4, window: 1 };
const node = { id: 7, epoch: 50, address: 'home', heardAt: at(900), intervalMs: 1000 } as NodeRecord;

let outbox: Outbox;
let identities: Identities;
let changed: number[];
let proved: number[];
const judge = { sender: 7, epoch: 3, sequence: 55, addressed: true, key: 0 };

beforeEach(() => {
  changed = [];
  proved = [];
  outbox = new Outbox({ id: 3, epoch: 10, name: 'n', abilities }, nodeCodec, undefined, 1000, new Random(2));
  identities = new Identities(new Random(1), outbox, {
    changed: (was) => changed.push(was),
    asked: (by) => proved.push(by),
  });
});

/** What was sent and reported since the last look. */
function news(): (Message | { type: string })[] {
  const found: (Message | { type: string })[] = [];
  for (let output = outbox.poll(); output !== undefined; output = outbox.poll()) {
    if (output.type === 'event') found.push(output.event);
    if (output.type !== 'send') continue;
    const decoded = decode(output.bytes, nodeCodec);
    if (decoded.ok && decoded.protocol === 2) found.push(decoded.message);
  }
  return found;
}

const challenge = (epoch: number, sequence = say()) => ({ type: 'challenge', nonce: 8, sequence, epoch }) as const;

/** Says something, and gives the sequence number of it. */
function say(): number {
  outbox.send(7, 'judge', { type: 'probe', nonce: 1 });
  const output = outbox.poll();
  const decoded = output !== undefined && 'bytes' in output ? decode(output.bytes, nodeCodec) : undefined;
  return decoded?.ok && decoded.protocol === 2 ? decoded.header.sequence : 0;
}

test('A datagram under an old epoch is challenged with the highest known, five times a second at most', () => {
  for (const now of [1000, 1100, 1199, 1200]) identities.heardOldEpoch(node, 99, 'home', at(now));
  const asked = { ...challenge(50, 99), nonce: expect.any(Number) };
  expect(news()).toEqual([asked, asked]);
});

test('Two addresses heard at the same time under one id are reported once a minute', () => {
  for (const now of [1000, 2000, 3000]) identities.heardOldEpoch(node, 99, 'away', at(now));
  expect(news().filter(({ type }) => type === 'duplicate-id')).toEqual([
    { type: 'duplicate-id', node: 7, addresses: ['home', 'away'] },
  ]);
});

test('So many ids are under suspicion at once; they are forgotten after a minute', () => {
  for (let id = 1; id <= 70; id++) identities.heardOldEpoch({ ...node, id }, 1, 'home', at(1000));
  expect(news()).toHaveLength(64);
  identities.heardOldEpoch({ ...node, id: 99 }, 1, 'home', at(62_000));
  expect(news()).toHaveLength(1);
});

test('A challenged node goes on above the epoch that others know', () => {
  identities.challenged(challenge(40), judge, 'judge', at(0));
  expect([outbox.identity, changed]).toMatchObject([{ id: 3, epoch: 41 }, [3]]);
  identities.challenged(challenge(40), judge, 'judge', at(1));
  expect([outbox.identity.epoch, news(), proved]).toEqual([41, [], []]);
});

test('A node that is asked under its own epoch shows that it is there, and tells again what was not taken', () => {
  identities.challenged(challenge(10), judge, 'judge', at(0));
  expect([news(), proved, changed]).toEqual([[{ type: 'ack', id: 8, kind: 'alive', value: 55 }], [7], []]);
});

test('A challenge that answers what this node sent in an earlier epoch is not its own', () => {
  identities.challenged(challenge(9), judge, 'judge', at(0));
  expect([outbox.identity.epoch, news(), proved]).toEqual([10, [], []]);
});

test('A challenge that answers nothing this node sent changes nothing', () => {
  identities.challenged(challenge(40, (say() + 1) >>> 0), judge, 'stranger', at(0));
  expect([outbox.identity.epoch, news()]).toEqual([10, []]);
});

test('The third challenge within half a minute, or one at the end of the epochs, makes it take a new id', () => {
  for (const epoch of [40, 60, 80]) identities.challenged(challenge(epoch), judge, 'judge', at(epoch * 100));
  expect([outbox.identity.id === 3, changed, news()]).toMatchObject([
    false,
    [3, 3, 3],
    [{ type: 'duplicate-id', node: 3 }],
  ]);
  const second = outbox.identity.id;
  identities.challenged(challenge(0xffff_ffff), judge, 'judge', at(9000));
  expect(outbox.identity.id).not.toBe(second);
});

test('Of two that hear each other under one id the one with the lower epoch begins above, and the third time takes a new id', () => {
  const sent = say();
  for (const [epoch, sequence] of [
    [9, sent + 9],
    [10, sent],
  ] as const)
    identities.heardOwnId(epoch, sequence, 'twin', at(0));
  expect(outbox.identity).toMatchObject({ id: 3, epoch: 10 });
  for (const epoch of [11, 13]) identities.heardOwnId(epoch, 1, 'twin', at(epoch));
  expect([outbox.identity, news()]).toMatchObject([{ id: 3, epoch: 14 }, []]);
  identities.heardOwnId(15, 1, 'twin', at(20));
  expect([outbox.identity.id === 3, news()]).toEqual([false, [{ type: 'duplicate-id', node: 3, addresses: ['twin'] }]]);
});

test('Of two under one epoch the one that hears a number which it never sent takes a new id', () => {
  identities.heardOwnId(10, say() + 1, 'twin', at(0));
  expect([outbox.identity.id === 3, news()]).toEqual([
    false,
    [
      { type: 'probe', nonce: expect.any(Number) },
      { type: 'duplicate-id', node: 3, addresses: ['twin'] },
    ],
  ]);
});

test('A node that goes to and fro between two addresses is two; one that moved, with its last datagrams late, is not', () => {
  const hop = (from: string, to: string, now: number): void =>
    identities.moved({ ...node, address: from, heardAt: at(now) }, 99, to, at(now));
  hop('home', 'away', 1000);
  hop('away', 'home', 1010);
  hop('home', 'away', 1020);
  expect(news()).toEqual([]);
  for (let now = 2000; now < 5000; now += 1000) {
    hop('away', 'home', now);
    hop('home', 'away', now + 500);
  }
  expect(news()).toContainEqual(expect.objectContaining({ type: 'duplicate-id', node: 7 }));
});
