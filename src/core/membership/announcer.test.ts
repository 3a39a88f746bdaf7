import { beforeEach, expect, test } from 'vitest';
import { codec as nodeCodec } from '../../../test/vectors/codec.ts';
import { Random } from '../../base/random.ts';
import { instant } from '../../base/time.ts';
import { decode, type Query, type ServiceOffer } from '../../wire/index.ts';
import { configure } from '../config.ts';
import type { NodeRecord } from '../model.ts';
import { Outbox } from '../outbox.ts';
import { Announcer } from './announcer.ts';

const at = instant;
const KERNEL = 7;
const abilities = { kernel: false, helper: true, inflates: true, v1: false, takesKiB: 4, window: 1 };

let outbox: Outbox;
let services: ServiceOffer[];
let announcer: Announcer;

beforeEach(() => {
  services = [{ index: 0, name: 'oven', version: '1.0.0', labels: {}, capabilities: ['read'] }];
  outbox = new Outbox({ id: 3, epoch: 10, name: 'n', abilities }, nodeCodec, undefined, 1000, new Random(2));
  const config = configure({ maxErrands: 3, maxNodes: 4 });
  announcer = new Announcer({ config, codec: nodeCodec, outbox, remembered: ['old'] }, new Random(1), {
    generation: () => 5,
    services: () => services,
    intervalMs: () => 800.4,
    population: () => 4,
    load: () => 17,
    node: (id) => (id === KERNEL ? ({ address: 'kernel' } as NodeRecord) : undefined),
  });
});

/** What was sent: to whom, and what, since the last look. */
function sent(): (readonly [string, object])[] {
  const found: (readonly [string, object])[] = [];
  for (let output = outbox.poll(); output !== undefined; output = outbox.poll()) {
    if (output.type !== 'send' && output.type !== 'broadcast') continue;
    const decoded = decode(output.bytes, nodeCodec);
    if (decoded.ok) found.push([output.type === 'send' ? output.to : 'all', decoded.message]);
  }
  return found;
}
const receivers = (): string[] => sent().map(([to]) => to);

const query = (nonce: number, service = ''): Query => {
  return { type: 'query', nonce, kernel: false, subscribe: false, sinceEpoch: 0, since: 0, service };
};

test('Announcements and heartbeats go to the kernel, or to all without one or with one that is not known', () => {
  for (const kernel of [KERNEL, undefined, 99]) announcer.announce(kernel);
  expect(receivers()).toEqual(['kernel', 'all', 'all']);
  announcer.heartbeat(KERNEL, 912.6, true);
  const beat = { type: 'heartbeat', generation: 5, intervalMs: 913, lease: true, load: 17 };
  expect(sent()).toEqual([['kernel', beat]]);
});

test('What does not fit one datagram is announced in parts', () => {
  services = Array.from({ length: 30 }, (_, index) => {
    return {
      index,
      name: `a_rather_long_name_${index}`,
      version: '1.0.0',
      labels: { room: 'x'.repeat(40) },
      capabilities: [],
    };
  });
  announcer.announce(undefined);
  const parts = sent().map(([, message]) => message);
  expect(parts.length).toBeGreaterThan(1);
  expect(parts).toMatchObject(
    parts.map((_, part) => ({ type: 'announce', part, parts: parts.length, intervalMs: 800 })),
  );
});

test('A question put to this node alone is answered at once, one put to all within 12 ms', () => {
  announcer.answer(21, 'a', query(1), true, at(0));
  expect(sent()).toMatchObject([['a', { type: 'announce', nonce: 1 }]]);
  announcer.answer(22, 'b', query(2), false, at(0));
  expect(sent()).toEqual([]);
  announcer.advance(at(12));
  expect(sent()).toMatchObject([['b', { nonce: 2 }]]);
});

test('A question about a service that is not offered here is left to others, and so are too many at once', () => {
  announcer.answer(21, 'a', query(1, 'lamp'), true, at(0));
  announcer.answer(21, 'a', query(1, 'oven'), true, at(0));
  expect(receivers()).toEqual(['a']);
  for (const [place, asker] of ['a', 'b', 'c', 'd'].entries())
    announcer.answer(place + 1, asker, query(2), false, at(0));
  announcer.advance(at(20));
  expect(receivers().sort()).toEqual(['a', 'b', 'c']);
});

test('A goodbye of the whole node goes to all too, a withdrawal to the kernel alone if there is one', () => {
  announcer.goodbye(undefined, KERNEL);
  announcer.goodbye(['oven'], KERNEL);
  announcer.goodbye(['oven'], undefined);
  expect(receivers()).toEqual(['kernel', 'all', 'kernel', 'all']);
});

test('Without a kernel the question goes to all, and to those remembered from the last run', () => {
  announcer.query(KERNEL, 1, 4, 12);
  announcer.query(undefined, 2, 0, 0);
  expect(sent()).toMatchObject([
    ['kernel', { nonce: 1, sinceEpoch: 4, since: 12, subscribe: true }],
    ['all', { nonce: 2 }],
    ['old', { nonce: 2 }],
  ]);
});

test('A node is asked what it offers five times a second at most, and so many nodes', () => {
  for (const now of [0, 100, 199, 200]) announcer.ask(1, 'one', at(now));
  expect(receivers()).toEqual(['one', 'one']);
  for (const id of [2, 3, 4, 5]) announcer.ask(id, `n${id}`, at(300));
  expect(receivers()).toEqual(['n2', 'n3', 'n4']);
  announcer.sweep();
  announcer.ask(5, 'n5', at(400));
  expect(receivers()).toEqual(['n5']);
});
