/**
 * What storage answers, read; page by page as one.
 *
 * @module
 */
import type { Handle } from '../os/handle.ts';
import type { Scalar, Series } from '../services/storage/model.ts';
import { isObject } from '../wire/checks.ts';
import { unread } from './log-options.ts';

/** A reading, or a point: `value` is its average then. */
export interface LogItem {
  readonly series: Series;
  readonly at: number;
  readonly value: Scalar;
  /** Of points: least, greatest, last and how many. */
  readonly point?: { readonly min: number; readonly max: number; readonly last: number; readonly count: number };
  readonly extras?: Readonly<Record<string, Scalar>>;
}

export interface LogPage {
  /** The storage node that answered. */
  readonly node: string;
  /** ms that a point stands for; undefined for readings. */
  readonly step: number | undefined;
  readonly items: readonly LogItem[];
}

/** ms for one page: a disk may take its time. */
const TIMEOUT_MS = 10_000;

/** Asks page after page. @throws TdosError FAILED for what is none of storage. */
export async function* pagesOf(handle: Handle<unknown>, question: object, limit: number): AsyncGenerator<LogPage> {
  let after: string | undefined;
  let left = limit;
  do {
    const args = { ...question, ...(after === undefined ? {} : { after }), limit: Math.min(left, 4096) };
    const answer = await handle.call('query', args, { timeoutMs: TIMEOUT_MS });
    const { page, next } = parsePage(answer);
    left -= page.items.length;
    yield page;
    after = next;
  } while (after !== undefined && left > 0);
}

function parsePage(answer: unknown): { readonly page: LogPage; readonly next: string | undefined } {
  if (!isObject(answer) || typeof answer.node !== 'string' || !Array.isArray(answer.series)) return unread();
  const { node, step, next } = answer;
  const series = answer.series.map(parseSeries);
  const items = Array.isArray(answer.points)
    ? answer.points.map((point) => parsePoint(point, series))
    : Array.isArray(answer.rows)
      ? answer.rows.map((row) => parseRow(row, series))
      : unread();
  const page = { node, step: typeof step === 'number' ? step : undefined, items };
  return { page, next: typeof next === 'string' ? next : undefined };
}

export function parseSeries(value: unknown): Series {
  if (!isObject(value)) return unread();
  const { service, node, unit, labels } = value;
  if (typeof service !== 'string' || typeof node !== 'string' || typeof unit !== 'string') return unread();
  const texts = isObject(labels) ? Object.entries(labels).map(([key, text]) => [key, String(text)]) : [];
  return { service, node, unit, labels: Object.fromEntries(texts) };
}

function parseRow(row: unknown, all: readonly Series[]): LogItem {
  if (!Array.isArray(row)) return unread();
  const [place, at, value, extras] = row;
  const series = all[Number(place)];
  if (series === undefined || typeof at !== 'number') return unread();
  const item = { series, at, value: scalarOf(value) };
  return isObject(extras) ? { ...item, extras: fieldsOf(extras) } : item;
}

function parsePoint(point: unknown, all: readonly Series[]): LogItem {
  if (!Array.isArray(point) || !point.every((one) => typeof one === 'number')) return unread();
  const [place = -1, at = 0, value = 0, min = 0, max = 0, last = 0, count = 0] = point;
  const series = all[place];
  return series === undefined ? unread() : { series, at, value, point: { min, max, last, count } };
}

const scalarOf = (value: unknown): Scalar =>
  typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' ? value : null;

const fieldsOf = (fields: Readonly<Record<string, unknown>>): Record<string, Scalar> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, scalarOf(value)]));
