import { expect, test } from 'vitest';
import { codec } from '../../../test/vectors/codec.ts';
import { Random } from '../../base/random.ts';
import { instant } from '../../base/time.ts';
import type { ServiceOffer } from '../../wire/message.ts';
import { encodeV1 } from '../../wire/v1.ts';
import { type Config, configure } from '../config.ts';
import { BoardServing } from './serving.ts';

const SOIL: ServiceOffer = {
  ...{ index: 0, name: 'soil', version: '1.0.0', labels: { sensor_type: 'analog' } },
  capabilities: ['read', 'dry!'],
};
const LIGHT: ServiceOffer = { ...SOIL, index: 1, name: 'light', labels: {} };
const KERNEL = '10.77.0.99:46844';

const NAMES: Record<number, string> = { 1: 'announce', 4: 'response', 5: 'heartbeat', 6: 'error' };

/** What the original kernels see, as a log: `0: broadcast announce {…}`. */
function setUp(changes: Partial<Config> = {}) {
  const log: string[] = [];
  let now = instant(0);
  const serving = new BoardServing(configure(changes), new Random(1), {
    openPort: (service) => log.push(`open ${service}`),
    closePort: (service) => log.push(`close ${service}`),
    send(to, draft, door) {
      if (encodeV1({ ...draft, ts: 0 }, codec) === undefined) return false;
      const { type, payload, replyTo } = draft;
      log.push(`${now}: ${NAMES[type]} ${JSON.stringify(payload)} for ${replyTo} to ${to} by ${door}`);
      return true;
    },
    broadcast: ({ type, payload }) => log.push(`${now}: broadcast ${NAMES[type]} ${JSON.stringify(payload)}`),
    execute: (execution, work) => log.push(`${now}: run ${execution} ${JSON.stringify(work)}`),
  });
  const open = (offer: ServiceOffer, port: number) => {
    serving.offered(offer, now);
    serving.portOpened(offer.name, port, now);
    log.splice(0);
  };
  return {
    ...{ serving, open },
    took: () => log.splice(0),
    at(ms: number) {
      for (let wake = serving.nextWake(); wake !== undefined && wake <= ms; wake = serving.nextWake()) {
        now = instant(Math.max(wake, now));
        serving.advance(now);
      }
      now = instant(ms);
    },
    ask: (id: string, payload: Record<string, unknown>, service: string | undefined = 'soil', from = KERNEL) =>
      serving.receive({ type: 3, id, ts: 0, payload, replyTo: undefined }, from, service, now),
    query: (payload: Record<string, unknown>) =>
      serving.receive({ type: 2, id: 'q', ts: 0, payload, replyTo: undefined }, KERNEL, undefined, now),
    answer: (execution: number, value: unknown) => serving.answer(execution, { ok: true, value }, now),
    fail: (execution: number) =>
      serving.answer(execution, { ok: false, code: 'FAILED', message: 'The probe is dry.' }, now),
  };
}

const ANNOUNCED = '{"service":"soil","port":5000,"capabilities":["read","dry"],"sensor_type":"analog","tdos":2}';
const BEAT = '{"service":"soil","status":"healthy","tdos":2}';
const run = (execution: number, op: string, args = '') =>
  `run ${execution} {"service":"soil","op":"${op}",${args}"client":0,"leftMs":2000}`;

test('BoardServing opens a port for each service, announces it ever more rarely, to every 30 s, and beats every 5 s', () => {
  const { serving, at, took } = setUp();
  serving.offered(SOIL, instant(0));
  serving.portOpened('soil', 5000, instant(0));
  expect(took()).toEqual(['open soil']);
  at(100_000);
  const log = took();
  const announced = [0, 1000, 3000, 7000, 15_000, 31_000, 61_000, 91_000];
  expect(log.filter((line) => line.includes('announce'))).toEqual(
    announced.map((ms) => `${ms}: broadcast announce ${ANNOUNCED}`),
  );
  const beats = Array.from({ length: 21 }, (_, beat) => `${beat * 5000}: broadcast heartbeat ${BEAT}`);
  expect(log.filter((line) => line.includes('heartbeat'))).toEqual(beats);
});

