import { beforeEach, expect, test } from 'vitest';
import { command, instance, Surroundings } from '../../../test/surroundings.ts';
import type { ErrorCode } from '../../base/errors.ts';
import { instant } from '../../base/time.ts';
import { configure } from '../config.ts';
import type { Outcome } from '../model.ts';
import { Calls } from './calls.ts';

const at = instant;

let around: Surroundings;
let calls: Calls;

beforeEach(() => {
  around = new Surroundings();
  calls = new Calls(configure({ maxCalls: 3 }), 0xffff_fffe, around);
});

const lastId = (): number => around.sent.at(-1)?.transmission.callId ?? 0;
const answer = (from: number, epoch = 1, callId = lastId(), now = at(10)): void =>
  calls.answered(from, epoch, { type: 'response', callId, value: `by ${from}` }, now);
const refuse = (from: number, code: ErrorCode, epoch = 1, now = at(10)): void =>
  calls.answered(from, epoch, { type: 'error', callId: lastId(), code, message: code.toLowerCase() }, now);
const end = (): Outcome | undefined => around.outcomes.at(-1)?.outcome;
const sentTo = (): number[] => around.sent.map(({ to }) => to);

test('An answer ends the call; call ids go round and are never 0', () => {
  calls.start(command(1), at(0));
  answer(1);
  expect(end()).toEqual({ ok: true, value: 'by 1', node: 1, nodeName: 'n1', sibling: false, tookMs: 10, tries: 1 });
  for (const call of [2, 3]) calls.start(command(call), at(0));
  expect(around.sent.map(({ transmission }) => transmission.callId)).toEqual([0xffff_ffff, 1, 2]);
});

test('An answer from another node, under another epoch or for no call is late, and ends nothing', () => {
  calls.start(command(1), at(0));
  answer(2);
  answer(1, 9);
  answer(1, 1, 77);
  expect([around.lates, around.outcomes]).toEqual([3, []]);
  answer(1);
  answer(1);
  expect([around.lates, around.outcomes.length]).toEqual([4, 1]);
});

test('A safe call that gets no answer moves to the sibling, whose answer counts; so would one of the first', () => {
  calls.start(command(1), at(0));
  calls.advance(at(100));
  expect([sentTo(), around.log]).toEqual([
    [1, 2],
    ['1 unanswered', '1 to 2: no answer'],
  ]);
  answer(1, 1, lastId(), at(120));
  expect(end()).toMatchObject({ ok: true, value: 'by 1', sibling: false, tries: 2, tookMs: 120 });
});

test('An unsafe call stays with its node, and ends as unknown at its deadline', () => {
  calls.start(command(1, 'save', 350), at(0));
  for (const now of [100, 200, 300, 350]) calls.advance(at(now));
  expect(sentTo()).toEqual([1, 1, 1, 1]);
  expect(end()).toMatchObject({ ok: false, code: 'OUTCOME_UNKNOWN', node: 1 });
});

test('Each transmission tells the time that is left', () => {
  calls.start(command(1, 'save', 350), at(0));
  for (const now of [100, 200, 300]) calls.advance(at(now));
  expect(around.sent.map(({ transmission }) => transmission.leftMs)).toEqual([350, 250, 150, 50]);
});

test('An unsafe call moves when the refusal of its only transmission proves that it did not run', () => {
  for (const code of ['BUSY', 'NOT_FOUND', 'WRONG_EPOCH'] as const) {
    around = new Surroundings();
    calls = new Calls(configure(), 1, around);
    calls.start(command(1, 'save'), at(0));
    refuse(1, code, code === 'WRONG_EPOCH' ? 2 : 1);
    expect([code, sentTo()]).toEqual([code, [1, 2]]);
  }
});

test('After a second transmission no refusal proves anything: the unsafe call stays where it is', () => {
  calls.start(command(1, 'save'), at(0));
  calls.advance(at(100));
  for (const code of ['BUSY', 'NOT_FOUND', 'EXPIRED'] as const) refuse(1, code, 1, at(110));
  expect([sentTo(), around.outcomes]).toEqual([[1, 1], []]);
  refuse(1, 'WRONG_EPOCH', 2, at(120));
  expect(end()).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
});

test('An unsafe call ends as unknown when its node dies, restarts, or this node changes its own epoch', () => {
  const trouble = [
    () => {
      around.instances = [instance(2)];
      calls.nodeGone(1, at(50));
    },
    () => {
      around.instances = [instance(1, 2), instance(2)];
      calls.advance(at(100));
    },
    () => calls.reborn(at(50)),
  ];
  for (const [number, happen] of trouble.entries()) {
    around = new Surroundings();
    calls = new Calls(configure(), 1, around);
    calls.start(command(1, 'save'), at(0));
    happen();
    expect([number, end(), sentTo()]).toMatchObject([number, { code: 'OUTCOME_UNKNOWN' }, [1]]);
  }
});

test('A safe call goes on when its node dies, and when this node changes its epoch', () => {
  calls.start(command(1), at(0));
  calls.reborn(at(10));
  around.instances = [instance(2)];
  calls.nodeGone(1, at(50));
  answer(2);
  expect(end()).toMatchObject({ ok: true, sibling: true });
});

