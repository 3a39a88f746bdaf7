import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { instant } from '../../base/time.ts';
import { configure } from '../config.ts';
import { type BreakerState, Breakers } from './breaker.ts';

const KEY = '1/temp_sensor';
let breakers: Breakers;
let told: string[];

const make = (changes = {}): Breakers =>
  new Breakers(configure(changes), {
    breakerChanged: (key, state, reason) => told.push(`${key} ${state}: ${reason}`),
  });

beforeEach(() => {
  told = [];
  breakers = make();
});

/** Whole calls one after the other: `+` succeeds, `-` fails. */
const calls = (results: string, ms: number, key = KEY): void => {
  for (const result of results) {
    const trial = breakers.begin(key, instant(ms));
    if (result === '+') breakers.succeeded(key, instant(ms), trial);
    else breakers.failed(key, instant(ms), trial);
  }
};
const admits = (ms: number): string => breakers.admits(KEY, instant(ms));
const state = (ms: number): BreakerState => breakers.state(KEY, instant(ms));

describe('A closed breaker', () => {
  test('opens after five failures in a row, not after four', () => {
    calls('----+----', 0);
    expect([state(0), admits(0), told]).toEqual(['closed', 'yes', []]);
    calls('-', 1);
    expect([state(1), admits(1), told]).toEqual(['open', 'no', [`${KEY} open: 5 failures in a row`]]);
  });

  test('opens when half of at least ten calls failed, even if never five in a row', () => {
    calls('+-+-+-+-+', 0);
    expect(state(0)).toBe('closed');
    calls('-', 0);
    expect([state(0), told]).toEqual(['open', [`${KEY} open: 5 of 10 calls failed`]]);
  });

  test('stays closed when fewer than half failed, however many', () => {
    for (let ms = 0; ms < 30_000; ms += 100) calls('+-+', ms);
    expect([state(30_000), told]).toEqual(['closed', []]);
  });

  test('takes ten calls spread over the window for ten', () => {
    for (let second = 0; second < 9; second += 1) calls(second % 2 === 0 ? '-' : '+', second * 1000);
    expect(state(9000)).toBe('closed');
    calls('-', 9000);
    expect(state(9000)).toBe('open');
  });

  test('forgets calls older than the window', () => {
    calls('-+-+-+-+-', 0);
    calls('+', 10_000);
    for (const at of [10_000, 14_900, 15_100]) calls('-+', at);
    expect([state(15_100), told]).toEqual(['closed', []]);
  });

  test('counts at least the calls of the last half window, and none from before the window', () => {
    const call = fc.record({
      wait: fc.oneof(fc.nat(300), fc.nat(1500), fc.nat(12_000)),
      fails: fc.integer({ min: 0, max: 9 }).map((n) => n < 4),
    });
    const verdict = (made: readonly { at: number; fails: boolean }[]): boolean =>
      made.length >= 10 && made.filter(({ fails }) => fails).length >= made.length / 2;
    fc.assert(
      fc.property(fc.array(call, { minLength: 30, maxLength: 150 }), (drawn) => {
        breakers = make({ breakerFailures: 1000 });
        const made: { at: number; fails: boolean }[] = [];
        let now = 0;
        for (const { wait, fails } of drawn) {
          now += wait;
          made.push({ at: now, fails });
          calls(fails ? '-' : '+', now);
          if (!fails) continue;
          const spans = made
            .map((_, from) => made.slice(from))
            .filter(([first, ...rest]) => {
              const before = made[made.length - rest.length - 2];
              return (
                first !== undefined && now - first.at < 10_000 && (before === undefined || now - before.at >= 5000)
              );
            });
          expect(spans.map(verdict)).toContain(state(now) === 'open');
          if (state(now) === 'open') return;
        }
      }),
      { numRuns: 300 },
    );
  });

  test('counts each instance for itself', () => {
    calls('-----', 0, '2/temp_sensor');
    expect([state(0), breakers.state('2/temp_sensor', instant(0))]).toEqual(['closed', 'open']);
  });
});

