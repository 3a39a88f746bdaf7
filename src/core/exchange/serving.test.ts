import { expect, test } from 'vitest';
import { instant } from '../../base/time.ts';
import type { Ack, Failure, Request, Response, ServiceOffer } from '../../wire/message.ts';
import { type Config, configure } from '../config.ts';
import { type Caller, Serving } from './serving.ts';

const OWN_EPOCH = 9;
const OFFER: ServiceOffer = {
  ...{ index: 0, name: 'soil', version: '1.0.0', labels: {} },
  capabilities: ['read', 'calibrate!'],
};
const ANNA: Caller = { node: 1, epoch: 1, address: '10.0.0.1:1' };

function sentence(message: Response | Failure | Ack): string {
  if (message.type === 'response') return `response ${message.callId} ${JSON.stringify(message.value)}`;
  if (message.type === 'error') return `error ${message.callId} ${message.code}`;
  return `${message.kind} ${message.id}`;
}

/** A server, and a log of all it does: `12: run 1 soil.read`. */
function setUp(changes: Partial<Config> = {}) {
  const log: string[] = [];
  let now = instant(0);
  const serving = new Serving(configure({ ackAfterMs: 50, ...changes }), {
    execute: (execution, work) => log.push(`${now}: run ${execution} ${work.service}.${work.op} for ${work.leftMs}`),
    reply: (client, message) => log.push(`${now}: ${sentence(message)} to ${client.address}`),
  });
  return {
    serving,
    log,
    /** What happened since the last look. */
    took: () => log.splice(0),
    at(ms: number) {
      // The driver's way: wake whenever asked, and only then.
      for (let wake = serving.nextWake(); wake !== undefined && wake <= ms; wake = serving.nextWake()) {
        now = instant(Math.max(wake, now));
        serving.advance(now);
      }
      now = instant(ms);
    },
    ask(
      callId: number,
      op: string,
      change: Partial<Request> = {},
      from = ANNA,
      offer: ServiceOffer | undefined = OFFER,
    ) {
      const limits = { takesKiB: 64, window: 16 };
      const fixed = { type: 'request', callId, serverEpoch: OWN_EPOCH, leftMs: 1000, ...limits } as const;
      serving.request(from, { ...fixed, service: 'soil', op, args: undefined, ...change }, OWN_EPOCH, offer, now);
    },
    answer: (execution: number, value: unknown) => serving.answer(execution, { ok: true, value }, now),
    fail: (execution: number) => serving.answer(execution, { ok: false, code: 'FAILED', message: 'dry' }, now),
  };
}

test('Serving runs a call once and answers its repeats from memory, to where they come from now', () => {
  const { ask, answer, at, took } = setUp();
  ask(7, 'read');
  at(3);
  answer(1, 21.5);
  at(40);
  ask(7, 'read', { leftMs: 960 }, { ...ANNA, address: '10.0.0.1:2' });
  expect(took()).toEqual([
    '0: run 1 soil.read for 1000',
    '3: response 7 21.5 to 10.0.0.1:1',
    '40: response 7 21.5 to 10.0.0.1:2',
  ]);
});

test('Serving passes on the failure of an operation, and keeps it for repeats', () => {
  const { ask, fail, took } = setUp();
  ask(7, 'calibrate');
  fail(1);
  ask(7, 'calibrate');
  expect(took()).toEqual([
    '0: run 1 soil.calibrate for 1000',
    '0: error 7 FAILED to 10.0.0.1:1',
    '0: error 7 FAILED to 10.0.0.1:1',
  ]);
});

test.each<[string, string, Partial<Request>, ServiceOffer | undefined]>([
  ['WRONG_EPOCH', 'read', { serverEpoch: 8 }, OFFER],
  ['EXPIRED', 'read', { leftMs: 0 }, OFFER],
  ['NOT_FOUND', 'read', {}, undefined],
  ['BAD_OPERATION', 'write', {}, OFFER],
  ['BAD_OPERATION', 'calibrate!', {}, OFFER],
])('Serving refuses with %s, runs nothing and remembers nothing: %s %j', (code, op, change, offer) => {
  const { serving, took } = setUp();
  const request = { callId: 7, serverEpoch: OWN_EPOCH, leftMs: 1000, takesKiB: 4, window: 1, ...change };
  const whole: Request = { type: 'request', service: 'soil', op, args: undefined, ...request };
  serving.request(ANNA, whole, OWN_EPOCH, offer, instant(0));
  expect(took()).toEqual([`0: error 7 ${code} to 10.0.0.1:1`]);
  expect([serving.size, serving.nextWake()]).toEqual([0, undefined]);
});

