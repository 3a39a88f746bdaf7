// Who is dead, and who is not: in time, and never by mistake.

import { expect, test } from 'vitest';
import { Lan, type Station } from '../lan.ts';

interface Cluster {
  readonly lan: Lan;
  readonly kernel: Station;
  readonly nodes: readonly Station[];
}

function cluster(seed: number, size: number, kernel = true): Cluster {
  const lan = new Lan(seed);
  Object.assign(lan, { latencyMs: 2, jitterMs: 4 });
  const judge = lan.station('kernel', { kernel });
  judge.command({ type: 'follow' });
  const nodes = Array.from({ length: size }, (_, number) => lan.station(`node${number}`));
  for (const node of nodes) node.offer({ name: 'temp_sensor' }, () => ({ ok: true, value: 1 }));
  return { lan, kernel: judge, nodes };
}

const deaths = (station: Station): string[] =>
  station.events.flatMap((event) => (event.type === 'node' && event.state === 'dead' ? [event.name] : []));
const doubts = (station: Station): number => station.events.filter(({ type }) => type === 'self-doubt').length;

for (const size of [3, 20, 100])
  test(`Of ${size} nodes one loses power: suspect within 2.5 s, dead within 5 s, nobody else`, () => {
    for (const seed of size > 50 ? [1, 2] : [1, 2, 3, 4]) {
      const { lan, kernel, nodes } = cluster(seed, size);
      lan.run(5000 + seed * 100);
      lan.loss = 0.02;
      const victim = nodes[seed % size] as Station;
      victim.isDown = true;
      const state = (): string | undefined => kernel.states()[victim.name];
      expect(lan.runUntil(() => state() === 'suspect', 2500)).toBe(true);
      expect(lan.runUntil(() => state() === 'dead', 2500)).toBe(true);
      lan.run(2000);
      expect(deaths(kernel)).toEqual([victim.name]);
    }
  });

test('Without a kernel the one that listens judges by broadcast heartbeats, as fast', () => {
  const { lan, kernel, nodes } = cluster(1, 10, false);
  lan.run(5000);
  const victim = nodes[3] as Station;
  victim.isDown = true;
  lan.run(5000);
  expect(kernel.states()[victim.name]).toBe('dead');
  expect(deaths(kernel)).toEqual([victim.name]);
});

test('In ten minutes at 10 % loss none of 20 nodes is called dead', () => {
  const { lan, kernel, nodes } = cluster(6, 20);
  lan.run(3000);
  lan.loss = 0.1;
  lan.run(600_000);
  expect(deaths(kernel)).toEqual([]);
  for (const node of nodes) expect(deaths(node)).toEqual([]);
});

test('A kernel that stood still doubts itself and calls nobody dead', () => {
  for (const ms of [1000, 3000, 10_000]) {
    const { lan, kernel } = cluster(7, 20);
    lan.run(5000);
    kernel.stall(ms);
    lan.run(ms + 8000);
    // A second of stillness makes nobody due, so there is nothing to doubt yet.
    expect([ms, deaths(kernel), ms < 3000 || doubts(kernel) > 0]).toEqual([ms, [], true]);
  }
});

test('A kernel that hears nobody for 3 s doubts itself and calls nobody dead', () => {
  const { lan, kernel } = cluster(8, 20);
  lan.run(5000);
  lan.reaches = (_, to) => to !== kernel;
  lan.run(3000);
  lan.reaches = () => true;
  lan.run(8000);
  expect([deaths(kernel), doubts(kernel) > 0]).toEqual([[], true]);
});

test('A sleeper with a lease is not suspected; one that does not wake up is dead soon after', () => {
  const { lan, kernel, nodes } = cluster(9, 3);
  const [sleeper, dormouse] = nodes as [Station, Station];
  lan.run(5000);
  for (const node of [sleeper, dormouse]) {
    node.command({ type: 'lease', ms: 20_000 });
    lan.run(100);
    node.isDown = true;
  }
  lan.run(18_000);
  const seen = kernel.events.filter((event) => event.type === 'node' && event.state !== 'alive');
  expect([seen, kernel.states()]).toMatchObject([[], { node0: 'alive', node1: 'alive' }]);
  lan.run(1500);
  sleeper.isDown = false;
  lan.run(6000);
  expect(kernel.states()).toMatchObject({ node0: 'alive', node1: 'dead' });
  expect(deaths(kernel)).toEqual(['node1']);
});

test('A sleeper whose word of it is lost twice, and one whose kernel dies meanwhile, are not suspected', () => {
  const { lan, kernel, nodes } = cluster(12, 2);
  const spare = lan.station('spare', { kernel: true });
  const [unlucky, sleeper] = nodes as [Station, Station];
  lan.run(5000);
  lan.loss = 1;
  unlucky.command({ type: 'lease', ms: 60_000 });
  sleeper.command({ type: 'lease', ms: 60_000 });
  lan.run(50);
  lan.loss = 0;
  lan.run(20);
  kernel.isDown = true;
  lan.run(20_000);
  expect(spare.states()).toEqual({ kernel: 'dead', spare: 'alive', node0: 'alive', node1: 'alive' });
  const bad = spare.events.filter(
    (event) => event.type === 'node' && event.name !== 'kernel' && event.state !== 'alive',
  );
  expect(bad).toEqual([]);
});

test('A node that took over the address of a dead one does not keep it alive', () => {
  const { lan, kernel, nodes } = cluster(13, 3);
  lan.run(5000);
  const [victim] = nodes as [Station];
  victim.isDown = true;
  // Its address is free now.
  const { address } = victim;
  victim.address = '10.9.9.9:1';
  lan.station('heir', {}, address);
  lan.run(6000);
  expect(kernel.states()).toMatchObject({ node0: 'dead', heir: 'alive', node1: 'alive', node2: 'alive' });
  expect(deaths(kernel)).toEqual(['node0']);
});

test('A node that says goodbye has left at once, everywhere; a restarted one is back', () => {
  const { lan, kernel, nodes } = cluster(10, 3);
  const app = lan.station('app', { silent: true });
  app.command({ type: 'follow' });
  lan.run(5000);
  const [leaver] = nodes as [Station];
  leaver.command({ type: 'leave' });
  leaver.isDown = true;
  lan.run(20);
  expect([kernel, app].map((station) => station.states().node0)).toEqual(['left', 'left']);
  lan.run(5000);
  leaver.restart();
  lan.run(1000);
  expect([kernel, app].map((station) => station.states().node0)).toEqual(['alive', 'alive']);
  expect(app.endpoint.instances('temp_sensor')).toHaveLength(3);
  expect(deaths(kernel)).toEqual([]);
});

test('A node that was cut off is alive within 6 s once it can be heard again', () => {
  const { lan, kernel, nodes } = cluster(11, 5);
  lan.run(5000);
  const [lonely] = nodes as [Station];
  lan.reaches = (from, to) => from !== lonely && to !== lonely;
  lan.run(30_000);
  expect(kernel.states().node0).toBe('dead');
  lan.reaches = () => true;
  lan.run(6000);
  expect(kernel.states().node0).toBe('alive');
});
