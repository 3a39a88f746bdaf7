/**
 * `tdos log query`, `tail`, `export` and `plot`: readings, and what they roll up to.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Handle } from '../os/handle.ts';
import type { Os } from '../os/os.ts';
import type { Series } from '../services/storage/model.ts';
import { isObject } from '../wire/checks.ts';
import { formatDuration } from './duration.ts';
import { stay } from './join.ts';
import { type Asked, askedOf, type LogOptions, nameOf, nothing, seriesOf, unread } from './log-options.ts';
import { type LogItem, pagesOf } from './log-pages.ts';
import { chartText } from './plot.ts';
import { print, printJson } from './print.ts';
import { valueText } from './readings.ts';
import { faint, nodeColour, printable, tableText } from './table.ts';
import { isoText, momentText, offsetOf } from './times.ts';

/** Points of a chart at most. */
const CHART_POINTS = 300;
/** Readings or points that are held at once. */
const MAX_ITEMS = 20_000;
/** ms in which late readings still appear in a tail. */
const TAIL_MS = 30_000;
const HOUR = 3_600_000;

export interface ReadingOptions extends LogOptions {
  readonly limit: number;
  readonly every: number;
  readonly format: string;
  readonly height: number;
  readonly for?: number;
}

export async function query(
  handle: Handle<unknown>,
  resource: string | undefined,
  options: ReadingOptions,
): Promise<void> {
  const found = await itemsOf(handle, { ...askedOf(resource, options, Date.now()), ...stepOf(options) }, options.limit);
  if (options.json) {
    printJson({
      node: found.node,
      ...(found.step === undefined ? {} : { step: found.step }),
      items: found.items.map(itemJson(options)),
    });
    return;
  }
  if (found.items.length === 0) return nothing(found.node);
  const head =
    found.step === undefined ? ['TIME', 'NODE', 'VALUE'] : ['TIME', 'NODE', 'AVERAGE', 'MIN', 'MAX', 'LAST', 'COUNT'];
  print(
    tableText(
      head,
      found.items.map((item) => [
        momentText(item.at, options.tz, found.step === undefined),
        nameOf(item.series),
        ...cells(item),
      ]),
    ),
  );
  print(
    faint(
      `from the storage on ${printable(found.node)}${found.isCut ? `; more than ${options.limit}: raise --limit, or --step` : ''}`,
    ).text,
  );
}

export async function tail(
  handle: Handle<unknown>,
  resource: string | undefined,
  options: ReadingOptions,
  os: Os,
): Promise<void> {
  const stayed = stay(options.for, () => os.close());
  const start = Date.now();
  let seen = new Map<string, number>();
  while (!os.closed.aborted) {
    const from = Math.max(start - options.every, Date.now() - TAIL_MS);
    try {
      const { items } = await itemsOf(
        handle,
        { ...seriesOf(resource, options), from, to: Date.now() + TAIL_MS },
        MAX_ITEMS,
      );
      const fresh = items.filter((item) => !seen.has(keyOf(item))).sort((a, b) => a.at - b.at);
      seen = new Map(items.map((item) => [keyOf(item), item.at]));
      for (const item of fresh) printItem(item, options);
    } catch (error) {
      if (!os.closed.aborted) console.error(`tdos: ${error instanceof Error ? error.message : error}`);
    }
    await Promise.race([sleep(options.every), stayed]);
  }
  await stayed;
}

export async function exportAll(
  handle: Handle<unknown>,
  resource: string | undefined,
  options: ReadingOptions,
): Promise<void> {
  const { format } = options;
  const asked = { ...askedOf(resource, options, Date.now()), ...stepOf(options), format, limit: 4096 };
  let after: unknown;
  do {
    const answer: unknown = await handle.call('export', after === undefined ? asked : { ...asked, after }, {
      timeoutMs: 10_000,
    });
    if (!isObject(answer) || typeof answer.text !== 'string') return unread();
    // A reader that is slower than the storage makes it wait.
    if (!process.stdout.write(answer.text)) await new Promise((resolve) => process.stdout.once('drain', resolve));
    after = answer.next;
  } while (after !== undefined);
}