test('Serving takes a call from whoever does not know its epoch yet', () => {
  const { ask, took } = setUp();
  ask(7, 'read', { serverEpoch: 0 });
  expect(took()).toEqual(['0: run 1 soil.read for 1000']);
});

test('Serving tells calls apart by node, epoch and call id', () => {
  const { serving, ask } = setUp();
  ask(7, 'calibrate');
  ask(8, 'calibrate');
  ask(7, 'calibrate', {}, { ...ANNA, node: 2 });
  ask(7, 'calibrate', {}, { ...ANNA, epoch: 2 });
  expect([serving.size, serving.underWay]).toEqual([4, 4]);
});

test('Serving says that it works after 50 ms, then every 250 ms, and nothing from the deadline on', () => {
  const { ask, answer, at, took } = setUp();
  ask(7, 'calibrate', { leftMs: 700 });
  at(699);
  expect(took().slice(1)).toEqual([
    '50: working 7 to 10.0.0.1:1',
    '300: working 7 to 10.0.0.1:1',
    '550: working 7 to 10.0.0.1:1',
  ]);
  at(1200);
  answer(1, 'late');
  expect(took()).toEqual([]);
  // Whoever repeats it still waits, longer than the first transmission could say.
  ask(7, 'calibrate', { leftMs: 500 });
  expect(took()).toEqual(['1200: response 7 "late" to 10.0.0.1:1']);
});

test('Serving answers the repeat of a call that has run for a moment, and moves its next word', () => {
  const { ask, at, took } = setUp();
  ask(7, 'read');
  at(40);
  ask(7, 'read');
  expect(took()).toEqual(['0: run 1 soil.read for 1000']);
  at(200);
  ask(7, 'read');
  at(449);
  expect(took()).toEqual(['50: working 7 to 10.0.0.1:1', '200: working 7 to 10.0.0.1:1']);
  at(450);
  expect(took()).toEqual(['450: working 7 to 10.0.0.1:1']);
});

test('Serving answers where the latest repeat came from, and nobody who waits no more', () => {
  const { ask, answer, at, took } = setUp();
  ask(7, 'read', { leftMs: 100 });
  ask(7, 'read', { leftMs: 100 }, { ...ANNA, address: '10.0.0.1:2' });
  answer(1, 21.5);
  at(200);
  ask(7, 'read', { leftMs: 0 });
  expect(took()).toEqual(['0: run 1 soil.read for 100', '0: response 7 21.5 to 10.0.0.1:2']);
});

test('Serving says of each call on time that it works', () => {
  const { ask, at, took } = setUp();
  ask(1, 'read');
  at(60);
  ask(2, 'read');
  at(300);
  expect(took().filter((line) => line.includes('working'))).toEqual([
    '50: working 1 to 10.0.0.1:1',
    '110: working 2 to 10.0.0.1:1',
    '300: working 1 to 10.0.0.1:1',
  ]);
});

test('Serving answers again when the blocks of a call come again', () => {
  const { serving, ask, answer, took } = setUp();
  ask(7, 'read');
  answer(1, 21.5);
  took();
  const known = [
    serving.repeated({ ...ANNA, address: '10.0.0.1:2' }, 7, instant(500)),
    serving.repeated(ANNA, 8, instant(500)),
    serving.repeated({ ...ANNA, epoch: 2 }, 7, instant(500)),
    serving.repeated(ANNA, 7, instant(1000)),
  ];
  expect(known).toEqual([true, false, false, true]);
  expect(took()).toEqual(['0: response 7 21.5 to 10.0.0.1:2']);
});

test('Serving goes on with a long call as long as its caller repeats it', () => {
  const { ask, answer, at, took } = setUp();
  ask(7, 'calibrate', { leftMs: 0xffff });
  at(60_000);
  ask(7, 'calibrate', { leftMs: 60_000 });
  at(100_000);
  took();
  answer(1, 'done');
  expect(took()).toEqual(['100000: response 7 "done" to 10.0.0.1:1']);
});

test('Serving says BUSY to an unsafe call without room, evicts nothing, and has room when calls are over', () => {
  const { serving, ask, answer, at, took } = setUp({ maxUnsafe: 2, flightMs: 100 });
  ask(1, 'calibrate', { leftMs: 500 });
  ask(2, 'calibrate', { leftMs: 800 });
  ask(9, 'read');
  answer(1, 'one');
  answer(2, 'two');
  answer(3, 'a read makes no place for it');
  took();
  ask(3, 'calibrate');
  ask(1, 'calibrate', { leftMs: 500 });
  expect(took()).toEqual(['0: error 3 BUSY to 10.0.0.1:1', '0: response 1 "one" to 10.0.0.1:1']);
  at(599);
  ask(3, 'calibrate');
  ask(4, 'read');
  expect(took()).toEqual(['599: error 3 BUSY to 10.0.0.1:1', '599: run 4 soil.read for 1000']);
  at(600);
  ask(3, 'calibrate', { leftMs: 900 });
  expect(took()).toEqual(['600: run 5 soil.calibrate for 900']);
  expect(serving.size).toBe(4);
});

