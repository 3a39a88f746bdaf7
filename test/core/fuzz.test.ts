// An endpoint that anybody sends anything: it never throws, stays within its limits, does not answer more than it may,
// and goes on with its work.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeCodec } from '../../src/hosts/node/codec.ts';
import { encode, type Message } from '../../src/wire/index.ts';
import { anyMessage } from '../fuzz/messages.ts';
import { Lan, type Station } from '../lan.ts';

const CONFIG = { maxNodes: 24, maxErrands: 8, maxSubscribers: 4, maxTransfers: 4, maxCalls: 64 };

interface Shot {
  readonly message: Message;
  /** Whose id it bears: that of a stranger, or of a station. */
  readonly sender: number;
  readonly epoch: number;
  readonly addressed: boolean;
  readonly waitMs: number;
}

const shot: fc.Arbitrary<Shot> = fc.record({
  message: anyMessage,
  sender: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 0xffff_ffff })),
  epoch: fc.oneof(fc.constantFrom(1, 1000, 0xffff_ffff), fc.integer({ min: 1, max: 0xffff_ffff })),
  addressed: fc.boolean(),
  waitMs: fc.constantFrom(0, 0, 1, 50, 1000),
});

interface Scene {
  readonly lan: Lan;
  readonly target: Station;
  readonly app: Station;
}

function scene(kernel: boolean): Scene {
  const lan = new Lan(1, 'open');
  const target = lan.station('target', { id: 7, kernel, allowV1: true, config: CONFIG });
  target.command({ type: 'follow' });
  const server = lan.station('kitchen', { id: 8 });
  server.offer({ name: 'temp_sensor' }, () => ({ ok: true, value: 21 }));
  const app = lan.station('app', { id: 9, silent: true });
  app.command({ type: 'follow' });
  lan.run(2000);
  return { lan, target, app };
}

/** Sends `shots` to the target and sees how much it sends for each. */
function fire({ lan, target }: Scene, shots: readonly Shot[], from?: string): number {
  let most = 0;
  for (const { message, sender, epoch, addressed, waitMs } of shots) {
    const bytes = encode({ sender, epoch, sequence: 1, addressed }, message, nodeCodec);
    if (bytes === undefined) continue;
    const before = target.sent;
    lan.deliver(target, from ?? `10.1.${sender % 200}.7:5000`, bytes);
    most = Math.max(most, target.sent - before);
    lan.run(waitMs);
  }
  return most;
}

for (const kernel of [true, false])
  test(`Any messages from anybody leave a ${kernel ? 'kernel' : 'node'} whole, within its limits, and its neighbours at work`, () => {
    fc.assert(
      fc.property(fc.array(shot, { maxLength: 60 }), (shots) => {
        const world = scene(kernel);
        const { lan, target, app } = world;
        const most = fire(world, shots);
        expect(most).toBeLessThanOrEqual(64);
        expect([...target.endpoint.nodes()].length).toBeLessThanOrEqual(CONFIG.maxNodes);
        const before = target.sent;
        lan.run(2000);
        // At rest: beacons, heartbeats and the probes that the bucket allows.
        expect(target.sent - before).toBeLessThan(400);
        // Someone may have spoken in the sensor's name a moment ago: its own next heartbeat puts that right.
        const call = app.call('temp_sensor');
        lan.runUntil(() => app.outcomes.has(call), 3000);
        expect(app.outcomes.get(call)).toMatchObject({ ok: true, value: 21 });
      }),
      { numRuns: 60, seed: 4 },
    );
  });

test('Random bytes are counted and dropped', () => {
  const { lan, target } = scene(true);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom(0xd2, 0x7b, 0x78, 0), (bytes, first) => {
      if (bytes.length > 0) bytes[0] = first;
      lan.deliver(target, '10.3.3.3:5000', bytes);
    }),
    { numRuns: 500, seed: 5 },
  );
  expect(Object.keys(target.endpoint.counters()).length).toBeGreaterThan(2);
});

test('Intervals of 0, 1 and 2^32 - 1 ms from a peer make nobody spin or fall silent', () => {
  for (const ms of [0, 1, 0xffff_ffff]) {
    const world = scene(false);
    const { lan, target } = world;
    const kernel = lan.station('kernel', { id: 6, kernel: true });
    lan.run(3000);
    const shots = (['beacon', 'welcome', 'heartbeat', 'announce', 'event'] as const).flatMap((type) =>
      fc.sample(anyMessage, { numRuns: 200, seed: 9 }).filter((message) => message.type === type),
    );
    const changed = shots.map((message) => ({
      message: {
        ...message,
        intervalMs: ms,
        heartbeatMs: ms,
        beaconMs: ms,
        silentMs: ms,
        generation: 1,
      } as unknown as Message,
      sender: 6,
      epoch: 1000,
      addressed: true,
      waitMs: 10,
    }));
    fire(world, changed, kernel.address);
    const before = target.sent;
    lan.run(10_000);
    expect([ms, target.sent - before < 120, target.sent - before > 4]).toEqual([ms, true, true]);
  }
});

test('A board’s outbox holds what any one datagram may bring about', () => {
  const lan = new Lan(2, 'open');
  const board = lan.station('board', { kernel: true, config: { maxOutputs: 256, maxNodes: 64, maxSubscribers: 8 } });
  const services = Array.from({ length: 250 }, (_, index) => {
    return { index, name: `service${index}`, version: '1.0.0', labels: { text: 'x'.repeat(60) }, capabilities: [] };
  });
  const abilities = { kernel: false, helper: true, inflates: true, v1: false, takesKiB: 4, window: 1 };
  const protocol = { min: 2, max: 2 };
  for (let sender = 1; sender <= 40; sender++) {
    for (let part = 0; part < 50; part++) {
      const some = services.slice(part * 5, part * 5 + 5);
      const said = {
        type: 'announce',
        nonce: 0,
        generation: 1,
        part,
        parts: 50,
        protocol,
        abilities,
        intervalMs: 1000,
      } as const;
      const message: Message = { ...said, name: `n${sender}`, services: some };
      lan.deliver(
        board,
        `10.4.4.${sender}:5000`,
        encode({ sender, epoch: 1, sequence: 1, addressed: true }, message, nodeCodec) as Uint8Array,
      );
    }
    const query: Message = {
      type: 'query',
      nonce: 1,
      kernel: true,
      subscribe: true,
      sinceEpoch: 0,
      since: 0,
      service: '',
    };
    lan.deliver(
      board,
      `10.4.4.${sender}:5000`,
      encode({ sender, epoch: 1, sequence: 1, addressed: true }, query, nodeCodec) as Uint8Array,
    );
  }
  expect([...board.endpoint.nodes()]).toHaveLength(41);
});
