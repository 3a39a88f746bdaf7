// A sealed cluster: it works as an open one does, and nothing from outside, nothing changed and nothing old gets in.

import { expect, test } from 'vitest';
import { nodeCodec } from '../../src/hosts/node/codec.ts';
import { decode, type Message, sealKey } from '../../src/wire/index.ts';
import { CLUSTER_KEY, Lan, type Station } from '../lan.ts';
import { type Captured, cluster } from './ovens.ts';

const views = (lan: Lan): string[] =>
  lan.stations.map((station) =>
    JSON.stringify(
      [...station.endpoint.nodes()]
        .map(({ id, epoch, address, state, name }) => [id, epoch, address, state, name])
        .sort(),
    ),
  );
const executed = (lan: Lan): number => lan.stations.reduce((sum, { executed: done }) => sum + done.length, 0);

/** Hands all that was captured to everybody, from `from` or from where it came. */
function replay(lan: Lan, captured: readonly Captured[], from?: string): void {
  for (const { bytes, from: source } of captured)
    for (const station of lan.stations) if (!station.isDown) lan.deliver(station, from ?? source, bytes.slice());
}

test('Calls, safe and unsafe, work at once and later, and after a restart of either side', () => {
  const { lan, servers, app } = cluster(1);
  const end = (op: string): unknown => {
    const call = app.call('oven', op);
    lan.run(100);
    return app.outcomes.get(call);
  };
  expect([end('read'), end('heat')]).toMatchObject([{ ok: true }, { ok: true }]);
  lan.run(20_000);
  expect(end('heat')).toMatchObject({ ok: true, tries: 2 });
  for (const server of servers) server.restart();
  lan.run(500);
  expect(end('heat')).toMatchObject({ ok: true });
  app.restart();
  app.command({ type: 'follow' });
  lan.run(500);
  expect(end('heat')).toMatchObject({ ok: true });
});

test('A kernel that restarts knows its 100 nodes again within 2 s, and no storm comes of it', () => {
  const lan = new Lan(2);
  const kernel = lan.station('kernel', { kernel: true });
  for (let node = 0; node < 100; node++) lan.station(`node${node}`);
  lan.run(5000);
  kernel.isDown = true;
  lan.run(500);
  const before = lan.stations.reduce((sum, { sent }) => sum + sent, 0);
  kernel.restart();
  lan.run(2000);
  expect(Object.values(kernel.states()).filter((state) => state === 'alive')).toHaveLength(101);
  const sent = lan.stations.reduce((sum, station) => sum + station.sent, 0) - before;
  expect(sent / 100).toBeLessThan(12);
});

test('All that was ever said, said again from anywhere, changes nothing and runs nothing', () => {
  const { lan, app, captured } = cluster(3);
  for (const op of ['read', 'heat', 'heat']) {
    app.call('oven', op);
    lan.run(700);
  }
  const [seen, runs] = [views(lan), executed(lan)];
  const old = captured.slice();
  for (const from of [undefined, '10.9.9.9:666']) {
    replay(lan, old, from);
    lan.run(300);
    expect(views(lan)).toEqual(seen);
  }
  lan.run(5000);
  replay(lan, old);
  lan.run(100);
  expect([views(lan), executed(lan)]).toEqual([seen, runs]);
});

test('Nothing said before a restart counts after it, whoever restarted', () => {
  for (const seed of [4, 5, 6]) {
    const { lan, kernel, servers, app, captured } = cluster(seed);
    app.call('oven', 'heat');
    lan.run(500);
    for (const station of [...servers, kernel]) station.restart();
    const runs = executed(lan);
    const old = captured.slice();
    replay(lan, old);
    lan.run(1500);
    replay(lan, old);
    lan.run(3000);
    expect(executed(lan)).toBe(runs);
    expect(Object.values(kernel.states())).toEqual(Array(4).fill('alive'));
    const call = app.call('oven', 'heat');
    lan.run(500);
    expect(app.outcomes.get(call)).toMatchObject({ ok: true });
  }
});