test('A call to a node that restarts again and again is sent 64 times at most', () => {
  around.instances = [instance(1)];
  calls.start(command(1), at(0));
  for (let epoch = 2; epoch < 100; epoch += 1) {
    around.instances = [instance(1, epoch)];
    refuse(1, 'WRONG_EPOCH', epoch);
  }
  expect([sentTo().length, around.outcomes.length, end()]).toMatchObject([64, 1, { code: 'OUTCOME_UNKNOWN' }]);
});

test('A failed read is tried at the sibling; a failed command is not', () => {
  calls.start(command(1), at(0));
  refuse(1, 'FAILED');
  expect([sentTo(), around.log.at(-1)]).toEqual([[1, 2], '1 to 2: failed']);
  refuse(2, 'FAILED');
  expect(end()).toMatchObject({ ok: false, code: 'FAILED', message: 'failed' });
  calls.start(command(2, 'save'), at(0));
  refuse(1, 'FAILED');
  expect([end(), sentTo()]).toMatchObject([{ code: 'FAILED' }, [1, 2, 1]]);
});

test('A call waits for a first instance up to its time, and goes when one appears', () => {
  around.instances = [];
  calls.start(command(1), at(0));
  calls.start(command(2, 'read', 300), at(0));
  calls.advance(at(300));
  expect(end()).toMatchObject({ code: 'NOT_FOUND', tries: 0 });
  around.instances = [instance(1)];
  calls.recheck(at(400));
  answer(1, 1, lastId(), at(420));
  expect(end()).toMatchObject({ ok: true, tookMs: 20 });
});

test('What rules out every instance is said at once', () => {
  around.instances = [];
  for (const [why, code] of [
    ['version', 'VERSION_MISMATCH'],
    ['dead', 'UNAVAILABLE'],
  ] as const) {
    around.why = why;
    calls.start(command(1), at(0));
    expect([why, end()]).toMatchObject([why, { code }]);
  }
});

test('A call without a living instance names what was asked for, as it was opened', () => {
  around.instances = [];
  around.why = 'dead';
  const asked = [{}, { at: 'hall' }, { label: { key: 'room', value: 'hall' } }, { node: { id: 7, name: 'attic' } }];
  const said = asked.map((which) => {
    calls.start({ ...command(1), selector: { service: 's', ...which } }, at(0));
    const outcome = end();
    return outcome?.ok === false ? /^.* is dead/.exec(outcome.message)?.[0] : undefined;
  });
  expect(said).toEqual(['s', 's@hall', 's@room=hall', 's@attic'].map((what) => `Every instance of ${what} is dead`));
});

test('Nothing is sent of what is too large or no JSON, and that is no fault of the node', () => {
  for (const [how, code] of [
    ['too-large', 'TOO_LARGE'],
    ['no-json', 'BAD_ARGUMENT'],
  ] as const) {
    around.how = how;
    calls.start(command(1), at(0));
    expect([end(), around.log]).toMatchObject([{ code, tries: 0 }, []]);
  }
});

test('A large call without room waits for it, and ends with LIMIT if none comes', () => {
  around.how = 'too-many';
  calls.start(command(1, 'save'), at(0));
  around.how = 'blocks';
  calls.advance(at(400));
  expect(sentTo()).toEqual([1]);
  answer(1, 1, lastId(), at(500));
  expect(end()).toMatchObject({ ok: true });
  around.how = 'too-many';
  calls.start(command(2, 'save'), at(1000));
  for (const now of [1400, 1800, 2000]) calls.advance(at(now));
  expect(end()).toMatchObject({ code: 'LIMIT', tries: 0 });
});

test('A server that works on it is asked again only after a while', () => {
  calls.start(command(1, 'save', 2000), at(0));
  calls.working(1, lastId(), at(50));
  calls.advance(at(549));
  expect(sentTo()).toEqual([1]);
  calls.advance(at(550));
  expect(sentTo()).toEqual([1, 1]);
});

test('Without budget for a retry the call waits on', () => {
  around.retries = 0;
  calls.start(command(1), at(0));
  calls.advance(at(100));
  expect([sentTo(), around.outcomes]).toEqual([[1], []]);
  around.retries = 1;
  calls.advance(at(500));
  expect(sentTo()).toEqual([1, 2]);
});

test('Round trips are measured only where one transmission was answered', () => {
  calls.start(command(1, 'save'), at(0));
  answer(1, 1, lastId(), at(7));
  calls.start(command(2, 'save'), at(10));
  calls.advance(at(110));
  answer(1, 1, lastId(), at(120));
  expect(around.log.filter((line) => line.startsWith('rtt'))).toEqual(['rtt of 1: 7']);
});

test('Calls beyond the limit are refused; closing ends the others', () => {
  for (const call of [1, 2, 3, 4]) calls.start(command(call), at(0));
  expect(around.outcomes).toMatchObject([{ call: 4, outcome: { code: 'LIMIT' } }]);
  calls.close(at(5));
  expect(around.outcomes.slice(1)).toMatchObject([1, 2, 3].map((call) => ({ call, outcome: { code: 'CLOSED' } })));
  expect([calls.size, calls.nextWake()]).toEqual([0, undefined]);
});