export async function plot(
  handle: Handle<unknown>,
  resource: string | undefined,
  options: ReadingOptions,
): Promise<void> {
  const asked = askedOf(resource, options, Date.now());
  const width = Math.min(process.stdout.columns ?? 80, 200);
  const { found, from } = await pointsOf(handle, asked, options, Math.min(CHART_POINTS, (width - 10) * 2));
  if (options.json) {
    printJson({ node: found.node, step: found.step, items: found.items.map(itemJson(options)) });
    return;
  }
  const curves = curvesOf(found.items);
  if (curves.length === 0) return nothing(found.node);
  const { unit } = found.items[0]?.series ?? { unit: '' };
  const { to } = asked;
  const gap = Math.max((found.step ?? 0) * 3, (to - from) / 20);
  const names = printable(curves.map(({ name }) => name).join(', '));
  print(`${names}, averages of ${formatDuration(found.step ?? 0)}, from the storage on ${printable(found.node)}`);
  print(chartText(curves, { from, to, zone: options.tz, unit, width, height: options.height, gap }));
}

/** What a chart shows. Where no beginning was asked for, it begins with what there is. */
async function pointsOf(
  handle: Handle<unknown>,
  asked: Asked,
  options: ReadingOptions,
  points: number,
): Promise<{ readonly found: Found; readonly from: number }> {
  const how = options.step === undefined ? { points } : stepOf(options);
  const found = await itemsOf(handle, { ...asked, ...how }, MAX_ITEMS);
  const first = found.items.reduce((least, { at }) => Math.min(least, at), asked.to);
  if (options.from !== undefined || first <= asked.from || first >= asked.to) return { found, from: asked.from };
  return { found: await itemsOf(handle, { ...asked, from: first, ...how }, MAX_ITEMS), from: first };
}

function curvesOf(items: readonly LogItem[]) {
  const bySeries = new Map<Series, { at: number; value: number }[]>();
  for (const { series: one, at, value } of items) {
    if (typeof value !== 'number') continue;
    const points = bySeries.get(one) ?? [];
    if (points.length === 0) bySeries.set(one, points);
    points.push({ at, value });
  }
  return [...bySeries].map(([one, points], index) => ({
    name: `${one.service}@${one.node}`,
    points,
    paint: nodeColour(index),
  }));
}

interface Found {
  readonly node: string;
  readonly step: number | undefined;
  readonly items: readonly LogItem[];
  readonly isCut: boolean;
}

/** All pages as one; equal series are one object. */
async function itemsOf(handle: Handle<unknown>, question: object, limit: number): Promise<Found> {
  const series = new Map<string, Series>();
  const items: LogItem[] = [];
  let about = { node: '', step: undefined as number | undefined };
  for await (const page of pagesOf(handle, question, limit + 1)) {
    about = { node: page.node, step: page.step };
    for (const item of page.items) {
      const text = JSON.stringify(item.series);
      const known = series.get(text) ?? item.series;
      series.set(text, known);
      items.push({ ...item, series: known });
    }
  }
  return { ...about, items: items.slice(0, limit), isCut: items.length > limit };
}

/** Steps of hours and days begin where the clock on the wall does. */
function stepOf({ step, tz }: LogOptions): object {
  if (step === undefined) return {};
  return step % HOUR === 0 ? { step, origin: -offsetOf(Date.now(), tz) } : { step };
}

function cells({ value, series: { unit }, point }: LogItem): string[] {
  if (point === undefined) return [valueText(value, unit)];
  const { min, max, last, count } = point;
  return [...[value, min, max, last].map((number) => valueText(number, unit)), String(count)];
}

const itemJson =
  ({ tz }: LogOptions) =>
  ({ series: one, at, value, point, extras }: LogItem): object => {
    const who = { time: isoText(at, tz), at, ...one };
    return point === undefined ? { ...who, value, ...extras } : { ...who, avg: value, ...point };
  };

const keyOf = ({ series: { service, node, unit }, at, value }: LogItem): string =>
  JSON.stringify([service, node, unit, at, value]);

function printItem(item: LogItem, options: LogOptions): void {
  if (options.json) {
    printJson(itemJson(options)(item));
    return;
  }
  const { service, node } = item.series;
  print(
    `${momentText(item.at, options.tz, true).slice(11)}  ${printable(`${service}@${node}`)}  ${printable(cells(item).join(' '))}`,
  );
}
