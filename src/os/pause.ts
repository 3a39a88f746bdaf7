/**
 * Waiting on the host's clock, once or in a steady period.
 *
 * @module
 */
import { after, elapsed, type Instant } from '../base/time.ts';
import type { Clock } from './host.ts';
import type { Signal } from './signal.ts';

/** Waits until `at`, or until a signal aborts. True when the time came. */
export function pauseUntil(clock: Clock, at: Instant, ...signals: readonly Signal[]): Promise<boolean> {
  if (signals.some((signal) => signal.aborted)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const end = (came: boolean): void => {
      cancel();
      for (const signal of signals) signal.removeEventListener('abort', abort);
      resolve(came);
    };
    const abort = (): void => end(false);
    const cancel = clock.timer(at, () => end(true));
    for (const signal of signals) signal.addEventListener('abort', abort);
  });
}

/** Waits `ms`. @see pauseUntil */
export const pause = (clock: Clock, ms: number, ...signals: readonly Signal[]): Promise<boolean> =>
  pauseUntil(clock, after(clock.now(), ms), ...signals);

/**
 * The next beat of a steady period after `now`, and how many beats are past by then. Beats stand on a grid from `start`,
 * so that late ones shift no others.
 */
export function nextBeat(
  start: Instant,
  everyMs: number,
  now: Instant,
): { readonly at: Instant; readonly beat: number } {
  const beat = Math.floor(elapsed(start, now) / everyMs) + 1;
  return { at: after(start, beat * everyMs), beat };
}
