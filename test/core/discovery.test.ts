// How fast nodes and services are known, and gone.

import { expect, test } from 'vitest';
import type { Result } from '../../src/core/model.ts';
import { Lan, type Station } from '../lan.ts';
import { services } from './views.ts';

const fine = (): Result => ({ ok: true, value: 1 });

function crowd(lan: Lan, size: number): Station[] {
  return Array.from({ length: size }, (_, number) => {
    const node = lan.station(`node${number}`);
    node.offer({ name: 'temp_sensor' }, fine);
    return node;
  });
}

for (const [loss, ms, mayBeLate] of [
  [0, 1500, 0],
  // One word of 50 nodes may be lost five times in a row.
  [0.3, 3000, 1],
] as const)
  test(`A kernel that comes late to 50 nodes knows all within ${ms} ms at ${100 * loss} % loss`, () => {
    let late = 0;
    for (let seed = 1; seed <= 15; seed++) {
      const lan = new Lan(seed);
      Object.assign(lan, { latencyMs: 2, jitterMs: 5 });
      crowd(lan, 50);
      lan.run(10_000);
      lan.loss = loss;
      const kernel = lan.station('kernel', { kernel: true });
      const known = (): boolean => services(kernel, 'temp_sensor').length === 50;
      if (!lan.runUntil(known, ms)) late += 1;
      expect(lan.runUntil(known, ms)).toBe(true);
    }
    expect(late).toBeLessThanOrEqual(mayBeLate);
  });

test('Fifty nodes that start at once are known to the kernel and its follower within 2 s, at 10 % loss too', () => {
  for (const loss of [0, 0.1]) {
    const lan = new Lan(3);
    Object.assign(lan, { latencyMs: 2, jitterMs: 5 });
    const kernel = lan.station('kernel', { kernel: true });
    const app = lan.station('app', { silent: true });
    app.command({ type: 'follow' });
    lan.run(3000);
    lan.loss = loss;
    crowd(lan, 50);
    const known = (): boolean => [kernel, app].every((station) => services(station, 'temp_sensor').length === 50);
    expect([loss, lan.runUntil(known, 2000)]).toEqual([loss, true]);
  }
});

test('A silent follower of a kernel with 100 nodes has them all within 3 s at 30 % loss, and says so when it is true', () => {
  const late: number[] = [];
  for (let seed = 1; seed <= 24; seed++) {
    const lan = new Lan(seed);
    Object.assign(lan, { latencyMs: 2, jitterMs: 5 });
    lan.station('kernel', { kernel: true });
    crowd(lan, 100);
    lan.run(5000);
    Object.assign(lan, { loss: 0.3, duplication: 0.05, jitterMs: 20 });
    const app = lan.station('app', { silent: true });
    app.command({ type: 'follow' });
    const known = (): number => services(app, 'temp_sensor').length;
    const early = lan.runUntil(() => app.endpoint.complete && known() < 100, 1000);
    if (!lan.runUntil(() => known() === 100, 2000)) late.push(seed);
    lan.loss = 0;
    expect([seed, early, lan.runUntil(() => app.endpoint.complete && known() === 100, 2000)]).toEqual([
      seed,
      false,
      true,
    ]);
  }
  // Its first question, and whatever a kernel says to all, may be lost three times in a row.
  expect(late.length).toBeLessThanOrEqual(4);
});

test('Of 600 new and withdrawn services 99 % show at the kernel and its follower within 1 s, at 10 % loss, and all within 3 s', () => {
  let late = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const lan = new Lan(seed);
    Object.assign(lan, { latencyMs: 2, jitterMs: 5 });
    const kernel = lan.station('kernel', { kernel: true });
    const app = lan.station('app', { silent: true });
    app.command({ type: 'follow' });
    const [node] = crowd(lan, 5) as [Station];
    lan.run(5000);
    lan.loss = 0.1;
    const change = (run: () => void, present: boolean): void => {
      const from = lan.now;
      run();
      const seen = (): boolean =>
        [kernel, app].every((station) => (services(station, 'display').length === 1) === present);
      expect([seed, present, lan.runUntil(seen, 3000)]).toEqual([seed, present, true]);
      if (lan.now - from > 1000) late += 1;
      lan.run(2000);
    };
    for (let round = 0; round < 5; round++) {
      change(() => node.offer({ name: 'display' }, fine), true);
      change(() => node.withdraw('display'), false);
    }
  }
  expect(late).toBeLessThanOrEqual(6);
});

test('A late word of withdrawal does not take away what is offered again', () => {
  const lan = new Lan(9);
  const kernel = lan.station('kernel', { kernel: true });
  const [node] = crowd(lan, 1) as [Station];
  node.offer({ name: 'display' }, fine);
  lan.run(3000);
  lan.duplication = 1;
  lan.jitterMs = 400;
  node.withdraw('display');
  lan.run(1);
  node.offer({ name: 'display' }, fine);
  lan.run(2000);
  expect(services(kernel, 'display')).toEqual(['node0']);
});

test('A node that follows nobody knows kernels by their names, and tells of them by no other', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const lan = new Lan(seed);
    lan.jitterMs = 5;
    lan.station('cellar', { kernel: true });
    lan.run(1500);
    const [node] = crowd(lan, 1) as [Station];
    lan.run(1500);
    lan.station('attic', { kernel: true });
    lan.run(1500);
    expect([seed, Object.keys(node.states()).sort()]).toEqual([seed, ['attic', 'cellar', 'node0']]);
    const told = node.events.flatMap((event) => ('name' in event ? [`${event.type} ${event.name}`] : []));
    expect([seed, told.sort()]).toEqual([seed, ['kernel cellar', 'node attic', 'node cellar', 'service node0']]);
  }
});

test('A node with more services than a datagram holds is known whole, at 20 % loss', () => {
  const lan = new Lan(4);
  const kernel = lan.station('kernel', { kernel: true });
  const app = lan.station('app', { silent: true });
  app.command({ type: 'follow' });
  Object.assign(lan, { loss: 0.2, jitterMs: 10 });
  const node = lan.station('rich');
  const names = Array.from({ length: 30 }, (_, number) => `service_with_a_long_name_${number}`);
  for (const name of names) node.offer({ name, labels: { room: 'the greenhouse behind the house' } }, fine);
  lan.run(4000);
  for (const station of [kernel, app]) expect(names.filter((name) => services(station, name).length !== 1)).toEqual([]);
});

test('The first query of an app without a kernel finds the sensor within 50 ms', () => {
  const lan = new Lan(5);
  crowd(lan, 3);
  lan.run(5000);
  const app = lan.station('app', { silent: true });
  const call = app.call('temp_sensor');
  lan.run(50);
  expect(app.outcomes.get(call)).toMatchObject({ ok: true });
});