test('What was dead stays dead, however often its words are repeated', () => {
  const { lan, kernel, servers, app, captured } = cluster(7);
  const [kitchen] = servers as [Station];
  kitchen.isDown = true;
  lan.run(8000);
  expect(kernel.states().kitchen).toBe('dead');
  for (let time = 0; time < 20; time++) {
    replay(
      lan,
      captured.filter(({ from }) => from === kitchen.address),
    );
    lan.run(200);
  }
  expect([kernel.states().kitchen, app.states().kitchen]).toEqual(['dead', 'dead']);
});

test('A request that was lost, and is delivered by somebody later, runs once or not at all', () => {
  for (const delayMs of [50, 900, 1100, 2500, 4500, 9000, 60_000]) {
    const { lan, servers, app, captured } = cluster(8);
    const [kitchen, hall] = servers as [Station, Station];
    hall.isDown = true;
    lan.run(9000);
    let lost = 1;
    lan.reaches = (from) => !(from === app && lost-- > 0);
    captured.length = 0;
    const call = app.call('oven', 'heat', undefined, 1000);
    lan.run(delayMs);
    const requests = captured.filter(({ from, to }) => from === app.address && to === kitchen);
    replay(lan, requests);
    lan.run(3000);
    replay(lan, requests);
    lan.run(100);
    const runs = kitchen.executed.filter((what) => what === 'oven.heat').length;
    expect([delayMs, app.outcomes.get(call)?.ok, runs]).toEqual([delayMs, true, 1]);
  }
});

test('Two clusters with different keys on one network do not disturb each other, and say so in words', () => {
  const lan = new Lan(9);
  const ours = [lan.station('kernel', { kernel: true }), lan.station('kitchen')];
  lan.keys = [new Uint8Array(32).fill(9)];
  const theirs = [lan.station('other', { kernel: true }), lan.station('barn')];
  lan.run(10_000);
  for (const cluster of [ours, theirs]) {
    const [kernel] = cluster as [Station];
    expect(kernel.states()).toEqual(Object.fromEntries(cluster.map(({ name }) => [name, 'alive'])));
    const told = kernel.events.filter(({ type }) => type === 'outsider');
    expect(told).toMatchObject([{ reason: 'uses another cluster key' }, { reason: 'uses another cluster key' }]);
  }
});

test('A sealed node and an open one hear nothing of each other, and both say why', () => {
  const lan = new Lan(10);
  const sealed = lan.station('sealed', { kernel: true });
  lan.keys = undefined;
  const open = lan.station('open', { kernel: true });
  lan.run(3000);
  expect([sealed.states(), open.states()]).toEqual([{ sealed: 'alive' }, { open: 'alive' }]);
  expect([sealed, open].map(({ events }) => events.find(({ type }) => type === 'outsider'))).toMatchObject([
    { reason: 'has no cluster key' },
    { reason: 'has a cluster key, and this node has none' },
  ]);
});

test('An address that a node only seems to have moved to is asked first', () => {
  const { lan, kernel, servers, captured } = cluster(12);
  const [kitchen] = servers as [Station];
  lan.reaches = (from) => from !== kitchen;
  captured.length = 0;
  lan.run(1500);
  lan.reaches = () => true;
  const beats = captured.filter(({ from, to }) => from === kitchen.address && to === kernel);
  expect(beats.length).toBeGreaterThan(0);
  for (const { bytes } of beats) lan.deliver(kernel, '10.9.9.9:666', bytes.slice());
  const known = (): string | undefined => [...kernel.endpoint.nodes()].find(({ id }) => id === kitchen.id)?.address;
  expect(known()).toBe(kitchen.address);
  kitchen.address = '10.0.0.77:5000';
  lan.run(3000);
  expect([known(), kernel.states().kitchen]).toEqual(['10.0.0.77:5000', 'alive']);
});

