import { afterEach, beforeEach, expect, test } from 'vitest';
import { Site } from './tdos.ts';

let site: Site;
beforeEach(async () => {
  site = await Site.open();
});
afterEach(() => site.close());

const APP = `export default async function () { console.log('the app says', { n: 1 }); throw new Error('it broke'); }`;

test('--log json: every line is an object with time, level and node, and none holds a token', async () => {
  const app = site.file('app.ts', APP);
  const options = ['--http', '0', '--http-token', '--log', 'json', '--log-level', 'debug', '--name', 'k'];
  const kernel = site.start(['kernel', ...options, '--app', app]);
  const up = JSON.parse(await kernel.line('the node is up'));
  expect(up).toEqual({
    ...{ time: expect.stringMatching(/^\d{4}-.*Z$/), level: 'info', node: 'k', msg: 'the node is up' },
    ...{ kernel: true, serves: [], port: site.port, http: expect.stringMatching(/^http:/) },
  });
  const app1 = JSON.parse(await kernel.line('the app says'));
  expect(app1).toMatchObject({ level: 'info', source: 'console', msg: 'the app says { n: 1 }' });
  expect(JSON.parse(await kernel.line('it broke'))).toMatchObject({ level: 'error' });
  await fetch(`${up.http}/api/v1/session?secret=1`, { headers: { authorization: 'Bearer tdos-write-secret' } });
  const asked = JSON.parse(await kernel.line('GET /api/v1/session'));
  expect(asked).toMatchObject({ level: 'debug', method: 'GET', path: '/api/v1/session', status: 401 });
  const sensor = site.start(['sensor', 'temp_sensor', '--name', 'attic', '--log', 'json']);
  await sensor.line('the node is up');
  const offer = JSON.parse(await kernel.line('attic offers temp_sensor'));
  expect(offer).toMatchObject({ level: 'info', node: 'k', event: { type: 'service', name: 'attic' } });
  await sensor.stop();
  expect(JSON.parse(await kernel.line('attic is dead'))).toMatchObject({ level: 'error', event: { state: 'dead' } });
  expect(JSON.parse(await kernel.line('attic is suspect'))).toMatchObject({ level: 'warn' });
  for (const line of [...kernel.lines, ...sensor.lines]) expect(typeof JSON.parse(line).msg).toBe('string');
  expect(kernel.lines.join()).not.toMatch(/secret|tdos-(read|write)-/);
}, 30_000);

test('--log-level leaves out what is below it, also for people', async () => {
  const kernel = site.start(['kernel', '--log-level', 'error', '--name', 'k']);
  await kernel.line('k: kernel on port');
  const sensor = site.start(['sensor', 'temp_sensor', '--name', 'attic']);
  await site.until(['ls'], (seen) => JSON.stringify(seen).includes('attic'));
  await sensor.stop();
  await kernel.line('attic is dead');
  expect(kernel.lines.filter((line) => line.includes('attic'))).toEqual([expect.stringContaining('attic is dead')]);
}, 30_000);
