import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../test/cli/house.ts';
import { Door } from '../../test/gateway/door.ts';
import { TdosError } from '../base/errors.ts';
import type { Os } from '../os/os.ts';
import { defineService } from '../os/service.ts';
import { display } from '../services/display.ts';
import * as schemas from './schemas.ts';

let door: Door;
let hall: Os;
const shown: string[] = [];
const value = { hall: 21, kitchen: 25 };

beforeAll(async () => {
  door = await Door.open();
  const temp = (room: 'hall' | 'kitchen') =>
    defineService({
      name: 'temp_sensor',
      version: '1.2.0',
      labels: { room },
      read: () => ({ value: value[room], unit: '°C' }),
      ops: {
        calibrate: {
          safe: false,
          run: (by: unknown) => {
            if (typeof by !== 'number') throw new TdosError('BAD_ARGUMENT', '`calibrate` takes a number.');
            return { by };
          },
        },
        burn: { safe: false, run: () => Promise.reject(new Error('it burnt')) },
      },
    });
  hall = await door.house.node('hall', [temp('hall')]);
  const screen = { clear: () => shown.splice(0), text: (line: string) => shown.push(line), update: () => {} };
  await door.house.node('kitchen', [temp('kitchen'), display(screen)]);
  await until(() => door.kernel.list().length === 3 && door.kernel.complete, 'all services');
});
afterAll(() => door.close());

test('the API tells of the cluster in the shapes that its schemas promise', async () => {
  const { status, json } = await door.ask('/cluster');
  const cluster = v.parse(schemas.Cluster, json);
  expect(status).toBe(200);
  expect(cluster).toEqual(json);
  expect(cluster.nodes.map(({ name, kernel, state, own }) => [name, kernel, state, own])).toEqual([
    ['hall', false, 'alive', false],
    ['kernel', true, 'alive', false],
    ['kitchen', false, 'alive', false],
    ['office', true, 'alive', true],
  ]);
  expect(cluster).toMatchObject({ name: 'office', version: '1.2.3', complete: true });
  expect(cluster.instances[1]).toMatchObject({
    ...{ service: 'temp_sensor', node: 'hall', version: '1.2.0', labels: { room: 'hall' }, state: 'alive' },
    operations: [
      { name: 'read', safe: true },
      { name: 'calibrate', safe: false },
      { name: 'burn', safe: false },
    ],
  });
  const since = cluster.instances[0]?.since ?? 0;
  expect(Date.now() - since).toBeLessThan(60_000);
  expect(Date.now() - since).toBeGreaterThan(-50);
});

test('nodes, services and instances are found one by one, and what there is not is said to be missing', async () => {
  expect(v.parse(schemas.Node, (await door.ask('/nodes/hall')).json).name).toBe('hall');
  const { id } = v.parse(schemas.Node, (await door.ask('/nodes/hall')).json);
  expect((await door.ask(`/nodes/${id}`)).json).toMatchObject({ name: 'hall' });
  expect(v.parse(schemas.Service, (await door.ask('/services/temp_sensor')).json).instances).toHaveLength(2);
  expect(v.parse(v.array(schemas.Instance), (await door.ask('/instances?node=kitchen')).json)).toHaveLength(2);
  expect(v.parse(v.array(schemas.Service), (await door.ask('/services')).json)).toHaveLength(2);
  for (const path of ['/nodes/attic', '/services/attic', '/resources/attic']) {
    const { status, headers, json } = await door.ask(path);
    expect([status, headers['content-type']]).toEqual([404, 'application/problem+json']);
    expect(v.parse(schemas.Problem, json)).toMatchObject({ code: 'NOT_FOUND', type: '/api#NOT_FOUND', status: 404 });
  }
});

test('a resource is read, each of a group is read, and both say how fresh they are', async () => {
  const { json } = await door.ask('/resources/temp_sensor@kitchen?timeoutMs=2000');
  expect(v.parse(schemas.Reading, json)).toMatchObject({ value: 25, unit: '°C', quality: 'live', node: 'kitchen' });
  const survey = v.parse(schemas.Survey, (await door.ask('/resources/temp_sensor@*')).json);
  expect(survey.readings.map(({ node, value: read }) => [node, read])).toEqual([
    ['hall', 21],
    ['kitchen', 25],
  ]);
  expect(survey.failures).toEqual([]);
});

