/**
 * Moments and long spans as people write them: `2 h ago`, `yesterday 18:00`, `2026-03-29 12:00`, `90d`; and moments as people
 * read them, in their own time zone or in another.
 *
 * @module
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const UNITS: ReadonlyMap<string, number> = new Map([
  ...(['ms'] as const).map((unit) => [unit, 1] as const),
  ...['s', 'sec', 'second', 'seconds'].map((unit) => [unit, 1000] as const),
  ...['m', 'min', 'minute', 'minutes'].map((unit) => [unit, MINUTE] as const),
  ...['h', 'hour', 'hours'].map((unit) => [unit, HOUR] as const),
  ...['d', 'day', 'days'].map((unit) => [unit, DAY] as const),
  ...['w', 'week', 'weeks'].map((unit) => [unit, 7 * DAY] as const),
  ...['y', 'year', 'years'].map((unit) => [unit, 365 * DAY] as const),
]);

/** Milliseconds of a span such as `500ms`, `1.5 h`, `90d` or `2 years`; undefined for anything else. */
export function parseSpan(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?) ?([a-z]+)$/.exec(text.trim());
  const unit = UNITS.get(match?.[2] ?? '');
  if (match === null || unit === undefined) return undefined;
  const ms = Math.round(Number(match[1]) * unit);
  return ms >= 1 ? ms : undefined;
}

/** A time zone by its name, such as `Europe/Berlin` or `UTC`; undefined for none that is known. */
export function zoneOf(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/** That of this machine: the variable TZ, or the system's. */
export const ownZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/**
 * ms since 1970 of a moment: `now`, `2 h ago`, `today`, `yesterday 18:00`, `18:00`, `2026-03-29`, `2026-03-29 12:00:05`, each in the
 * time zone; ISO 8601 with its own (`2026-03-29T12:00Z`); a whole number is ms since 1970. Undefined for anything else.
 */
export function parseMoment(text: string, now: number, zone: string): number | undefined {
  const words = text.trim();
  if (words === 'now') return now;
  if (/^\d{9,15}$/.test(words)) return Number(words);
  const ago = /^(.*\S) ?ago$/.exec(words);
  if (ago !== null) {
    const span = parseSpan(ago[1] ?? '');
    return span === undefined ? undefined : now - span;
  }
  if (/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(words)) {
    const at = Date.parse(words);
    return Number.isNaN(at) ? undefined : at;
  }
  return wallMoment(words, now, zone);
}

function wallMoment(words: string, now: number, zone: string): number | undefined {
  const match =
    /^(?:(today|yesterday|\d{4}-\d\d-\d\d)(?:[ T]|$))?(?:(\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?)?$/.exec(words);
  if (match === null || words === '') return undefined;
  const [, day, hour = '0', minute = '0', second = '0', fraction = '0'] = match;
  const date = dateOf(day, now, zone);
  const [h, m, s] = [hour, minute, second].map(Number) as [number, number, number];
  if (date === undefined || h > 23 || m > 59 || s > 59) return undefined;
  return fromWall(date + h * HOUR + m * MINUTE + s * 1000 + Number(fraction.padEnd(3, '0')), zone);
}

/** Midnight of a day, as the clock on the wall would say in UTC. */
function dateOf(day: string | undefined, now: number, zone: string): number | undefined {
  const today = Math.floor((now + offsetOf(now, zone)) / DAY) * DAY;
  if (day === undefined || day === 'today') return today;
  if (day === 'yesterday') return today - DAY;
  const at = Date.parse(`${day}T00:00:00Z`);
  // 2026-02-30 is read as a day of March.
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day ? undefined : at;
}

/** ms that the clock on the wall of a zone is before UTC at that moment. */
export function offsetOf(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en', {
    ...{ timeZone: zone, hourCycle: 'h23', era: 'short' },
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
  }).formatToParts(at);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value ?? 0);
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return wall - Math.floor(at / 1000) * 1000;
}

/** The moment at which the clock on the wall shows this. In the hour that comes twice, the first; in one left out, an hour later. */
function fromWall(wall: number, zone: string): number {
  const before = wall - offsetOf(wall - DAY, zone);
  const after = wall - offsetOf(wall + DAY, zone);
  const right = [before, after].filter((at) => at + offsetOf(at, zone) === wall);
  return right.length > 0 ? Math.min(...right) : before;
}

/** `2026-03-29 12:00:05` in a zone; with the ms when `precise`. */
export function momentText(at: number, zone: string, precise = false): string {
  const wall = new Date(at + offsetOf(at, zone)).toISOString().replace('T', ' ');
  return wall.slice(0, precise ? 23 : 19);
}

/** ISO 8601 with the zone's own offset: `2026-03-29T12:00:05.000+02:00`. */
export function isoText(at: number, zone: string): string {
  const offset = offsetOf(at, zone);
  const wall = new Date(at + offset).toISOString().slice(0, 23);
  if (offset === 0) return `${wall}Z`;
  const size = Math.round(Math.abs(offset) / MINUTE);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${wall}${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
