/**
 * `storage`: keeps readings for good, and answers what they were. `append` is answered once the rows are durable.
 *
 * A batch with source, epoch and sequence is kept once, however often it is sent: after OUTCOME_UNKNOWN, send it again.
 * A source sends its batches in order, one at a time: what comes with a lower number than one that is kept is taken for a
 * repetition. Answers are pages that fit a message; `next` says where the next one begins.
 *
 * @module
 */

import { TdosError } from '../../base/errors.ts';
import type { Operation, Shape } from '../../os/operation.ts';
import type { Os, ServiceDefinition, Serving } from '../../os/os.ts';
import { defineService } from '../../os/service.ts';
import { isObject } from '../../wire/checks.ts';
import { parseBatch } from './batch.ts';
import type { LatestRow, Page, Point, Row, SeriesInfo, StorageEngine } from './model.ts';
import { parseLatest, parseQuestion, parseSeries, type Question } from './question.ts';
import { EXPORT, LATEST, QUERY, SERIES } from './shapes.ts';
import { type Format, numbersOf, textOf } from './text.ts';

export interface StorageOptions {
  /** Semantic version. @default '2.0.0' */
  readonly version?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Bytes of an answer: with its frame it fits the 64 KiB of a message. */
const MAX_ANSWER = 60_000;

/**
 * The service `storage` over an engine.
 *
 * - `append` `{ rows: [{ service, node?, unit?, labels?, at, value, ... }], source?, epoch?, sequence? }`, one row, or the
 *   compact form of batch.ts: `{ stored, repeated }`
 * - `query` (question.ts): `{ node, from, to, step?, series, rows | points, next? }`, with rows `[series, at, value, more?]`
 *   or points `[series, at, avg, min, max, last, count]`; `node` is who answered
 * - `latest` `{ service?, node?, unit?, labels?, limit? }`: the newest row of each series
 * - `series` `{ service?, node?, unit?, labels?, after? }`: `{ node, series, next? }`, what there is, from when to when
 * - `export`: as `query`, and `format` (`csv`, `jsonl`): `{ node, text, next? }`
 * - `stats`: what is kept, and what was asked of this node
 * - `describe`: what the questions take, for forms
 */
export function storage(engine: StorageEngine, options: StorageOptions = {}): ServiceDefinition {
  const { version = '2.0.0', labels = {} } = options;
  const on = (node: string, now: () => number): ServiceDefinition =>
    defineService({ name: 'storage', version, labels, ops: operations(engine, node, now) });
  return {
    ...on('', () => 0),
    start: (os: Os): Serving => on(os.name, () => os.clock.wallClock()).start(os),
  };
}

function operations(engine: StorageEngine, node: string, now: () => number): Record<string, Operation> {
  const counts = { batches: 0, rows: 0, refused: 0 };
  const append = async (args: unknown): Promise<unknown> => {
    try {
      const done = await engine.append(parseBatch(args));
      counts.batches += 1;
      counts.rows += done.stored;
      return done;
    } catch (error) {
      counts.refused += 1;
      throw error;
    }
  };
  const query = async (args: unknown): Promise<unknown> => {
    const question = parseQuestion(args, now());
    const { from, to, step } = question;
    const span = step === undefined ? { from, to } : { from, to, step };
    const page = await fitting(engine, question, (asked) => JSON.stringify(itemsOf(asked, step)));
    return { node, ...span, ...itemsOf(page, step), ...nextOf(page) };
  };
  const exported = async (args: unknown): Promise<unknown> => {
    const format = formatOf(args);
    const question = parseQuestion(args, now());
    const kind = question.step === undefined ? 'rows' : 'points';
    const textOfPage = (page: Page<Row | Point>): string => textOf(page, format, kind, question.after === undefined);
    const page = await fitting(engine, question, (asked) => JSON.stringify(textOfPage(asked)));
    return { node, text: textOfPage(page), ...nextOf(page) };
  };
  const safe = (takes: Shape, run: (args: unknown) => unknown): Operation => ({ safe: true, takes, run });
  return {
    append: { safe: false, run: append },
    query: safe(QUERY, query),
    latest: safe(LATEST, async (args) => {
      const { filter, limit } = parseLatest(args);
      return (await engine.latest(filter, limit)).map(latestObject);
    }),
    series: safe(SERIES, async (args) => {
      const { filter, after } = parseSeries(args);
      return { node, ...pageOf((await engine.series(filter)).map(seriesObject), after) };
    }),
    export: safe(EXPORT, exported),
    stats: { safe: true, run: async () => ({ node, ...(await engine.stats()), since: counts }) },
  };
}

type AnyPage = Page<Row | Point>;

/** The longest page that fits an answer. */
async function fitting(engine: StorageEngine, question: Question, textOf: (page: AnyPage) => string): Promise<AnyPage> {
  for (let limit = question.limit; ; ) {
    const page = await ask(engine, { ...question, limit });
    const bytes = bytesOf(textOf(page));
    if (bytes <= MAX_ANSWER) return page;
    const fewer = Math.floor((page.items.length * MAX_ANSWER * 0.9) / bytes);
    if (page.items.length <= 1)
      throw new TdosError('TOO_LARGE', 'One row is larger than an answer may be. Ask with `step`.');
    limit = Math.max(1, fewer);
  }
}

const ask = (engine: StorageEngine, question: Question): Promise<AnyPage> =>
  question.step === undefined ? engine.rows(question) : engine.points(question);

const itemsOf = ({ series, items }: AnyPage, step: number | undefined): object =>
  step === undefined
    ? { series, rows: items }
    : { series, points: items.filter(isPoint).map(([place, at, summary]) => [place, at, ...numbersOf(summary)]) };

const isPoint = (item: Row | Point): item is Point => typeof item[2] === 'object' && item[2] !== null;

const nextOf = ({ next }: AnyPage): object => (next === undefined ? {} : { next });

function formatOf(args: unknown): Format {
  const format = isObject(args) ? (args.format ?? 'jsonl') : 'jsonl';
  if (format === 'csv' || format === 'jsonl') return format;
  throw new TdosError('BAD_ARGUMENT', '`format` must be `csv` or `jsonl`.');
}

/** As it was appended. */
const latestObject = ({ service, node, unit, labels, at, value, extras }: LatestRow): object => ({
  ...{ service, node, value, unit, at },
  ...(Object.keys(labels).length === 0 ? {} : { labels }),
  ...extras,
});

const seriesObject = ({ service, node, unit, labels, first, last }: SeriesInfo): object => ({
  ...{ service, node, unit, labels },
  ...(first === undefined ? {} : { first, last }),
});

/** As many as fit an answer, from the given place on. */
function pageOf(all: readonly object[], from: number): object {
  const series: object[] = [];
  let bytes = 0;
  for (const one of all.slice(from)) {
    bytes += bytesOf(JSON.stringify(one)) + 1;
    if (bytes > MAX_ANSWER) return { series, next: from + series.length };
    series.push(one);
  }
  return { series };
}

/** Of a text in UTF-8, or a little more. */
function bytesOf(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7f) bytes += unit > 0x7ff ? 2 : 1;
  }
  return bytes;
}