test('a text is written to a display, and can be read back', async () => {
  expect((await door.ask('/resources/display/write', { body: { value: 'Dinner\nis ready' } })).status).toBe(200);
  expect(shown).toEqual(['Dinner', 'is ready']);
  expect((await door.ask('/resources/display')).json).toMatchObject({ value: 'Dinner\nis ready' });
});

test.each<[string, unknown, number, string, string | RegExp]>([
  ['temp_sensor@hall/call/calibrate', { args: 'x' }, 400, 'BAD_ARGUMENT', '`calibrate` takes a number.'],
  ['temp_sensor@hall/call/boil', { args: 1 }, 404, 'BAD_OPERATION', /./],
  ['temp_sensor@hall/call/burn', {}, 502, 'FAILED', 'it burnt'],
  ['temp_sensor@*/call/calibrate', { args: 1 }, 400, 'BAD_ARGUMENT', /Name one instance/],
  ['temp_sensor@hall/call/calibrate', { arg: 1 }, 400, 'BAD_REQUEST', /body\.arg: /],
  ['temp_sensor@hall/call/calibrate', '{"args"', 415, 'NOT_JSON', /no JSON/],
  ['temp_sensor@hall/call/calibrate', { args: 'x'.repeat(70_000) }, 413, 'BODY_TOO_LARGE', /64 KiB/],
])('a call of %s is refused with what is wrong (%#)', async (path, body, status, code, detail) => {
  const answer = await door.ask(`/resources/${path}`, { body });
  expect(answer.status).toBe(status);
  expect(v.parse(schemas.Problem, answer.json)).toMatchObject({ status, code, detail: expect.stringMatching(detail) });
});

test('a call gives what the operation returned', async () => {
  const answer = await door.ask('/resources/temp_sensor@hall/call/calibrate', { body: { args: 2.5, timeoutMs: 2000 } });
  expect([answer.status, answer.json]).toEqual([200, { result: { by: 2.5 } }]);
});

test.each<[string, string, number, string]>([
  ['GET', '/nowhere', 404, 'NO_ROUTE'],
  ['GET', '/api/v2/nodes', 404, 'NO_ROUTE'],
  ['DELETE', '/cluster', 405, 'WRONG_METHOD'],
  ['GET', '/resources/temp_sensor?timeoutMs=soon', 400, 'BAD_REQUEST'],
  ['GET', '/resources/temp_sensor?timeoutMs=5', 400, 'BAD_REQUEST'],
  ['GET', '/events?limit=1&limit=2', 400, 'BAD_REQUEST'],
  ['GET', '/faults', 404, 'NO_FAULTS'],
  ['GET', '/history?service=temp_sensor', 503, 'NO_STORAGE'],
])('%s %s is answered with %i %s', async (method, path, status, code) => {
  const headers = { 'content-type': 'application/json' };
  const answer = await door.ask(path, { method, headers });
  expect([answer.status, v.parse(schemas.Problem, answer.json).code]).toEqual([status, code]);
});

test('a watch tells a reading each beat, and goes on when the value changes', async () => {
  const listener = door.listen('/resources/temp_sensor@hall/watch?everyMs=100');
  await listener.until(({ event, data }) => event === 'reading' && data.value === 21, 'the first reading');
  value.hall = 22;
  const { data } = await listener.until((told) => told.data.value === 22, 'the next value');
  expect(v.parse(schemas.Reading, data)).toMatchObject({ node: 'hall', unit: '°C', quality: 'live' });
  value.hall = 21;
  listener.close();
});

test('the live stream begins with everything, then tells what changes, reads what can be read, and sees a node leave', async () => {
  const listener = door.listen('/live');
  const { data } = await listener.until(({ event }) => event === 'cluster', 'the cluster');
  expect(v.parse(schemas.Change, data).nodes).toHaveLength(4);
  expect(listener.told.find(({ event }) => event === 'session')?.data).toEqual({
    ...{ name: 'office', version: '1.2.3', role: 'write', faults: false },
  });
  const { data: first } = await listener.until(
    (told) => told.event === 'readings' && told.data.readings.some(({ key }: { key: string }) => key === 'temp_sensor'),
    'readings',
  );
  const { readings } = v.parse(v.object({ readings: v.array(schemas.LiveReading) }), first);
  expect(readings.map(({ key }) => key.replace(/@.*/, '@'))).toEqual(['temp_sensor', 'temp_sensor@', 'temp_sensor@']);
  const late = await door.house.node('late', []);
  await listener.until(
    (told) => told.event === 'cluster' && told.data.nodes.some(({ name }: { name: string }) => name === 'late'),
    'the new node',
  );
  await late.close();
  const { data: left } = await listener.until(
    (told) =>
      told.event === 'events' && told.data.events.some(({ text }: { text: string }) => text.startsWith('late left')),
    'its goodbye',
  );
  expect(v.parse(schemas.Events, left).events.at(-1)).toMatchObject({ type: 'node', level: 'notice', node: 'late' });
  listener.close();
});

