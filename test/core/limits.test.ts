// What happens when a table is full, and when somebody leaves with work under way.

import { expect, test } from 'vitest';
import { parseRange, type Range } from '../../src/base/semver.ts';
import type { Result } from '../../src/core/model.ts';
import { Lan, type Station } from '../lan.ts';
import { services } from './views.ts';

const fine = (): Result => ({ ok: true, value: 1 });

test('A call beyond `maxCalls` ends at once with LIMIT, and the others are answered', () => {
  const lan = new Lan(1);
  const server = lan.station('kitchen');
  server.offer({ name: 'temp_sensor' }, fine);
  const app = lan.station('app', { config: { maxCalls: 8 } });
  const calls = Array.from({ length: 12 }, () => app.call('temp_sensor'));
  expect(calls.slice(8).map((call) => app.outcomes.get(call))).toMatchObject(Array(4).fill({ code: 'LIMIT' }));
  lan.run(1000);
  expect(calls.slice(0, 8).map((call) => app.outcomes.get(call))).toMatchObject(Array(8).fill({ ok: true }));
});

test('A kernel with a full registry keeps whoever lives, and gives the place of the dead to the living', () => {
  const lan = new Lan(2);
  const kernel = lan.station('kernel', { kernel: true, config: { maxNodes: 5 } });
  const nodes = [0, 1, 2, 3].map((number) => lan.station(`node${number}`));
  for (const node of nodes) node.offer({ name: 'temp_sensor' }, fine);
  lan.run(3000);
  const late = lan.station('late');
  late.offer({ name: 'temp_sensor' }, fine);
  lan.run(3000);
  expect(services(kernel, 'temp_sensor')).toEqual(['node0', 'node1', 'node2', 'node3']);
  (nodes[1] as Station).isDown = true;
  lan.run(11_000);
  expect(services(kernel, 'temp_sensor')).toEqual(['late', 'node0', 'node2', 'node3']);
  expect(kernel.states()).toMatchObject({ late: 'alive', node0: 'alive', node2: 'alive', node3: 'alive' });
});

test('A full table of unsafe calls answers BUSY, runs nothing twice and takes more when there is room', () => {
  const lan = new Lan(3);
  lan.station('kernel', { kernel: true });
  const server = lan.station('kitchen', { config: { maxUnsafe: 4 } });
  const runs: unknown[] = [];
  server.offer({ name: 'oven', capabilities: ['heat!'] }, (_op, args) => {
    runs.push(args);
    return { ok: true, value: args };
  });
  const app = lan.station('app');
  app.command({ type: 'follow' });
  lan.run(2000);
  const calls = Array.from({ length: 10 }, (_, number) => app.call('oven', 'heat', number, 1000));
  lan.run(2500);
  const ends = calls.map((call) => app.outcomes.get(call));
  expect(ends.slice(0, 4)).toMatchObject([{ value: 0 }, { value: 1 }, { value: 2 }, { value: 3 }]);
  expect(ends.slice(4).every((end) => end?.ok === false && ['BUSY', 'OUTCOME_UNKNOWN'].includes(end.code))).toBe(true);
  expect(runs).toEqual([0, 1, 2, 3]);
  // So many failures opened the breaker: the next one is its trial.
  lan.run(3000);
  const later = app.call('oven', 'heat', 'later');
  lan.run(1000);
  expect(app.outcomes.get(later)).toMatchObject({ ok: true, value: 'later' });
});

test('Followers beyond `maxSubscribers` get no pushes, but see what is new by the beacons', () => {
  const lan = new Lan(4);
  lan.station('kernel', { kernel: true, config: { maxSubscribers: 2 } });
  const apps = [0, 1, 2, 3].map((number) => lan.station(`app${number}`, { silent: true }));
  for (const app of apps) app.command({ type: 'follow' });
  lan.run(3000);
  const node = lan.station('kitchen');
  node.offer({ name: 'temp_sensor' }, fine);
  expect(lan.runUntil(() => apps.every((app) => services(app, 'temp_sensor').length === 1), 1500)).toBe(true);
  node.isDown = true;
  expect(lan.runUntil(() => apps.every((app) => app.states().kitchen === 'dead'), 6000)).toBe(true);
});

test('A node that leaves ends its calls with CLOSED, and those who call it do not wait', () => {
  const lan = new Lan(5);
  const kernel = lan.station('kernel', { kernel: true });
  const [kitchen, app] = [lan.station('kitchen'), lan.station('app')];
  kitchen.offer({ name: 'oven', capabilities: ['heat!', 'read'] }, () => undefined);
  for (const station of [app, kernel]) station.command({ type: 'follow' });
  lan.run(2000);
  const own = [app.call('oven', 'heat'), app.call('nothing')];
  const theirs = kernel.call('oven', 'heat');
  lan.run(10);
  app.command({ type: 'leave' });
  expect(own.map((call) => app.outcomes.get(call))).toMatchObject([{ code: 'CLOSED' }, { code: 'CLOSED' }]);
  kitchen.command({ type: 'leave' });
  kitchen.isDown = true;
  lan.run(10);
  expect(kernel.outcomes.get(theirs)).toMatchObject({ ok: false, code: 'OUTCOME_UNKNOWN' });
  expect(kernel.states()).toMatchObject({ app: 'left', kitchen: 'left' });
  lan.run(70_000);
  expect(kernel.states()).toEqual({ kernel: 'alive' });
});

test('A cancelled call says nothing more, even when its answer comes', () => {
  const lan = new Lan(6);
  const kitchen = lan.station('kitchen');
  kitchen.offer({ name: 'oven' }, fine);
  const app = lan.station('app');
  app.command({ type: 'follow' });
  lan.run(1000);
  const call = app.call('oven');
  app.command({ type: 'cancel', call });
  lan.run(4000);
  expect([app.outcomes.get(call), app.endpoint.counters()['late-answers']]).toEqual([undefined, 1]);
});

test('Calls choose by version, and say when none fits', () => {
  const lan = new Lan(7);
  for (const version of ['1.2.0', '1.9.3', '2.0.0'])
    lan.station(`v${version}`).offer({ name: 'oven', version }, () => ({ ok: true, value: version }));
  const app = lan.station('app');
  app.command({ type: 'follow' });
  lan.run(1000);
  const read = (min: string, below: string): number => {
    const versions = parseRange(`>=${min} <${below}`) as Range;
    return app.call('oven', 'read', undefined, 500, 0, { versions });
  };
  const calls = [read('1.3.0', '2.0.0'), read('2.0.0', '3.0.0'), read('3.0.0', '4.0.0')];
  lan.run(1000);
  expect(calls.map((call) => app.outcomes.get(call))).toMatchObject([
    { value: '1.9.3' },
    { value: '2.0.0' },
    { ok: false, code: 'VERSION_MISMATCH' },
  ]);
});
