// What holds for the judge of health whatever happens.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Court, peer } from '../../../test/court.ts';
import { instant } from '../../base/time.ts';
import type { PeerState } from '../../wire/message.ts';

describe('Whatever happens', () => {
  const NODES = 4;
  const event = fc.record({
    wait: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 6000 })),
    type: fc.constantFrom(
      'heard',
      'heard',
      'promised',
      'lease',
      'answered',
      'ask',
      'watch',
      'release',
      'left',
      'revive',
      'stall',
    ),
    id: fc.integer({ min: 1, max: NODES }),
    ms: fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.nat(0xffff_ffff)),
  });
  const edges: Record<PeerState, PeerState[]> = {
    alive: ['suspect'],
    suspect: ['alive', 'dead'],
    dead: ['alive'],
    left: ['alive'],
  };

  test('states move only along their edges, and to wake early changes nothing', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), fc.integer(), (events, seed) => {
        const run = new Court({}, seed);
        const nodes = Array.from({ length: NODES }, (_, at) => peer(at + 1));
        run.watch(...nodes);
        for (const { wait, type, id, ms } of events) {
          const one = nodes[id - 1];
          if (one === undefined) continue;
          if (type === 'stall') run.stallTo(run.now + wait);
          else run.runTo(run.now + wait);
          const now = instant(run.now);
          if (type === 'heard') run.heard(one);
          else if (type === 'promised' || type === 'lease') run.health.promised(one, ms, type === 'lease', now);
          else if (type === 'answered')
            run.health.answered(run.probes.at(-1)?.nonce ?? 0, ms % 2 === 0 ? undefined : id, now);
          else if (type === 'ask') run.health.ask(one, now);
          else if (type === 'watch') run.watch(one);
          else if (type === 'release') run.health.release(id);
          else if (type === 'revive') run.health.revive(one, now, 'it is back');
          else if (type === 'left') {
            one.state = 'left';
            run.health.release(id);
          }
          const before = run.log.length;
          const next = run.health.nextWake();
          if (next === undefined || next <= run.now) continue;
          const early = instant(run.now + (next - run.now) * 0.999);
          run.health.advance(early);
          expect([run.log.length, run.health.nextWake()]).toEqual([before, next]);
        }
        for (const line of run.changes) {
          const [, was, state] = /^\S+ \d+ (\w+) -> (\w+):/.exec(line) ?? [];
          if (was !== undefined) expect(edges[was as PeerState]).toContain(state);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('a peer that answers its probes is never dead, and one that beats in time never suspect', () => {
    const answers = fc.record({ lost: fc.integer({ min: 0, max: 5 }), delay: fc.integer({ min: 0, max: 399 }) });
    fc.assert(
      fc.property(
        fc.array(answers, { minLength: 1, maxLength: 10 }),
        fc.array(fc.integer({ min: 1, max: 2199 }), { maxLength: 20 }),
        (plan, gaps) => {
          const run = new Court();
          const [mute, beating] = [peer(1), peer(2)];
          run.watch(mute, beating);
          // Node 1 sends nothing by itself. It answers one probe of each suspicion, after `lost` others.
          let suspicion = 0;
          let lost = 0;
          let answer: { at: number; nonce: number } | undefined;
          run.answer = (id, nonce) => {
            const { lost: wanted, delay } = plan[suspicion % plan.length] ?? { lost: 0, delay: 0 };
            if (id !== 1 || lost++ !== wanted) return;
            answer = { at: run.now + delay, nonce };
          };
          let beat = 0;
          let gap = 0;
          while (run.now < 30_000) {
            const nextBeat = beat + (gaps[gap % Math.max(1, gaps.length)] ?? 1000);
            const until = Math.min(answer?.at ?? Number.POSITIVE_INFINITY, nextBeat, run.now + 50);
            run.runTo(until);
            if (answer !== undefined && answer.at <= run.now) {
              expect(run.health.answered(answer.nonce, mute.id, instant(run.now))).toBe(mute);
              [answer, lost, suspicion] = [undefined, 0, suspicion + 1];
            }
            if (nextBeat <= run.now) {
              [beat, gap] = [run.now, gap + 1];
              run.heard(beating);
            }
            expect(mute.state).not.toBe('dead');
            expect(beating.state).toBe('alive');
          }
          expect(suspicion).toBeGreaterThan(4);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('a peer that falls silent is suspect after exactly 2.2 intervals and dead exactly 6 rounds later', () => {
    const beats = fc.array(fc.integer({ min: 1, max: 1700 }), { maxLength: 30 });
    fc.assert(
      fc.property(fc.integer({ min: 800, max: 20_000 }), beats, (intervalMs, gaps) => {
        const run = new Court();
        const one = peer(1, 'alive', intervalMs);
        run.watch(one);
        for (const gap of gaps) {
          run.runTo(run.now + gap);
          run.heard(one);
        }
        const last = run.now;
        run.runTo(last + 2.2 * intervalMs + 2400 + 1);
        expect(run.changes.map((line) => Number.parseFloat(line))).toEqual([
          expect.closeTo(last + 2.2 * intervalMs, 6),
          expect.closeTo(last + 2.2 * intervalMs + 2400, 6),
        ]);
        expect(one.state).toBe('dead');
      }),
      { numRuns: 50 },
    );
  });

  test('a stall of the judge, however long, kills nobody who speaks right after', () => {
    const stall = fc.record({ from: fc.integer({ min: 0, max: 4599 }), ms: fc.integer({ min: 0, max: 100_000 }) });
    fc.assert(
      fc.property(stall, fc.integer({ min: 0, max: 399 }), fc.boolean(), ({ from, ms }, later, asked) => {
        const run = new Court();
        const nodes = [peer(1), peer(2), peer(3)];
        run.watch(...nodes);
        run.runTo(Math.min(from, 2199));
        for (const one of nodes.slice(1)) run.heard(one);
        if (asked) run.health.ask(nodes[0] ?? peer(9), instant(run.now));
        run.runTo(from);
        const was = nodes.map(({ state }) => state);
        const due = run.health.nextWake() ?? instant(from);
        run.stallTo(due + 501 + ms);
        expect(nodes.map(({ state }) => state)).toEqual(was);
        run.runTo(run.now + later);
        for (const one of nodes) run.heard(one);
        run.runTo(run.now + 799);
        expect(nodes.map(({ state }) => state)).toEqual(['alive', 'alive', 'alive']);
        expect(run.changes.some((line) => line.includes('dead'))).toBe(false);
      }),
    );
  });
});
