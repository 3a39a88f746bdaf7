/**
 * Why a resource gives what it gives: the causes there are, and an answer as it travels between nodes and to people.
 *
 * Moments are ms since 1970 of whoever answers, 0 where it has no clock: the reader puts them into words, in its own time zone.
 *
 * @module
 */
import { isObject } from '../../wire/checks.ts';

/** What may be the matter with one instance, or with the whole resource; the weightiest first. */
export const CAUSES = [
  /** It said goodbye. */
  'left',
  /** Several nodes fell silent at about the same time: the network is parted, or their power failed. */
  'partition',
  /** It gives no sign of life to anybody. */
  'dead',
  /** It told that it would be silent. */
  'asleep',
  /** It answers, with failures; so many that its breaker is open. */
  'breaker-open',
  'failing',
  /** It is there, and answers late or is still at work when the caller gives up. */
  'slow',
  /** It lives, but what one of the two sends does not reach the other. */
  'not-reached',
  /** Some tries got no answer, others did. */
  'lossy',
  /** It fell silent just now; nobody knows yet. */
  'suspect',
  /** It answers with a value that it kept from before. */
  'stale',
  /** It began anew a short while ago. */
  'restarted',
  'wrong-version',
  /** Offered, but not there: no node or label of that name. */
  'wrong-place',
  /** Its node offers it no longer. */
  'withdrawn',
  /** Nothing of the kind is here; a node with another key, or another protocol, is heard. */
  'other-key',
  'other-protocol',
  'v1-not-allowed',
  'never-seen',
  /** Of a resource alone: one of its instances is not well, another one is, and answers. */
  'sibling',
  'ok',
] as const;

export type Cause = (typeof CAUSES)[number];

/** Something that happened, as a sentence without its full stop. */
export interface Deed {
  readonly at: number;
  readonly text: string;
}

/** What is the matter with one instance, or with what was asked for where there is none. */
export interface Finding {
  readonly cause: Cause;
  /** `temp_sensor@kitchen is dead`. */
  readonly what: string;
  /** Since when; 0 when that is not known. */
  readonly since: number;
  /** A sentence part: "no sign of life for 4.2 s". Empty when there is no more to say. */
  readonly because: string;
  /** What happened to it, the oldest first. */
  readonly history: readonly Deed[];
}

export interface Explanation {
  readonly resource: string;
  /** The cause, in one word: that of the weightiest finding when no instance is well. */
  readonly cause: Cause;
  /** Name of the node that says so. */
  readonly by: string;
  /** One an instance, what is wrong first. */
  readonly findings: readonly Finding[];
  /** Whole sentences about all of it: who stands in, what other nodes see. */
  readonly notes: readonly string[];
}

/** Findings of one answer, deeds of one finding, and notes, at most. */
export const MAX_FINDINGS = 8;
export const MAX_HISTORY = 8;
export const MAX_NOTES = 8;
const MAX_TEXT = 500;

/** Reads what another node answered; undefined when it makes no sense. */
export function parseExplanation(value: unknown): Explanation | undefined {
  if (!isObject(value)) return undefined;
  const { resource, by, notes } = value;
  const cause = causeOf(value.cause);
  const findings = listOf(value.findings, MAX_FINDINGS, findingOf);
  const said = listOf(notes, MAX_NOTES, textOf);
  if (cause === undefined || !isText(resource) || !isText(by) || !findings || !said) return undefined;
  return { resource, cause, by, findings, notes: said };
}

function findingOf(value: unknown): Finding | undefined {
  if (!isObject(value)) return undefined;
  const { what, since, because } = value;
  const cause = causeOf(value.cause);
  const history = listOf(value.history, MAX_HISTORY, deedOf);
  if (cause === undefined || !isText(what) || !isMoment(since) || !isText(because) || !history) return undefined;
  return { cause, what, since, because, history };
}

function deedOf(value: unknown): Deed | undefined {
  if (!isObject(value)) return undefined;
  const { at, text } = value;
  return isMoment(at) && isText(text) ? { at, text } : undefined;
}

const causeOf = (value: unknown): Cause | undefined => CAUSES.find((cause) => cause === value);

const textOf = (value: unknown): string | undefined => (isText(value) ? value : undefined);

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= MAX_TEXT;

const isMoment = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value < 1e15;

function listOf<Item>(value: unknown, most: number, read: (item: unknown) => Item | undefined): Item[] | undefined {
  if (!Array.isArray(value) || value.length > most) return undefined;
  const items: Item[] = [];
  for (const one of value) {
    const item = read(one);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}
