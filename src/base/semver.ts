/**
 * Semantic versions and ranges of them, with the meaning that node-semver gives them: `*`, `1.2.3`, `1.x`, `^1.2`,
 * `~1.2.3`, `>=1 <2`, alternatives with `||`. Hyphen ranges (`1 - 2`) are not read.
 *
 * A pre-release is in a range only when the range names a pre-release of the same three numbers: `^1.2.3-beta.1` takes
 * `1.2.3-beta.2`, but `^1.2` does not.
 *
 * @see https://semver.org
 * @module
 */

interface Version {
  /** Major, minor, patch. */
  readonly numbers: readonly number[];
  /** The parts of the pre-release; numeric ones are numbers. Empty for a release. */
  readonly pre: readonly (number | string)[];
}

interface Bound {
  readonly is: '<' | '<=' | '>' | '>=' | '=';
  readonly version: Version;
}

/** Which versions are wanted. */
export interface Range {
  /** As it was written, for messages. */
  readonly text: string;
  /** A version fits when it keeps all bounds of one of these. */
  readonly anyOf: readonly (readonly Bound[])[];
}

/** Longer texts are refused, so that nothing here takes long. */
const MAX_TEXT = 256;

/** True for a full semantic version, `1.2.0` or `1.2.0-beta.1+build`. */
export const isVersion = (text: string): boolean => parseVersion(text) !== undefined;

/** Below 0 when `a` is older, above 0 when it is newer. What is no version is older than all; two such are equal. */
export function compareVersions(a: string, b: string): number {
  const left = parseVersion(a);
  const right = parseVersion(b);
  if (left === undefined || right === undefined) return Number(left !== undefined) - Number(right !== undefined);
  return compare(left, right);
}

/** True when `version` is a version and in the range. */
export function satisfies(version: string, range: Range): boolean {
  const parsed = parseVersion(version);
  return parsed !== undefined && range.anyOf.some((bounds) => keepsAll(parsed, bounds));
}

/** The range that `text` says, or undefined when it says none. An empty text means any version. */
export function parseRange(text: string): Range | undefined {
  if (text.length > MAX_TEXT) return undefined;
  const anyOf: Bound[][] = [];
  for (const alternative of text.split('||')) {
    const bounds: Bound[] = [];
    for (const word of alternative.replace(/([<>=~^])\s+/g, '$1').split(/\s+/)) {
      const found = word === '' ? [] : parseWord(word);
      if (found === undefined) return undefined;
      bounds.push(...found);
    }
    anyOf.push(bounds);
  }
  return { text, anyOf };
}

function parseVersion(text: string): Version | undefined {
  if (text.length > MAX_TEXT) return undefined;
  const form = /^(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})(?:-([^+]+))?(?:\+[0-9A-Za-z.-]+)?$/;
  const found = form.exec(text);
  const pre = found && parsePre(found[4]);
  return pre ? { numbers: found.slice(1, 4).map(Number), pre } : undefined;
}

function parsePre(text: string | undefined): (number | string)[] | undefined {
  if (text === undefined) return [];
  const parts = text.split('.');
  if (!parts.every((part) => /^(0|[1-9]\d{0,14}|\d*[A-Za-z-][0-9A-Za-z-]*)$/.test(part))) return undefined;
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** The bounds that one word sets: `^1.2` is `>=1.2.0` and `<2.0.0-0`, below every pre-release of 2. */
function parseWord(word: string): Bound[] | undefined {
  const number = '(0|[1-9]\\d{0,14}|[xX*])';
  const pattern = `^(>=|<=|[<>=~^]?)${number}(?:\\.${number}(?:\\.${number}(?:-([^+]+))?(?:\\+[0-9A-Za-z.-]+)?)?)?$`;
  const found = new RegExp(pattern).exec(word);
  if (found === null) return undefined;
  const given = givenNumbers(found.slice(2, 5));
  const pre = parsePre(given.length === 3 ? found[5] : undefined);
  return pre && boundsOf(found[1] ?? '', given, pre);
}

/** The numbers before the first missing one or wildcard. */
function givenNumbers(fields: readonly (string | undefined)[]): number[] {
  const missing = fields.findIndex((field) => field === undefined || /[xX*]/.test(field));
  return fields.slice(0, missing < 0 ? 3 : missing).map(Number);
}

function boundsOf(sign: string, given: readonly number[], pre: Version['pre']): Bound[] {
  const full = given.length === 3;
  const lowest: Version = { numbers: [0, 1, 2].map((place) => given[place] ?? 0), pre };
  const any = given.length === 0;
  const last = given.length - 1;
  const from: Bound = { is: '>=', version: lowest };
  const below = (place: number): Bound => ({ is: '<', version: { numbers: bump(lowest.numbers, place), pre: [0] } });
  switch (sign) {
    case '>=':
      return [from];
    case '<':
      return [{ is: '<', version: full ? lowest : { ...lowest, pre: [0] } }];
    case '<=':
      if (any) return [];
      return full ? [{ is: '<=', version: lowest }] : [below(last)];
    case '>':
      if (any) return [{ is: '<', version: { ...lowest, pre: [0] } }];
      if (full) return [{ is: '>', version: lowest }];
      return [{ is: '>=', version: { numbers: bump(lowest.numbers, last), pre: [] } }];
    case '~':
      return any ? [] : [from, below(Math.min(last, 1))];
    case '^': {
      const first = given.findIndex((n) => n > 0);
      return any ? [] : [from, below(first < 0 ? last : first)];
    }
    default:
      if (any) return [];
      return full ? [{ is: '=', version: lowest }] : [from, below(last)];
  }
}

/** One more at `place`, zeros after it. */
const bump = (numbers: readonly number[], place: number): number[] =>
  numbers.map((n, at) => (at < place ? n : at === place ? n + 1 : 0));

function keepsAll(version: Version, bounds: readonly Bound[]): boolean {
  if (!bounds.every((bound) => keeps(version, bound))) return false;
  if (version.pre.length === 0) return true;
  return bounds.some(
    (bound) => bound.version.pre.length > 0 && compareParts(bound.version.numbers, version.numbers) === 0,
  );
}

function keeps(version: Version, bound: Bound): boolean {
  const order = compare(version, bound.version);
  if (order === 0) return bound.is.endsWith('=');
  return order < 0 ? bound.is.startsWith('<') : bound.is.startsWith('>');
}

function compare(a: Version, b: Version): number {
  const order = compareParts(a.numbers, b.numbers);
  if (order !== 0) return order;
  if (a.pre.length === 0 || b.pre.length === 0) return b.pre.length - a.pre.length;
  return compareParts(a.pre, b.pre);
}

/** By the first difference; numbers before words, and the shorter first when it begins the longer. */
function compareParts(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    const left = a[at] ?? 0;
    const right = b[at] ?? 0;
    if (left === right) continue;
    if (typeof left !== typeof right) return typeof left === 'number' ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return a.length - b.length;
}