test('BoardServing announces a change as often as what is new', () => {
  const { serving, open, at, took } = setUp();
  open(SOIL, 5000);
  at(20_000);
  took();
  serving.offered({ ...SOIL, version: '1.1.0' }, instant(20_000));
  at(24_000);
  const moments = took().filter((line) => line.includes('broadcast announce'));
  expect(moments.map((line) => Number.parseInt(line, 10))).toEqual([20_000, 21_000, 23_000]);
});

test('BoardServing announces its services one after the other, as fast as a board takes them', () => {
  const { serving, at, took } = setUp();
  const names = ['a', 'b', 'c', 'd'];
  for (const name of names) serving.offered({ ...SOIL, name }, instant(0));
  for (const name of names) serving.portOpened(name, 5000, instant(0));
  at(2000);
  const moments = took().filter((line) => line.includes('broadcast announce'));
  expect(moments.map((line) => Number.parseInt(line, 10))).toEqual([0, 50, 100, 150, 1000, 1050, 1100, 1150]);
});

test('BoardServing announces a change on the port that is open, and falls silent on withdrawal', () => {
  const { serving, open, took, ask } = setUp();
  open(SOIL, 5000);
  serving.offered({ ...SOIL, capabilities: ['read'] }, instant(0));
  serving.withdrawn('soil');
  serving.withdrawn('soil');
  serving.portOpened('soil', 5000, instant(0));
  const announced = ANNOUNCED.replace(',"dry"', '');
  expect(took()).toEqual([`0: broadcast announce ${announced}`, 'close soil']);
  expect([ask('a', { op: 'read' }), serving.nextWake(), took()]).toEqual([false, undefined, []]);
});

test('BoardServing keeps quiet about a service whose port is not open yet', () => {
  const { serving, query, took } = setUp();
  serving.offered(SOIL, instant(0));
  serving.offered({ ...SOIL, version: '1.1.0' }, instant(0));
  query({});
  expect([took(), serving.nextWake()]).toEqual([['open soil'], undefined]);
});

test('BoardServing answers a query to the asker, and by broadcast once a second', () => {
  const { open, query, at, took } = setUp();
  open(SOIL, 5000);
  open(LIGHT, 5001);
  at(20_500);
  took();
  expect(query({ service: 'soil' })).toBe(true);
  const answer = `announce ${ANNOUNCED} for q to ${KERNEL} by v1:soil`;
  at(21_499);
  expect(took()).toEqual([`20500: ${answer}`, `20500: broadcast announce ${ANNOUNCED}`]);
  query({ service: 'soil' });
  expect(took()).toEqual([`21499: ${answer}`]);
  at(21_500);
  query({});
  at(22_000);
  expect(took().map((line) => line.slice(0, 23))).toEqual([
    '21500: announce {"servi',
    '21500: announce {"servi',
    '21500: broadcast announ',
    '21550: broadcast announ',
  ]);
  query({ service: 'pump' });
  expect([query({ tdos: 2 }), took()]).toEqual([false, []]);
});

test('BoardServing runs a read each time it is asked, and answers as the original board does', () => {
  const { open, ask, answer, took } = setUp();
  open(SOIL, 5000);
  ask('deadbee1', { op: 'read' });
  ask('deadbee1', { op: 'read' });
  answer(-1, { value: 28, unit: '%' });
  answer(-2, 28);
  answer(-2, 29);
  answer(1, 'of another');
  expect(took()).toEqual([
    `0: ${run(-1, 'read')}`,
    `0: ${run(-2, 'read')}`,
    `0: response {"value":28,"unit":"%"} for deadbee1 to ${KERNEL} by v1:soil`,
    `0: response {"value":28} for deadbee1 to ${KERNEL} by v1:soil`,
  ]);
});

test('BoardServing turns lists and nothing into an object with a value', () => {
  const { open, ask, answer, took } = setUp();
  open(SOIL, 5000);
  for (const id of ['1', '2', '3']) ask(id, { op: 'read' });
  answer(-1, [1, 2]);
  answer(-2, undefined);
  answer(-3, null);
  expect(took().slice(3)).toEqual([
    `0: response {"value":[1,2]} for 1 to ${KERNEL} by v1:soil`,
    `0: response {"value":null} for 2 to ${KERNEL} by v1:soil`,
    `0: response {"value":null} for 3 to ${KERNEL} by v1:soil`,
  ]);
});

