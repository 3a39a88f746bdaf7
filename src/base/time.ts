/**
 * Time as the portable code sees it: numbers handed in from outside, never read from a clock.
 *
 * @module
 */

/** A span of time in milliseconds. */
export type Millis = number & { readonly unit: 'ms' };

/** A moment on the host's monotonic clock, in milliseconds. Only differences mean anything. */
export type Instant = number & { readonly unit: 'instant-ms' };

/** Names a number as a span: `millis(250)`. */
export const millis = (n: number): Millis => n as Millis;

/** Names a number as a moment; for hosts and tests, which own a clock. */
export const instant = (n: number): Instant => n as Instant;

/** A moment that is over: what is due then is to be done at once. */
export const AT_ONCE: Instant = instant(0);

/** The moment `span` after `start`. */
export const after = (start: Instant, span: number): Instant => (start + span) as Instant;

/** How long from `start` to `now`. */
export const elapsed = (start: Instant, now: Instant): Millis => (now - start) as Millis;

/** The earlier of two moments, where undefined means never. */
export function earliest(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return a < b ? a : b;
}
