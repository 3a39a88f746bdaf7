// Who is who: lost counters, twins, moves, and nodes of another protocol.

import { expect, test } from 'vitest';
import type { Result } from '../../src/core/model.ts';
import { nodeCodec } from '../../src/hosts/node/codec.ts';
import { type Announce, encode } from '../../src/wire/index.ts';
import { Lan, PC, type Station } from '../lan.ts';

const answers = (value: unknown) => (): Result => ({ ok: true, value });

function cluster(seed: number, isOpen = false): { lan: Lan; kernel: Station; app: Station } {
  const lan = new Lan(seed, isOpen ? 'open' : undefined);
  const kernel = lan.station('kernel', { kernel: true });
  const app = lan.station('app', { silent: true });
  app.command({ type: 'follow' });
  lan.run(2000);
  return { lan, kernel, app };
}

const eventsOf = (station: Station, type: string): unknown[] => station.events.filter((event) => event.type === type);

test('A station whose stored epoch was lost is challenged, begins above it, and is served and called again', () => {
  const { lan, kernel, app } = cluster(1);
  const kitchen = lan.station('kitchen', { id: 77, epoch: 5000 });
  kitchen.offer({ name: 'temp_sensor' }, answers(21));
  lan.run(3000);
  kitchen.isDown = true;
  lan.run(400);
  kitchen.restart(12);
  lan.run(2000);
  expect(kitchen.endpoint.identity).toMatchObject({ id: 77, epoch: 5001 });
  expect(kernel.states()).toMatchObject({ kitchen: 'alive' });
  const call = app.call('temp_sensor');
  lan.run(100);
  expect(app.outcomes.get(call)).toMatchObject({ ok: true, value: 21 });
  expect([kernel, kitchen].flatMap((station) => eventsOf(station, 'duplicate-id'))).toEqual([]);
});

for (const [first, second] of [
  [1000, 2000],
  [2000, 1000],
  [1500, 1500],
] as const)
  test(`Two stations with one id, under epochs ${first} and then ${second}, are reported and told apart`, () => {
    for (const seed of [2, 3, 4]) {
      const { lan, kernel, app } = cluster(seed);
      const twins = [first, second].map((epoch, number) => {
        const twin = lan.station(`twin${number}`, { id: 77, epoch });
        twin.offer({ name: `sensor${number}` }, answers(number));
        lan.run(1500);
        return twin;
      });
      lan.run(10_000);
      const reports = [kernel, ...twins].flatMap((station) => eventsOf(station, 'duplicate-id'));
      expect([seed, reports.length > 0, new Set(twins.map(({ id }) => id)).size]).toEqual([seed, true, 2]);
      const calls = [0, 1].map((number) => app.call(`sensor${number}`));
      lan.run(500);
      expect(calls.map((call) => app.outcomes.get(call))).toMatchObject([{ value: 0 }, { value: 1 }]);
      expect(kernel.states()).toMatchObject({ twin0: 'alive', twin1: 'alive' });
      const before = [kernel, ...twins].map(({ sent }) => sent);
      lan.run(10_000);
      const after = [kernel, ...twins].map(({ sent }, number) => sent - (before[number] ?? 0));
      expect(Math.max(...after)).toBeLessThan(60);
    }
  });

test('A station that changes its address is found again by the next call, and nobody dies', () => {
  const { lan, kernel, app } = cluster(5);
  const kitchen = lan.station('kitchen');
  kitchen.offer({ name: 'temp_sensor' }, answers(21));
  lan.run(5000);
  kitchen.address = '10.9.9.9:6000';
  lan.run(1500);
  const call = app.call('temp_sensor');
  lan.run(100);
  expect(app.outcomes.get(call)).toMatchObject({ ok: true });
  lan.run(10_000);
  expect([kernel, app].map((station) => station.states().kitchen)).toEqual(['alive', 'alive']);
  expect(eventsOf(kernel, 'node')).not.toContainEqual(expect.objectContaining({ state: 'suspect' }));
});

