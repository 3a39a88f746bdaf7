/**
 * Questions to storage, read from what a caller sent.
 *
 * @module
 */
import { TdosError } from '../../base/errors.ts';
import { isLabelValue, isName, isObject } from '../../wire/checks.ts';
import { isLabels, MAX_AT } from './batch.ts';
import type { PointsQuestion, RowsQuestion, SeriesFilter } from './model.ts';
import { HOUR, stepFor } from './rollup.ts';

/** Rows or points on a page: unless told, and at most. */
const PAGE = 1000;
const MAX_PAGE = 4096;
/** Points that one asks for instead of a step, at most. */
const MAX_POINTS = 2000;
/** UTF-16 units of a page mark. */
const MAX_MARK = 128;
/** Series that `latest` gives unless told. */
const LATEST = 100;

/** Readings as they are, or points with a step. */
export type Question = (RowsQuestion & { readonly step: undefined }) | PointsQuestion;

function refuse(sentence: string): never {
  throw new TdosError('BAD_ARGUMENT', sentence);
}

/**
 * What `query` and `export` take: `{ service?, node?, unit?, labels?, from?, to?, step?, points?, origin?, limit?, after? }`.
 *
 * @param now - ms since 1970: the end unless told. The beginning is an hour before the end.
 * @throws TdosError BAD_ARGUMENT.
 */
export function parseQuestion(args: unknown, now: number): Question {
  const asked = argsOf(args, 'query');
  const { to = now, points, origin = 0, after } = asked;
  const end = timeOf(to, 'to');
  const from = timeOf(asked.from ?? Math.max(0, end - HOUR), 'from');
  if (from > end) refuse('`from` must be before `to`.');
  if (after !== undefined && !(typeof after === 'string' && after.length <= MAX_MARK))
    return refuse('`after` is the `next` of the page before.');
  const filter = filterOf(asked);
  const span = { filter, from, to: end, limit: limitOf(asked.limit, PAGE), after };
  const step = stepOf(asked.step, points, end - from);
  if (step === undefined) return { ...span, step };
  if (typeof origin !== 'number' || !Number.isSafeInteger(origin)) return refuse('`origin` must be a time in ms.');
  return { ...span, step, origin };
}

/** What `latest` takes: `{ service?, node?, unit?, labels?, limit? }`. @throws TdosError BAD_ARGUMENT. */
export function parseLatest(args: unknown): { readonly filter: SeriesFilter; readonly limit: number } {
  const asked = argsOf(args, 'latest');
  return { filter: filterOf(asked), limit: limitOf(asked.limit, LATEST) };
}

/** What `series` takes: `{ service?, node?, unit?, labels?, after? }`. @throws TdosError BAD_ARGUMENT. */
export function parseSeries(args: unknown): { readonly filter: SeriesFilter; readonly after: number } {
  const asked = argsOf(args, 'series');
  const { after = 0 } = asked;
  if (typeof after !== 'number' || !Number.isSafeInteger(after) || after < 0)
    return refuse('`after` is the `next` of the page before.');
  return { filter: filterOf(asked), after };
}

function argsOf(args: unknown, op: string): Readonly<Record<string, unknown>> {
  if (args === undefined || args === null) return {};
  return isObject(args) ? args : refuse(`\`${op}\` takes an object: { service?, node?, labels?, ... }.`);
}

function filterOf({ service, node, unit, labels }: Readonly<Record<string, unknown>>): SeriesFilter {
  if (service !== undefined && !isName(service)) return refuse('`service` must be a name.');
  if (node !== undefined && !isLabelValue(node)) return refuse('`node` must be a name.');
  if (unit !== undefined && !isLabelValue(unit)) return refuse('`unit` must be a text.');
  if (labels !== undefined && !isLabels(labels)) return refuse('`labels` must be names with texts: { room: "hall" }.');
  return { service, node, unit, labels };
}

function limitOf(limit: unknown, otherwise: number): number {
  if (limit === undefined) return otherwise;
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE)
    return refuse(`\`limit\` must be an integer from 1 to ${MAX_PAGE}.`);
  return limit;
}

function timeOf(value: unknown, name: string): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= MAX_AT + 1))
    return refuse(`\`${name}\` must be a time in ms since 1970.`);
  return Math.round(value);
}

function stepOf(step: unknown, points: unknown, span: number): number | undefined {
  if (step !== undefined) {
    if (typeof step !== 'number' || !Number.isSafeInteger(step) || step < 1)
      return refuse('`step` must be a time in whole ms, 1 or more.');
    return step;
  }
  if (points === undefined) return undefined;
  if (typeof points !== 'number' || !Number.isInteger(points) || points < 1 || points > MAX_POINTS)
    return refuse(`\`points\` must be an integer from 1 to ${MAX_POINTS}.`);
  return stepFor(Math.max(span, 1), points);
}
