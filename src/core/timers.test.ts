import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Instant, instant } from '../base/time.ts';
import { Timers } from './timers.ts';

test('due() takes out what has come, soonest first, and leaves the rest', () => {
  const timers = new Timers<string>();
  timers.set('c', instant(30));
  timers.set('b', instant(20));
  timers.set('a', instant(10));
  expect(timers.next()).toBe(10);
  expect(timers.due(instant(9))).toEqual([]);
  expect(timers.due(instant(20))).toEqual(['a', 'b']);
  expect([timers.size, timers.next(), timers.at('a'), timers.at('c')]).toEqual([1, 30, undefined, 30]);
  expect(timers.due(instant(30))).toEqual(['c']);
  expect([timers.size, timers.next()]).toEqual([0, undefined]);
});

test('set() moves a deadline, and clear() removes it', () => {
  const timers = new Timers<string>();
  timers.set('a', instant(10));
  timers.set('a', instant(50));
  expect(timers.due(instant(40))).toEqual([]);
  expect(timers.next()).toBe(50);
  timers.clear('a');
  timers.clear('never there');
  expect([timers.next(), timers.due(instant(100))]).toEqual([undefined, []]);
});

test('After any history, next() is never late and due() gives exactly what is due', () => {
  const step = fc.oneof(
    fc.record({ type: fc.constant('set' as const), key: fc.nat(5), at: fc.nat(100) }),
    fc.record({ type: fc.constant('clear' as const), key: fc.nat(5), at: fc.constant(0) }),
    fc.record({ type: fc.constant('due' as const), key: fc.constant(0), at: fc.nat(100) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const timers = new Timers<number>();
      const model = new Map<number, Instant>();
      for (const { type, key, at } of steps) {
        if (type === 'set') {
          timers.set(key, instant(at));
          model.set(key, instant(at));
        } else if (type === 'clear') {
          timers.clear(key);
          model.delete(key);
        } else {
          const ready = [...model].filter(([, deadline]) => deadline <= at);
          const found = timers.due(instant(at));
          expect([...found].sort()).toEqual(ready.map(([one]) => one).sort());
          const moments = found.map((one) => model.get(one) ?? 0);
          expect(moments).toEqual([...moments].sort((a, b) => a - b));
          for (const [one] of ready) model.delete(one);
        }
        const soonest = model.size === 0 ? undefined : Math.min(...model.values());
        expect(timers.size).toBe(model.size);
        if (soonest === undefined) expect(timers.next()).toBeUndefined();
        else expect(timers.next()).toBeLessThanOrEqual(soonest);
      }
    }),
  );
});
