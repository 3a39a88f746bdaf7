import { expect, test } from 'vitest';
import { Lan, type Station } from '../../test/lan.ts';

const answer = (value: unknown) => () => ({ ok: true, value }) as const;

function sensor(lan: Lan, name: string, value: unknown): Station {
  const station = lan.station(name);
  station.offer({ name: 'temp_sensor' }, answer({ value, unit: '°C' }));
  return station;
}

test('A caller finds a sensor without a kernel and reads it', () => {
  const lan = new Lan();
  sensor(lan, 'kitchen', 21);
  lan.run(1000);
  const app = lan.station('app');
  const call = app.call('temp_sensor');
  lan.run(100);
  expect(app.outcomes.get(call)).toMatchObject({ ok: true, value: { value: 21 }, nodeName: 'kitchen', sibling: false });
});

test('A late kernel knows fifty nodes within a second', () => {
  const lan = new Lan();
  for (let i = 0; i < 50; i++) sensor(lan, `node${i}`, i);
  lan.run(5000);
  const kernel = lan.station('kernel', { kernel: true });
  const found = lan.runUntil(() => kernel.endpoint.instances('temp_sensor').length === 50, 1000);
  expect(found).toBe(true);
});

test('A follower has the whole registry within 25 ms of its start', () => {
  const lan = new Lan();
  lan.station('kernel', { kernel: true });
  for (let i = 0; i < 50; i++) sensor(lan, `node${i}`, i);
  lan.run(5000);
  const app = lan.station('app', { silent: true });
  app.command({ type: 'follow' });
  lan.run(25);
  expect(app.endpoint.instances('temp_sensor')).toHaveLength(50);
  expect(app.endpoint.complete).toBe(true);
});

test('A dead board is suspect within 2.5 s and dead within 5 s, at the kernel and at its follower', () => {
  const lan = new Lan();
  const kernel = lan.station('kernel', { kernel: true });
  const kitchen = sensor(lan, 'kitchen', 21);
  sensor(lan, 'hall', 20);
  const app = lan.station('app', { silent: true });
  app.command({ type: 'follow' });
  lan.run(5000);
  kitchen.isDown = true;
  for (const [state, ms] of [
    ['suspect', 2500],
    ['dead', 2500],
  ] as const) {
    lan.run(ms);
    expect([state, kernel.states().kitchen, app.states().kitchen]).toEqual([state, state, state]);
  }
  expect(kernel.states().hall).toBe('alive');
});

test('No read fails while a sibling lives, and none takes over 500 ms', () => {
  const lan = new Lan();
  lan.station('kernel', { kernel: true });
  const kitchen = sensor(lan, 'kitchen', 21);
  sensor(lan, 'hall', 20);
  const app = lan.station('app');
  app.command({ type: 'follow' });
  lan.run(3000);
  const calls: number[] = [];
  for (let i = 0; i < 500; i++) {
    if (i === 100) kitchen.isDown = true;
    calls.push(app.call('temp_sensor'));
    lan.run(20);
  }
  lan.run(3000);
  const outcomes = calls.map((call) => app.outcomes.get(call));
  expect(outcomes.filter((outcome) => outcome?.ok !== true)).toEqual([]);
  expect(Math.max(...outcomes.map((outcome) => outcome?.tookMs ?? 9999))).toBeLessThan(500);
});
