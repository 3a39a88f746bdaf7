/**
 * What a read gives: a value that says how fresh it is. The one thing to know: `age` is an upper bound. It is what the
 * server says of its value's age, plus all the time since the first transmission of the call, plus the time that this
 * node kept it. So a value may be fresher than it says, never older.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import { elapsed, type Instant } from '../base/time.ts';
import type { Outcome } from '../core/model.ts';
import { isObject } from '../wire/checks.ts';
import type { NodeId } from '../wire/message.ts';

/**
 * `live`: this call's answer, from the preferred instance. `sibling`: this call's answer, from another than the preferred
 * one. `stale`: a value from before this call; only given to those who said with `maxAge` how old it may be.
 */
export type Quality = 'live' | 'sibling' | 'stale';

/** One value and where it comes from. The type of the value is the caller's claim; it is not checked. */
export interface Reading<Value = number> {
  readonly value: Value;
  /** `°C`, `%`; empty when the service names none. */
  readonly unit: string;
  readonly quality: Quality;
  /** ms: the value is at most this old. */
  readonly age: number;
  /** Name of the node that measured it. */
  readonly node: string;
  readonly nodeId: NodeId;
  readonly service: string;
  /** False when anybody on the network could have forged it, as with v1 boards. */
  readonly trusted: boolean;
  /** Why it is not from this call; only on stale ones. */
  readonly error?: TdosError;
}

/** A value as its server said it. */
interface Said {
  readonly value: unknown;
  readonly unit: string;
  /** ms. */
  readonly age: number;
  readonly isStale: boolean;
}

/** A reading to be kept, and when it was new. */
export interface Kept {
  readonly reading: Reading<unknown>;
  readonly at: Instant;
}

/**
 * What a service answered to a read. `{ value, unit, age?, at?, quality? }` is unpacked; any other JSON is the value.
 *
 * @param wallClock - ms since 1970 on this node, to tell the age of a value that says when (`at`) it was taken;
 * 0 where there is no clock. `age` counts before it, since it needs no two clocks to agree.
 */
export function unpack(answer: unknown, wallClock: number): Said {
  if (!isObject(answer) || !Object.hasOwn(answer, 'value')) return { value: answer, unit: '', age: 0, isStale: false };
  const { value, unit, age, at, quality } = answer;
  const since = isSpan(at) && wallClock > 0 ? wallClock - at : 0;
  return {
    value,
    unit: typeof unit === 'string' ? unit : '',
    age: isSpan(age) ? age : Math.max(since, 0),
    isStale: quality === 'stale',
  };
}

const isSpan = (value: unknown): value is number => typeof value === 'number' && value >= 0;

/** The reading of a call that was answered. `prefer`: the node that was expected to answer; 0 for any. */
export function readingOf(
  service: string,
  outcome: Outcome & { readonly ok: true },
  prefer: NodeId,
  trusted: boolean,
  wallClock: number,
): Reading<unknown> {
  const said = unpack(outcome.value, wallClock);
  const isSibling = outcome.sibling || (prefer !== 0 && prefer !== outcome.node);
  return {
    value: said.value,
    unit: said.unit,
    quality: said.isStale ? 'stale' : isSibling ? 'sibling' : 'live',
    age: said.age + outcome.tookMs,
    node: outcome.nodeName,
    nodeId: outcome.node,
    service,
    trusted,
  };
}

/** The same reading, at a later moment. */
export const aged = (reading: Reading<unknown>, since: Instant, now: Instant): Reading<unknown> => ({
  ...reading,
  age: reading.age + elapsed(since, now),
});

/** Of two kept readings, the one that is less old. */
export function fresher(kept: Kept | undefined, next: Kept): Kept {
  if (kept === undefined) return next;
  return kept.reading.age + elapsed(kept.at, next.at) < next.reading.age ? kept : next;
}

/**
 * What the caller gets: a fresh reading if it is fresh enough, else the kept one if the caller takes it.
 *
 * @param fresh - the reading of this call, or why there is none.
 * @param maxAge - ms; undefined: any age, but from this call.
 * @throws TdosError STALE when the answer, or the kept value, is older than the caller takes; the call's own error
 * when it failed and nothing may stand in.
 */
export function accept(
  fresh: Reading<unknown> | TdosError,
  kept: Kept | undefined,
  maxAge: number | undefined,
  now: Instant,
): Reading<unknown> {
  let error: TdosError | undefined;
  if (fresh instanceof TdosError) {
    error = fresh;
  } else {
    error = refusalOf(fresh, maxAge);
    if (error === undefined) return fresh;
  }
  if (kept !== undefined && maxAge !== undefined) {
    const old = { ...aged(kept.reading, kept.at, now), quality: 'stale' as const, error };
    if (old.age <= maxAge) return old;
  }
  throw error;
}

/** Why a reading will not do. */
function refusalOf(fresh: Reading<unknown>, maxAge: number | undefined): TdosError | undefined {
  const { service, node, age, quality } = fresh;
  const is = `${service} on ${node} answered with a value up to ${Math.ceil(age)} ms old`;
  if (maxAge === undefined) {
    return quality === 'stale'
      ? new TdosError('STALE', `${is}, kept from before. Say with \`maxAge\` how old a value may be.`)
      : undefined;
  }
  return age > maxAge
    ? new TdosError('STALE', `${is}; ${maxAge} ms are asked for. Allow a higher \`maxAge\`.`)
    : undefined;
}
