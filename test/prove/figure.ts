/**
 * What a proof finds: figures, each beside its bound.
 *
 * @module
 */

export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** The value is to be at most, or at least, this. */
  readonly bound: number;
  readonly sense: 'at most' | 'at least';
}

/** How much is tried: `small` within `npm test`, `full` by `npm run prove`. */
export type Size = 'small' | 'full';

export interface Proof {
  readonly name: string;
  /** Why it cannot run on this machine; undefined when it can. */
  readonly skipped?: () => string | undefined;
  readonly run: (size: Size) => Promise<Figure[]>;
}

export const atMost = (what: string, value: number, bound: number, unit = ''): Figure => ({
  what,
  value,
  unit,
  bound,
  sense: 'at most',
});

export const atLeast = (what: string, value: number, bound: number, unit = ''): Figure => ({
  what,
  value,
  unit,
  bound,
  sense: 'at least',
});

/** NaN, which stands for nothing measured, never holds. */
export const holds = ({ value, bound, sense }: Figure): boolean =>
  sense === 'at most' ? value <= bound : value >= bound;

/** `ok      longest pause              112 ms   at most 500 ms`. */
export function figureText(figure: Figure): string {
  const { what, value, unit, bound, sense } = figure;
  const of = (n: number): string => `${shorten(n)}${unit === '' ? '' : ` ${unit}`}`;
  return `${holds(figure) ? 'ok    ' : 'MISSED'}  ${what.padEnd(62)} ${of(value).padStart(12)}   ${sense} ${of(bound)}`;
}

export const shorten = (n: number): string =>
  Number.isInteger(n) ? String(n) : n.toFixed(Math.abs(n) < 10 ? 2 : Math.abs(n) < 100 ? 1 : 0);

/** The value below which the given share (0 to 1) of the samples lies; NaN of none. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
