// The cluster goes from one key to the next, and nothing fails meanwhile.

import { expect, test } from 'vitest';
import { CLUSTER_KEY, Lan, type Station } from '../lan.ts';
import { cluster, fine } from './ovens.ts';

test('While the key changes, node by node and in any order, no call fails', () => {
  const { lan, app } = cluster(11);
  const next = new Uint8Array(32).fill(99);
  const order = [2, 0, 3, 1].map((place) => lan.stations[place] as Station);
  const calls: number[] = [];
  const goOn = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 20) {
      calls.push(app.call('oven', passed % 40 === 0 ? 'read' : 'heat'));
      lan.run(20);
    }
  };
  for (const station of order) {
    station.command({ type: 'keys', keys: [CLUSTER_KEY, next] });
    goOn(400);
  }
  goOn(3000);
  const kernel = lan.stations[0] as Station;
  expect(
    [...kernel.endpoint.nodes()].filter(({ id }) => !kernel.endpoint.isOnNewestKey(id) && id !== kernel.id),
  ).toEqual([]);
  for (const station of order) {
    station.command({ type: 'keys', keys: [next] });
    goOn(200);
  }
  lan.run(1000);
  expect(calls.filter((call) => app.outcomes.get(call)?.ok !== true)).toEqual([]);
  const late = lan.station('late');
  lan.run(2000);
  expect([Object.keys(kernel.states()).includes('late'), late.endpoint.kernel()]).toEqual([false, undefined]);
});

test('While the key changes, nodes that never met reach each other, whichever of them still has which keys', () => {
  const next = new Uint8Array(32).fill(99);
  const both = [CLUSTER_KEY, next];
  for (const [first, then] of [
    [both, [next]],
    [[next], both],
    [[CLUSTER_KEY], both],
    [both, [CLUSTER_KEY]],
    [both, both],
  ] as const) {
    const lan = new Lan(13, both);
    lan.station('kernel', { kernel: true });
    const [server, app] = [lan.station('server'), lan.station('app')];
    server.offer({ name: 'oven', capabilities: ['read', 'heat!'] }, fine);
    app.command({ type: 'follow' });
    lan.run(3000);
    server.command({ type: 'keys', keys: first });
    app.command({ type: 'keys', keys: then });
    const calls = ['read', 'heat'].map((op) => app.call('oven', op));
    lan.run(1000);
    expect(calls.map((call) => app.outcomes.get(call)?.ok)).toEqual([true, true]);
  }
});

test('A probe shows whether a node has the newer key, also one that never spoke with this one', () => {
  const next = new Uint8Array(32).fill(99);
  const lan = new Lan(14, [CLUSTER_KEY, next]);
  const [, moved] = [lan.station('kernel', { kernel: true }), lan.station('moved')];
  lan.keys = [CLUSTER_KEY];
  const left = lan.station('left');
  lan.keys = [CLUSTER_KEY, next];
  const look = lan.station('look', { silent: true });
  look.command({ type: 'follow' });
  lan.run(2000);
  for (const { id } of [moved, left]) look.command({ type: 'probe', node: id });
  lan.run(100);
  expect([moved, left].map(({ id }) => look.endpoint.isOnNewestKey(id))).toEqual([true, false]);
});

test('Once a kernel has used the newer key alone for a minute, the others drop the older', () => {
  const { lan, kernel, servers, app } = cluster(15);
  const next = new Uint8Array(32).fill(99);
  for (const station of lan.stations) station.command({ type: 'keys', keys: [CLUSTER_KEY, next] });
  lan.run(70_000);
  kernel.command({ type: 'keys', keys: [next] });
  lan.keys = [CLUSTER_KEY];
  /** Who refuses what somebody says who has the older key alone. */
  const refusing = (): string[] => {
    const refused = (station: Station): number => station.endpoint.counters()['refused.other-key'] ?? 0;
    const before = lan.stations.map(refused);
    const late = lan.station('late');
    lan.run(300);
    late.isDown = true;
    return lan.stations.filter((station, at) => refused(station) > (before[at] ?? 0)).map(({ name }) => name);
  };
  lan.run(58_000);
  expect(refusing()).toEqual(['kernel']);
  lan.run(4000);
  expect(refusing()).toEqual(['kernel', ...servers.map(({ name }) => name), 'app']);
  const call = app.call('oven', 'heat');
  lan.run(500);
  expect(app.outcomes.get(call)).toMatchObject({ ok: true });
});