test('Serving lets the oldest answered read make place for a new one', () => {
  const { serving, ask, answer, took } = setUp({ maxSafe: 3 });
  for (const callId of [1, 2, 3]) ask(callId, 'read');
  answer(2, 'second');
  answer(1, 'first');
  ask(4, 'read');
  took();
  ask(1, 'read');
  ask(2, 'read');
  expect(took()).toEqual(['0: response 1 "first" to 10.0.0.1:1', '0: run 5 soil.read for 1000']);
  expect(serving.size).toBe(3);
});

test('Serving remembers the newest reads, and no read pushes out an unsafe call', () => {
  const { serving, ask, answer, took } = setUp({ maxSafe: 3 });
  ask(1, 'calibrate');
  answer(1, 'once');
  for (let callId = 2; callId <= 40; callId += 1) {
    ask(callId, 'read');
    answer(callId, callId);
  }
  took();
  for (const callId of [40, 39, 38, 1]) ask(callId, callId === 1 ? 'calibrate' : 'read');
  expect(took()).toEqual([
    '0: response 40 40 to 10.0.0.1:1',
    '0: response 39 39 to 10.0.0.1:1',
    '0: response 38 38 to 10.0.0.1:1',
    '0: response 1 "once" to 10.0.0.1:1',
  ]);
  expect(serving.size).toBe(4);
});

test('Serving says BUSY when all the reads it may remember are under way', () => {
  const { serving, ask, answer, at, took } = setUp({ maxSafe: 2 });
  ask(1, 'read');
  ask(2, 'read');
  took();
  ask(3, 'read', { leftMs: 1001 });
  expect(took()).toEqual(['0: error 3 BUSY to 10.0.0.1:1']);
  answer(2, 'second');
  ask(3, 'read');
  expect(took()).toEqual(['0: response 2 "second" to 10.0.0.1:1', '0: run 3 soil.read for 1000']);
  // Handlers that never end do not block the service for ever.
  at(2000);
  took();
  ask(4, 'read');
  expect(took()).toEqual(['2000: run 4 soil.read for 1000']);
  expect([serving.size, serving.underWay]).toEqual([1, 1]);
});

test('Serving forgets everything once no transmission can be in flight, and wakes no more', () => {
  const { serving, ask, answer, at, took } = setUp();
  ask(1, 'read');
  answer(1, 'one');
  ask(2, 'calibrate', { leftMs: 1500 });
  at(1999);
  expect(serving.size).toBe(2);
  at(2499);
  expect(serving.size).toBe(1);
  at(2600);
  took();
  answer(2, 'nobody waits');
  expect([serving.size, serving.underWay, serving.nextWake(), took()]).toEqual([0, 0, undefined, []]);
});

test('Serving forgets a short call before a long one, and looks at its table four times a second at most', () => {
  const { serving } = setUp();
  const request = { type: 'request', serverEpoch: 0, takesKiB: 4, window: 1, service: 'soil', op: 'read' } as const;
  for (let callId = 500; callId > 0; callId -= 1) {
    const whole = { ...request, callId, leftMs: 2 * callId, args: undefined };
    serving.request(ANNA, whole, OWN_EPOCH, OFFER, instant(0));
    serving.answer(501 - callId, { ok: true, value: 1 }, instant(0));
  }
  const sizes: string[] = [];
  for (let wake = serving.nextWake(); wake !== undefined; wake = serving.nextWake()) {
    serving.advance(wake);
    sizes.push(`${wake}: ${serving.size}`);
  }
  expect(sizes).toEqual(['1002: 499', '1252: 374', '1502: 249', '1752: 124', '2002: 0']);
});

test('Serving.load() grows with what is under way', () => {
  const { serving, ask, answer } = setUp();
  const loads = [serving.load()];
  for (let callId = 1; callId <= 100; callId += 1) {
    ask(callId, 'read');
    if (callId === 1 || callId === 8 || callId === 100) loads.push(serving.load());
  }
  for (let execution = 1; execution <= 100; execution += 1) answer(execution, 1);
  expect([...loads, serving.load()]).toEqual([0, 28, 127, 236, 0]);
});