test('events are kept, filtered and streamed, from where a reader was', async () => {
  const { json } = await door.ask('/events?type=service&service=display');
  const { events } = v.parse(schemas.Events, json);
  expect(events.map(({ text }) => text)).toEqual(['kitchen offers display']);
  const from = (events[0]?.id ?? 0) - 1;
  const listener = door.listen('/events/stream?type=service', { 'last-event-id': String(from) });
  const { id, data } = await listener.until(({ event }) => event === 'event', 'the event again');
  expect([id, data]).toEqual([String(from + 1), events[0]]);
  listener.close();
});

test('the OpenAPI document names every route, and the reference page shows it', async () => {
  const { json } = await door.ask('/openapi.json');
  const document = v.parse(v.looseObject({ openapi: v.string(), paths: v.record(v.string(), v.any()) }), json);
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths)).toContain('/api/v1/resources/{resource}/call/{operation}');
  const parameters = document.paths['/api/v1/events'].get.parameters;
  expect(parameters.find(({ name }: { name: string }) => name === 'level').schema).toEqual({
    type: 'string',
    enum: ['info', 'notice', 'warning', 'error'],
  });
  const page = await door.ask('/api');
  expect(page.status).toBe(200);
  for (const path of Object.keys(document.paths)) expect(page.text).toContain(path);
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
});

test('the gateway closes with its node: streams end, and nobody answers any more', async () => {
  const other = await Door.open();
  const listener = other.listen('/live');
  await listener.until(({ event }) => event === 'cluster', 'the cluster');
  await other.kernel.close();
  await until(() => listener.isOver, 'the end of the stream');
  await expect(other.ask('/cluster')).rejects.toThrow(/ECONNREFUSED|ECONNRESET/);
  await other.close();
});

test('storage is asked for history, page by page', async () => {
  const asked: unknown[] = [];
  const series = [{ service: 'temp_sensor', node: 'hall', unit: '°C', labels: { room: 'hall' } }];
  const storage = await hall.provide(
    defineService({
      name: 'storage',
      ops: {
        query: {
          safe: true,
          run: (args: { readonly after?: string }) => {
            asked.push(args);
            const points = args.after === undefined ? [[0, 1000, 20, 19, 21, 20, 4]] : [[0, 2000, 22, 22, 22, 22, 1]];
            return { node: 'hall', step: 1000, series, points, ...(args.after === undefined ? { next: 'p2' } : {}) };
          },
        },
      },
    }),
  );
  await until(() => door.kernel.info('storage') !== undefined, 'the storage');
  const { json } = await door.ask('/history?service=temp_sensor&from=1000&to=3000&points=10');
  expect(v.parse(schemas.History, json)).toEqual({
    ...{ from: 1000, to: 3000, stepMs: 1000, storage: 'hall' },
    series: [
      {
        ...{ service: 'temp_sensor', node: 'hall', unit: '°C' },
        points: [
          [1000, 20, 19, 21, 4],
          [2000, 22, 22, 22, 1],
        ],
      },
    ],
  });
  expect(asked).toEqual([
    { service: 'temp_sensor', from: 1000, to: 3000, points: 10 },
    { service: 'temp_sensor', from: 1000, to: 3000, points: 10, after: 'p2' },
  ]);
  expect((await door.ask('/history?service=temp_sensor&from=2&to=1')).status).toBe(400);
  await storage.withdraw();
});

test('says why a resource gives what it gives', async () => {
  const well = await door.ask('/resources/temp_sensor%40hall/why');
  expect([well.status, v.parse(schemas.Explanation, well.json)]).toEqual([200, well.json]);
  expect(well.json).toMatchObject({ resource: 'temp_sensor@hall', cause: 'ok', by: 'office' });
  const old = await door.ask('/resources/temp_sensor/why?versions=%5E2');
  expect(old.json).toMatchObject({ cause: 'wrong-version', findings: [{ cause: 'wrong-version' }] });
  expect((await door.ask('/resources/nothing/why')).json).toMatchObject({ cause: 'never-seen' });
  expect((await door.ask('/resources/%40/why')).status).toBe(400);
});
