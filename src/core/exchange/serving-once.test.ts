// At most once, over every channel that delivers within the time a datagram may be in flight.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { instant } from '../../base/time.ts';
import type { ServiceOffer } from '../../wire/message.ts';
import { configure } from '../config.ts';
import { type Caller, Serving } from './serving.ts';

const OWN_EPOCH = 9;
const ANNA: Caller = { node: 1, epoch: 1, address: '10.0.0.1:1' };
const OFFER: ServiceOffer = { index: 0, name: 'soil', version: '1.0.0', labels: {}, capabilities: ['calibrate!'] };

test('Serving never runs an unsafe call twice, however its transmissions are lost, delayed and doubled', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 6 }), (seed, maxUnsafe) => {
      const random = new Random(seed);
      const runs = new Map<unknown, number>();
      const flightMs = 300;
      let now = instant(0);
      const done: [at: number, execution: number][] = [];
      const serving = new Serving(configure({ maxUnsafe, maxSafe: 2, flightMs }), {
        execute(execution, { args }) {
          runs.set(args, (runs.get(args) ?? 0) + 1);
          done.push([now + random.below(1200), execution]);
        },
        reply: () => undefined,
      });
      const arrivals: [at: number, call: number, leftMs: number][] = [];
      for (let call = 0; call < 12; call += 1) {
        const deadline = random.below(2000) + 600;
        for (let sentAt = deadline - 500; sentAt < deadline; sentAt += 1 + random.below(200))
          for (let copies = random.below(3); copies > 0; copies -= 1)
            arrivals.push([sentAt + random.below(flightMs), call, deadline - sentAt]);
      }
      arrivals.sort((a, b) => a[0] - b[0]);
      for (let ms = 0; ms < 4000; ms += 1) {
        now = instant(ms);
        if ((serving.nextWake() ?? ms + 1) <= ms) serving.advance(now);
        for (const [at, execution] of done) if (at === ms) serving.answer(execution, { ok: true, value: 1 }, now);
        for (; arrivals[0]?.[0] === ms; arrivals.shift()) {
          const [, callId, leftMs] = arrivals[0];
          const fixed = { type: 'request', serverEpoch: 0, takesKiB: 4, window: 1, service: 'soil' } as const;
          serving.request(ANNA, { ...fixed, op: 'calibrate', args: callId, callId, leftMs }, OWN_EPOCH, OFFER, now);
        }
        expect(serving.size).toBeLessThanOrEqual(maxUnsafe);
      }
      expect([...runs.values()].filter((times) => times > 1)).toEqual([]);
      expect(serving.size).toBe(0);
    }),
    { numRuns: 40 },
  );
});

test('Serving runs no call again that waited in the socket while this node stood still', () => {
  const runs: unknown[] = [];
  const serving = new Serving(configure(), {
    execute: (_execution, { args }) => runs.push(args),
    reply: () => undefined,
  });
  const ask = (ms: number): void => {
    const fixed = {
      type: 'request',
      serverEpoch: 0,
      takesKiB: 4,
      window: 1,
      service: 'soil',
      op: 'calibrate',
    } as const;
    serving.request(ANNA, { ...fixed, args: 'dry', callId: 1, leftMs: 1000 }, OWN_EPOCH, OFFER, instant(ms));
  };
  ask(0);
  serving.answer(1, { ok: true, value: 1 }, instant(1));
  // It stands still until long after the deadline. Then its timers come first, and what waited in the socket after them.
  serving.advance(instant(9000));
  ask(9000);
  expect([runs, serving.size]).toEqual([['dry'], 1]);
  for (let wake = serving.nextWake(); wake !== undefined; wake = serving.nextWake()) serving.advance(wake);
  expect(serving.size).toBe(0);
});

test('Serving keeps what is due after a stall for one sweep more, and no longer', () => {
  const serving = new Serving(configure({ maxUnsafe: 2 }), { execute: () => undefined, reply: () => undefined });
  const fixed = { type: 'request', serverEpoch: 0, takesKiB: 4, window: 1, service: 'soil', op: 'calibrate' } as const;
  for (const callId of [1, 2])
    serving.request(ANNA, { ...fixed, args: '', callId, leftMs: 1000 }, OWN_EPOCH, OFFER, instant(0));
  serving.advance(instant(9000));
  expect([serving.size, serving.nextWake()]).toEqual([2, 9250]);
  // Nor does a new call make place for itself meanwhile.
  serving.request(ANNA, { ...fixed, args: '', callId: 3, leftMs: 1000 }, OWN_EPOCH, OFFER, instant(9001));
  expect([serving.size, serving.underWay]).toEqual([2, 2]);
  serving.advance(instant(9300));
  expect([serving.size, serving.nextWake()]).toEqual([0, undefined]);
});

test('Serving runs no second copy of a transmission that it refused, but the next try of that call', () => {
  const log: string[] = [];
  const serving = new Serving(configure({ maxUnsafe: 1 }), {
    execute: (_execution, { args }) => log.push(`run ${args}`),
    reply: (_client, message) => {
      if (message.type === 'error') log.push(message.code);
    },
  });
  const ask = (ms: number, callId: number, leftMs: number): void => {
    const fixed = {
      type: 'request',
      serverEpoch: 0,
      takesKiB: 4,
      window: 1,
      service: 'soil',
      op: 'calibrate',
    } as const;
    serving.request(ANNA, { ...fixed, args: callId, callId, leftMs }, OWN_EPOCH, OFFER, instant(ms));
  };
  ask(0, 1, 100);
  ask(1099, 2, 1000);
  serving.advance(instant(1100));
  ask(1100, 2, 1000);
  ask(1200, 2, 899);
  expect(log).toEqual(['run 1', 'BUSY', 'BUSY', 'run 2']);
  // Only the newest refusals are remembered: as many as calls.
  ask(1201, 3, 900);
  ask(1202, 4, 900);
  for (let wake = serving.nextWake(); wake !== undefined; wake = serving.nextWake()) serving.advance(wake);
  ask(3201, 4, 900);
  ask(3202, 3, 900);
  expect(log.slice(4)).toEqual(['BUSY', 'BUSY', 'BUSY', 'run 3']);
});

test('Serving leaves an unsafe call that may have expired while it waited to its caller, and runs reads and later tries', () => {
  const log: string[] = [];
  const serving = new Serving(configure(), {
    execute: (_execution, { op, args }) => log.push(`run ${op} ${args}`),
    reply: (_client, message) => {
      if (message.type === 'error') log.push(`${message.code} ${message.callId}`);
    },
  });
  const offer = { ...OFFER, capabilities: ['read', 'calibrate!'] };
  const ask = (op: string, callId: number, leftMs: number, waitedMs: number): void => {
    const fixed = { type: 'request', serverEpoch: 0, takesKiB: 4, window: 1, service: 'soil' } as const;
    serving.request(ANNA, { ...fixed, op, args: callId, callId, leftMs }, OWN_EPOCH, offer, instant(0), waitedMs);
  };
  ask('calibrate', 1, 900, 900);
  ask('calibrate', 2, 901, 900);
  ask('read', 3, 900, 900);
  ask('calibrate', 1, 800, 0);
  // One that runs already is answered as ever.
  ask('calibrate', 1, 700, 900);
  expect(log).toEqual(['BUSY 1', 'run calibrate 2', 'run read 3', 'run calibrate 1']);
});