test('BoardServing runs an unsafe request once in ten seconds, and answers its repeats from memory', () => {
  const { serving, open, ask, fail, at, took } = setUp();
  open(SOIL, 5000);
  ask('a', { op: 'dry', args: { to: 0 } });
  ask('a', { op: 'dry', args: { to: 0 } });
  expect(took()).toEqual([`0: ${run(-1, 'dry', '"args":{"to":0},')}`]);
  fail(-1);
  const error = `error {"error":"The probe is dry."} for a to ${KERNEL} by v1:soil`;
  at(9999);
  took();
  ask('a', { op: 'dry' });
  expect(took()).toEqual([`9999: ${error}`]);
  at(10_000);
  took();
  ask('a', { op: 'dry' });
  expect([took(), serving.size]).toEqual([[`10000: ${run(-2, 'dry')}`], 2]);
});

test('BoardServing tells unsafe requests apart by sender, message id and service', () => {
  const { open, ask, took } = setUp();
  open(SOIL, 5000);
  open({ ...LIGHT, capabilities: ['dry!'] }, 5001);
  ask('a', { op: 'dry' });
  ask('b', { op: 'dry' });
  ask('a', { op: 'dry' }, 'light');
  ask('a', { op: 'dry' }, 'soil', '10.77.0.98:46844');
  expect(took().length).toBe(4);
});

test('BoardServing does not send an answer for which the original caller waits no more', () => {
  const { open, ask, answer, at, took } = setUp();
  open(SOIL, 5000);
  ask('a', { op: 'read' });
  ask('b', { op: 'dry' });
  at(2000);
  took();
  answer(-1, 1);
  answer(-2, 2);
  expect(took()).toEqual([]);
  ask('b', { op: 'dry' });
  expect(took()).toEqual([`2000: response {"value":2} for b to ${KERNEL} by v1:soil`]);
});

test.each<[string, Record<string, unknown>]>([
  ['an unknown operation', { op: 'write' }],
  ['no operation', {}],
  ['an operation that is no text', { op: 7 }],
  ['an operation with the mark of the list', { op: 'dry!' }],
])('BoardServing answers %s as the original board does', (_, payload) => {
  const { open, ask, took } = setUp();
  open(SOIL, 5000);
  ask('a', payload);
  expect(took()).toEqual([`0: error {"error":"Unknown operation"} for a to ${KERNEL} by v1:soil`]);
});

test('BoardServing says in words that an answer does not fit one datagram', () => {
  const { open, ask, answer, took } = setUp();
  open(SOIL, 5000);
  ask('a', { op: 'read' });
  answer(-1, 'x'.repeat(1000));
  const words = 'The answer does not fit one datagram';
  expect(took()[1]).toBe(`0: error {"error":"${words}"} for a to ${KERNEL} by v1:soil`);
});

test('BoardServing says that it is busy when a table is full, and has room again after ten seconds', () => {
  const { serving, open, ask, answer, at, took } = setUp({ maxSafe: 2, maxUnsafe: 1 });
  open(SOIL, 5000);
  ask('a', { op: 'dry' });
  ask('b', { op: 'dry' });
  ask('c', { op: 'read' });
  ask('d', { op: 'read' });
  const busy = (id: string) => `0: error {"error":"Busy: too many requests at once"} for ${id} to ${KERNEL} by v1:soil`;
  expect(took()).toEqual([`0: ${run(-1, 'dry')}`, busy('b'), `0: ${run(-2, 'read')}`, busy('d')]);
  at(10_000);
  expect(serving.size).toBe(0);
  took();
  answer(-1, 'late');
  ask('d', { op: 'read' });
  expect(took()).toEqual([`10000: ${run(-3, 'read')}`]);
});

test('BoardServing leaves alone what is no request, and requests that came by no door of a service', () => {
  const { serving, open, ask, took } = setUp();
  open(SOIL, 5000);
  const other = { type: 4, id: 'a', ts: 0, payload: { op: 'read' }, replyTo: undefined };
  const at = instant(0);
  expect([ask('a', { op: 'read' }, 'pump'), serving.receive(other, KERNEL, 'soil', at)]).toEqual([false, false]);
  expect(serving.receive({ ...other, type: 3 }, KERNEL, undefined, at)).toBe(false);
  expect(took()).toEqual([]);
});