test('No answer to a stranger is larger than what it answers', () => {
  const { lan, kernel, captured } = cluster(13);
  const key = sealKey(CLUSTER_KEY, nodeCodec);
  const opener = { self: kernel.id, key: () => key };
  kernel.restart();
  lan.run(1);
  const answers: number[] = [];
  lan.onDatagram = (bytes, from, to) => {
    if (from === kernel && to === undefined) return;
    if (from === kernel) answers.push(bytes.length);
  };
  for (const { bytes } of captured.filter(({ to }) => to === kernel)) {
    answers.length = 0;
    lan.deliver(kernel, '10.9.9.9:666', bytes.slice());
    const decoded = decode(bytes.slice(), nodeCodec, opener);
    const message = decoded.ok && decoded.protocol === 2 ? decoded.message : ({ type: 'probe' } as Message);
    // An ACK is as large as a PROBE and 5 bytes, a CHALLENGE as a HEARTBEAT and 4.
    if (answers.length > 0) expect([message.type, answers[0] as number]).toEqual([message.type, expect.any(Number)]);
    expect(answers.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(bytes.length + 5);
  }
});

test('The last words of a node that died, kept by somebody, do not bring it back', () => {
  const { lan, kernel, servers, captured } = cluster(14);
  const [kitchen] = servers as [Station];
  lan.reaches = (from) => from !== kitchen;
  captured.length = 0;
  lan.run(900);
  kitchen.isDown = true;
  const words = captured.filter(({ from }) => from === kitchen.address);
  expect(words.length).toBeGreaterThan(0);
  lan.run(9000);
  expect(kernel.states().kitchen).toBe('dead');
  replay(lan, words);
  lan.run(100);
  expect(kernel.states().kitchen).toBe('dead');
});

test('Answers of a node that died, kept from a kernel that asked it, bring it back no more after four seconds', () => {
  const { lan, kernel, servers, captured } = cluster(18);
  const [kitchen] = servers as [Station];
  lan.reaches = (from) => from !== kitchen;
  captured.length = 0;
  lan.run(3500);
  kitchen.isDown = true;
  const answers = captured.filter(({ from }) => from === kitchen.address);
  lan.run(4100);
  expect([kernel.states().kitchen, answers.length > 20]).toEqual(['dead', true]);
  replay(lan, answers);
  lan.run(100);
  expect(kernel.states().kitchen).toBe('dead');
});

test('An answer to a challenge that comes late does not open what was here before it', () => {
  const { lan, servers, app, captured } = cluster(15);
  const [kitchen, hall] = servers as [Station, Station];
  hall.isDown = true;
  lan.run(9000);
  const call = app.call('oven', 'heat', undefined, 1000);
  lan.run(300);
  expect(app.outcomes.get(call)?.ok).toBe(true);
  lan.run(3000);
  const runs = kitchen.executed.length;
  const said = captured.filter(({ from, to }) => from === app.address && to === kitchen);
  for (let time = 0; time < 3; time++) replay(lan, said);
  lan.run(500);
  expect(kitchen.executed.length).toBe(runs);
});

test('Somebody between two nodes cannot move one of them to where he is, while it is heard where it was', () => {
  const { lan, kernel, servers, captured } = cluster(16);
  const [kitchen] = servers as [Station];
  const evil = '10.9.9.9:666';
  // He passes on all that goes between the two, as if it came from him, and the answers back.
  for (let time = 0; time < 20; time++) {
    captured.length = 0;
    lan.run(300);
    for (const { from, to, bytes } of [...captured]) {
      if (from === kitchen.address && to === kernel) lan.deliver(kernel, evil, bytes.slice());
      if (from === kernel.address && to === undefined) lan.deliver(kitchen, kernel.address, bytes.slice());
    }
  }
  const known = [...kernel.endpoint.nodes()].find(({ id }) => id === kitchen.id);
  expect([known?.address, known?.state]).toEqual([kitchen.address, 'alive']);
});
