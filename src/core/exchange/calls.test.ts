import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import type { ErrorCode } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';
import { after, type Instant, instant } from '../../base/time.ts';
import { configure } from '../config.ts';
import type { CallCommand, Instance, NodeRecord, Outcome, Unsent } from '../model.ts';
import { Calls } from './calls.ts';
import type { CallsPort, Transmission } from './calls-port.ts';

const at = instant;

function instance(id: number, epoch = 1): Instance {
  const abilities = { kernel: false, helper: true, inflates: true, v1: false, takesKiB: 4, window: 1 };
  const node: NodeRecord = {
    id,
    epoch,
    name: `n${id}`,
    address: `10.0.0.${id}:1`,
    generation: 1,
    abilities,
    protocol: { min: 2, max: 2 },
    services: [],
    state: 'alive',
    since: at(0),
    heardAt: at(0),
    intervalMs: 1000,
    judge: 1,
    load: 0,
    version: 0,
  };
  return { node, offer: { index: 0, name: 's', version: '1.0.0', labels: {}, capabilities: ['read', 'save!'] } };
}

/** Everything around the calls, with a network that carries nothing by itself. */
class Surroundings implements CallsPort {
  instances: Instance[] = [instance(1), instance(2)];
  why = 'none';
  how: 'sent' | 'blocks' | Unsent = 'sent';
  retries = Number.POSITIVE_INFINITY;
  readonly sent: { readonly to: number; readonly epoch: number; readonly transmission: Transmission }[] = [];
  readonly outcomes: { readonly call: number; readonly outcome: Outcome }[] = [];
  readonly log: string[] = [];
  lates = 0;

  candidates(): { fits: readonly Instance[]; why: string } {
    return { fits: this.instances, why: this.why };
  }
  rank(fits: readonly Instance[]): readonly Instance[] {
    return fits;
  }
  transmit({ node }: Instance, transmission: Transmission): 'sent' | 'blocks' | Unsent {
    if (this.how === 'sent' || this.how === 'blocks') this.sent.push({ to: node.id, epoch: node.epoch, transmission });
    return this.how;
  }
  waitMs(): number {
    return 100;
  }
  mayRetry(): boolean {
    this.retries -= 1;
    return this.retries >= 0;
  }
  called(): void {}
  answered(node: number, rttMs: number): void {
    this.log.push(`rtt of ${node}: ${rttMs}`);
  }
  unanswered({ node }: Instance): void {
    this.log.push(`${node.id} unanswered`);
  }
  began(): boolean {
    return false;
  }
  ended({ node }: Instance, how: string): void {
    this.log.push(`${node.id} ${how}`);
  }
  movedOn(_service: string, from: number, to: number, reason: string): void {
    this.log.push(`${from} to ${to}: ${reason}`);
  }
  settled(call: number, outcome: Outcome): void {
    this.outcomes.push({ call, outcome });
  }
  late(): void {
    this.lates += 1;
  }
}

let around: Surroundings;
let calls: Calls;

beforeEach(() => {
  around = new Surroundings();
  calls = new Calls(configure({ maxCalls: 3 }), 0xffff_fffe, around);
});

const command = (call: number, op = 'read', timeoutMs = 1000): CallCommand => {
  return { type: 'call', call, selector: { service: 's' }, op, args: undefined, timeoutMs, prefer: 0 };
};
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

test('Whatever answers, refusals, deaths and restarts come, each call ends exactly once, by its deadline', () => {
  const step = fc.record({
    what: fc.constantFrom(
      'answer',
      'refuse',
      'work',
      'die',
      'live',
      'restart',
      'through',
      'broken',
      'reborn',
      'wait',
      'wait',
    ),
    node: fc.integer({ min: 1, max: 3 }),
    call: fc.nat(7),
    code: fc.constantFrom<ErrorCode>(
      'BUSY',
      'WRONG_EPOCH',
      'NOT_FOUND',
      'FAILED',
      'EXPIRED',
      'TOO_LARGE',
      'BAD_OPERATION',
    ),
    ms: fc.integer({ min: 0, max: 300 }),
    how: fc.constantFrom<'sent' | 'blocks' | Unsent>(
      'sent',
      'sent',
      'sent',
      'blocks',
      'too-many',
      'too-large',
      'no-json',
    ),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(), (steps, seed) => {
      const port = new Surroundings();
      const own = new Calls(configure(), seed, port);
      const chance = new Random(seed);
      let now: Instant = at(0);
      for (let call = 0; call < 8; call++)
        own.start(command(call, call % 2 === 0 ? 'read' : 'save', 500 + 100 * call), now);
      for (const { what, node, call, code, ms, how } of steps) {
        port.how = how;
        port.retries = chance.below(3);
        const one = port.sent[call % Math.max(1, port.sent.length)];
        const callId = one?.transmission.callId ?? 1;
        const epoch = port.instances.find((known) => known.node.id === node)?.node.epoch ?? 1;
        if (what === 'answer') own.answered(node, epoch, { type: 'response', callId, value: call }, now);
        else if (what === 'refuse') own.answered(node, epoch, { type: 'error', callId, code, message: '' }, now);
        else if (what === 'work') own.working(node, callId, now);
        else if (what === 'through' || what === 'broken') own.transferred(callId, node, what === 'through', now);
        else if (what === 'reborn') own.reborn(now);
        else if (what === 'die') {
          port.instances = port.instances.filter((known) => known.node.id !== node);
          own.nodeGone(node, now);
        } else if (what !== 'wait') {
          port.instances = [...port.instances.filter((known) => known.node.id !== node), instance(node, epoch + 1)];
          own.recheck(now);
        }
        now = after(now, ms);
        own.advance(now);
      }
      for (; now <= 1300; now = after(now, 10)) own.advance(now);
      expect(port.outcomes.map(({ call }) => call).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect([own.size, own.nextWake()]).toEqual([0, undefined]);
    }),
    { numRuns: 300 },
  );
});