test('A node of a later protocol is refused in words on both sides, once a minute', () => {
  const { lan, kernel } = cluster(6, true);
  const node = lan.station('old');
  lan.run(100);
  const header = { sender: 99, epoch: 1, sequence: 1, addressed: true };
  const announce: Announce = {
    type: 'announce',
    nonce: 0,
    generation: 1,
    part: 0,
    parts: 1,
    protocol: { min: 3, max: 3 },
    abilities: PC,
    intervalMs: 1000,
    name: 'future',
    services: [],
  };
  for (let i = 0; i < 10; i++) {
    lan.deliver(kernel, node.address, encode(header, announce, nodeCodec) as Uint8Array);
    lan.run(1000);
  }
  const reason = 'future speaks protocol 3, this node 2: update the older one';
  const report = { type: 'protocol-mismatch', reason };
  expect(eventsOf(kernel, 'protocol-mismatch')).toEqual([{ ...report, address: node.address }]);
  expect(eventsOf(node, 'protocol-mismatch')).toEqual([{ ...report, address: kernel.address }]);
  expect(kernel.endpoint.instances()).toEqual([]);
});

test('An unsafe call under way when this node changes its epoch ends as unknown, and is not sent again', () => {
  const { lan, kernel } = cluster(7, true);
  const kitchen = lan.station('kitchen');
  kitchen.offer({ name: 'oven', capabilities: ['heat!', 'read'] }, () => ({ ok: true, value: 'hot' }));
  const app = lan.station('app2', { id: 55, epoch: 3000 });
  app.command({ type: 'follow' });
  lan.run(2000);
  lan.reaches = (from, to) => !(from === kitchen && to === app);
  let sequence = 0;
  lan.onMessage = (_message, from, _to, header) => {
    if (from === app) sequence = header.sequence;
  };
  const [unsafe, safe] = [app.call('oven', 'heat'), app.call('oven', 'read')];
  lan.run(10);
  const header = { ...kernel.endpoint.identity, sender: kernel.id, sequence: 1, addressed: true };
  const challenge = { type: 'challenge', nonce: 1, sequence, epoch: 5000 } as const;
  const guessed = { ...challenge, sequence: (sequence - 0x20000) >>> 0 };
  lan.deliver(app, kernel.address, encode(header, guessed, nodeCodec) as Uint8Array);
  expect(app.outcomes.get(unsafe)).toBeUndefined();
  lan.deliver(app, kernel.address, encode(header, challenge, nodeCodec) as Uint8Array);
  expect(app.outcomes.get(unsafe)).toMatchObject({ ok: false, code: 'OUTCOME_UNKNOWN' });
  lan.reaches = () => true;
  lan.run(1000);
  expect(app.outcomes.get(safe)).toMatchObject({ ok: true, value: 'hot' });
  expect(kitchen.executed.filter((work) => work === 'oven.heat')).toHaveLength(1);
  expect(kernel.states()).toMatchObject({ app2: 'alive' });
});

test('A goodbye that someone else said in a node’s name holds only until that node is heard again', () => {
  for (const epoch of [1000, 1001, 0xffff_ffff]) {
    const { lan, kernel, app } = cluster(8);
    const kitchen = lan.station('kitchen', { epoch: 1000 });
    kitchen.offer({ name: 'temp_sensor' }, answers(21));
    lan.run(3000);
    const header = { sender: kitchen.id, epoch, sequence: 1, addressed: true };
    const goodbye = { type: 'goodbye', generation: 1, services: undefined } as const;
    lan.deliver(kernel, '10.6.6.6:5000', encode(header, goodbye, nodeCodec) as Uint8Array);
    lan.run(5000);
    const call = app.call('temp_sensor');
    lan.run(500);
    expect([epoch, app.outcomes.get(call)]).toMatchObject([epoch, { ok: true, value: 21 }]);
  }
});
