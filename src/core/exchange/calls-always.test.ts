// What holds for calls whatever happens.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { command, instance, Surroundings } from '../../../test/surroundings.ts';
import type { ErrorCode } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';
import { after, type Instant, instant } from '../../base/time.ts';
import { configure } from '../config.ts';
import type { Unsent } from '../model.ts';
import { Calls } from './calls.ts';

const at = instant;

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
