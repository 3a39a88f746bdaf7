/**
 * Waiting for something to become true, with a bound.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises';

/** ms between looks. */
const LOOK_MS = 5;

/**
 * Looks until `find` gives something but undefined and false.
 *
 * @throws after `boundMs`, with `what` was waited for.
 */
export async function until<Found>(
  what: string,
  boundMs: number,
  find: () => Found | undefined | false | Promise<Found | undefined | false>,
): Promise<Found> {
  const end = performance.now() + boundMs;
  for (;;) {
    const found = await find();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`${what} did not come true in ${boundMs} ms`);
    await setTimeout(LOOK_MS);
  }
}

/** ms that `find` took to come true; NaN when it did not in `boundMs`. */
export async function timeUntil(boundMs: number, find: () => unknown, from = performance.now()): Promise<number> {
  const end = from + boundMs;
  for (;;) {
    const found = await find();
    const now = performance.now();
    if (found) return now - from;
    if (now > end) return Number.NaN;
    await setTimeout(LOOK_MS);
  }
}