describe('An open breaker', () => {
  beforeEach(() => calls('-----', 0));

  test('lets one trial through after two seconds, and closes when it succeeds', () => {
    expect([admits(1999), state(1999), admits(2000), state(2000)]).toEqual(['no', 'open', 'trial', 'half-open']);
    expect([breakers.begin(KEY, instant(2000)), admits(2000), breakers.begin(KEY, instant(2000))]).toEqual([
      true,
      'no',
      false,
    ]);
    breakers.succeeded(KEY, instant(2010), true);
    expect([admits(2010), state(2010)]).toEqual(['yes', 'closed']);
    calls('----', 2020);
    expect(state(2020)).toBe('closed');
    expect(told.slice(1)).toEqual([`${KEY} half-open: 2 s have passed`, `${KEY} closed: a trial call succeeded`]);
  });

  test('stays open twice as long after each trial that fails, up to half a minute', () => {
    let now = 0;
    const pauses: number[] = [];
    for (let trial = 0; trial < 6; trial += 1) {
      const openedAt = now;
      while (admits(now) === 'no') now += 100;
      pauses.push(now - openedAt);
      calls('-', now);
    }
    expect(pauses).toEqual([2000, 4000, 8000, 16_000, 30_000, 30_000]);
    expect(told.at(-1)).toBe(`${KEY} open: a trial call failed`);
  });

  test('begins with the first pause again once it was closed', () => {
    calls('-', 2000);
    calls('+', 6000);
    calls('-----', 6000);
    expect([admits(7999), admits(8000)]).toEqual(['no', 'trial']);
  });

  test('is not moved by calls from before it opened', () => {
    breakers.succeeded(KEY, instant(100), false);
    breakers.failed(KEY, instant(100), false);
    expect([state(100), admits(2000)]).toEqual(['open', 'trial']);
    breakers.begin(KEY, instant(2000));
    breakers.failed(KEY, instant(2100), false);
    breakers.succeeded(KEY, instant(2100), false);
    breakers.abandoned(KEY, false);
    expect([state(2100), admits(2100)]).toEqual(['half-open', 'no']);
  });

  test('frees a cancelled trial for the next call', () => {
    breakers.begin(KEY, instant(2000));
    breakers.abandoned(KEY, true);
    expect(admits(2001)).toBe('trial');
  });

  test('gives up a trial that never ends after the time of a usual call', () => {
    breakers.begin(KEY, instant(2000));
    expect([admits(4999), admits(5000)]).toEqual(['no', 'trial']);
    expect([breakers.begin(KEY, instant(5000)), admits(5000)]).toEqual([true, 'no']);
  });

  test('may be tried at once after a sign of life', () => {
    breakers.wake(KEY, instant(500));
    breakers.wake(KEY, instant(501));
    expect([state(501), admits(501)]).toEqual(['half-open', 'trial']);
    calls('-', 600);
    expect([admits(4599), admits(4600)]).toEqual(['no', 'trial']);
    expect(told.slice(1)).toEqual([`${KEY} half-open: a sign of life`, `${KEY} open: a trial call failed`]);
  });

  test('closes when the node restarted', () => {
    breakers.reset(KEY);
    expect([state(1), told.slice(1)]).toEqual(['closed', [`${KEY} closed: it restarted`]]);
  });

  test('is forgotten without a word', () => {
    breakers.forget(KEY);
    expect([state(1), told.length]).toEqual(['closed', 1]);
  });
});

test('A closed breaker takes no notice of a sign of life, and forgets its failures when the node restarted', () => {
  calls('----', 0);
  breakers.wake(KEY, instant(0));
  breakers.reset(KEY);
  calls('----', 0);
  expect([state(0), told]).toEqual(['closed', []]);
});

test('Breakers of the oldest instances are forgotten at the limit', () => {
  breakers = make({ maxBreakers: 1 });
  calls('----', 0);
  calls('-', 0, 'other');
  calls('-', 0);
  expect([state(0), told]).toEqual(['closed', []]);
});

test('Breakers keep at most so many entries: those with an empty window go first, then the oldest', () => {
  breakers = make({ maxBreakers: 3 });
  calls('-----', 0, 'open');
  calls('----', 0, 'stale');
  calls('----', 9000, 'fresh');
  calls('----', 10_000, 'new'); // no room: `stale` goes, nothing of it counts any more
  calls('-', 10_000, 'fresh');
  expect(['open', 'fresh', 'new'].map((key) => breakers.state(key, instant(1000)))).toEqual(['open', 'open', 'closed']);
  calls('----', 10_001, 'newer'); // no empty one: the oldest goes, though it is open
  calls('-', 10_001, 'new');
  expect(['open', 'new'].map((key) => breakers.state(key, instant(1000)))).toEqual(['closed', 'open']);
});

describe('Whatever happens, a breaker', () => {
  const event = fc.record({
    wait: fc.constantFrom(0, 1, 100, 1000, 3000, 40_000),
    type: fc.constantFrom('begin', 'succeeded', 'failed', 'failed', 'failed', 'abandoned', 'wake', 'reset', 'forget'),
  });

  test('changes only along its edges, and has one trial at a time', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 120 }), (events) => {
        const next: Record<BreakerState, BreakerState[]> = {
          closed: ['open'],
          open: ['half-open', 'closed'],
          'half-open': ['open', 'closed'],
        };
        let last: BreakerState = 'closed';
        let restarted = false;
        const breakerChanged = (_: string, to: BreakerState, reason: string): void => {
          expect(next[last]).toContain(to);
          if (last === 'open' && to === 'closed') expect(reason).toBe('it restarted');
          if (reason === 'it restarted') restarted = true;
          last = to;
        };
        const one = new Breakers(configure(), { breakerChanged });
        let now = 0;
        const running: { trial: boolean; at: number }[] = [];
        for (const { wait, type } of events) {
          now += wait;
          const at = instant(now);
          const admitted = one.admits(KEY, at);
          expect(one.admits(KEY, at)).toBe(admitted);
          expect(admitted === 'yes').toBe(one.state(KEY, at) === 'closed');
          if (type === 'begin' && admitted !== 'no') {
            const trial = one.begin(KEY, at);
            expect(trial).toBe(admitted === 'trial');
            const others = running.filter((call) => call.trial && now - call.at < 3000);
            if (trial && !restarted) expect(others).toEqual([]);
            running.push({ trial, at: now });
          } else if (type === 'wake') {
            one.wake(KEY, at);
          } else if (type === 'reset' || type === 'forget') {
            one[type](KEY);
            if (type === 'forget') [last, restarted] = ['closed', true];
          } else if (type !== 'begin') {
            const call = running.shift();
            if (call === undefined) continue;
            if (type === 'abandoned') one.abandoned(KEY, call.trial);
            else one[type](KEY, at, call.trial);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
