/**
 * Spans of time as people write and read them: `500ms`, `5s`, `2m`, `1h`.
 *
 * @module
 */

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** Timers of the platform go no further than 24.8 days; nobody waits longer in a terminal. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Milliseconds of a span such as `500ms`, `1.5s`, `2m` or `1h`.
 *
 * @returns undefined for anything else, also for a number without a unit, which could mean either.
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,12}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text.trim());
  const unit = UNITS[match?.[2] ?? ''];
  if (match === null || unit === undefined) return undefined;
  const ms = Math.round(Number(match[1]) * unit);
  return ms >= 1 && ms <= LONGEST_MS ? ms : undefined;
}

/** A span at the precision a person wants: `0.4 ms`, `12 ms`, `3.4 s`, `2 min 5 s`, `1 h 3 min`, `2 d 4 h`. */
export function formatDuration(ms: number): string {
  if (ms < 1) return ms < 0.05 ? '0 ms' : `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1440) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.floor(minutes / 60);
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
