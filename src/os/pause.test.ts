import { expect, it } from 'vitest';
import { instant } from '../base/time.ts';
import { nextBeat, pauseUntil } from './pause.ts';
import { Stop } from './signal.ts';

/** A clock whose timers are run by hand. */
function handClock() {
  const armed = new Set<() => void>();
  const timer = (_at: unknown, run: () => void) => {
    armed.add(run);
    return () => void armed.delete(run);
  };
  return { armed, clock: { now: () => instant(0), wallClock: () => 0, timer } };
}

/** A signal that knows how many listen. */
class Counted extends Stop {
  listeners = 0;
  override addEventListener(type: 'abort', run: () => void): void {
    this.listeners++;
    super.addEventListener(type, run);
  }
  override removeEventListener(type: 'abort', run: () => void): void {
    this.listeners--;
    super.removeEventListener(type, run);
  }
}

it('pauseUntil leaves no timer and no listener behind, however it ends', async () => {
  const { armed, clock } = handClock();
  const signals = [new Counted(), new Counted()] as const;
  const first = pauseUntil(clock, instant(5), ...signals);
  expect(armed.size).toBe(1);
  for (const run of armed) run();
  expect(await first).toBe(true);
  const second = pauseUntil(clock, instant(5), ...signals);
  signals[1].abort();
  expect(await second).toBe(false);
  expect(await pauseUntil(clock, instant(5), ...signals)).toBe(false);
  expect([armed.size, signals[0].listeners, signals[1].listeners]).toEqual([0, 0, 0]);
});

it('pauseUntil takes a real AbortSignal too', async () => {
  const { clock } = handClock();
  const controller = new AbortController();
  const waiting = pauseUntil(clock, instant(5), controller.signal);
  controller.abort();
  expect(await waiting).toBe(false);
});

it('nextBeat stays on the grid, and is always later', () => {
  const beatAt = (now: number) => nextBeat(instant(100), 50, instant(now));
  expect([100, 149, 150, 333].map(beatAt)).toEqual([
    { at: 150, beat: 1 },
    { at: 150, beat: 1 },
    { at: 200, beat: 2 },
    { at: 350, beat: 5 },
  ]);
});
