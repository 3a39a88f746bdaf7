/**
 * Why a resource cannot be opened, in a sentence that helps: what was looked for, what stands in the way, and what
 * exists under a similar name.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import { elapsed, type Instant } from '../base/time.ts';
import { candidates } from '../core/exchange/failover.ts';
import type { Instance, Selector } from '../core/model.ts';

/** Names that are suggested at most. */
const MAX_NAMES = 5;

/**
 * The error for a resource without a candidate.
 *
 * @param all - every instance known, of whatever service.
 */
export function whyMissing(resource: string, selector: Selector, all: readonly Instance[], now: Instant): TdosError {
  const { service, versions } = selector;
  const present = all.filter(({ node }) => node.state !== 'left');
  const same = present.filter(({ offer }) => offer.name === service);
  switch (candidates(same, selector).why) {
    case 'dead': {
      const gone = same.filter(({ node }) => node.state === 'dead');
      const dead = gone.map(({ node }) => `${node.name} (${secondsOf(elapsed(node.since, now))})`);
      return new TdosError('UNAVAILABLE', `Every node that offers ${resource} is dead: ${listOf(dead)}.`);
    }
    case 'version': {
      const found = same.map(({ node, offer }) => `${offer.version} on ${node.name}`);
      const message = `No instance of ${resource} has a version in ${versions?.text ?? '*'}; there is ${listOf(found)}.`;
      return new TdosError('VERSION_MISMATCH', message);
    }
    case 'untrusted': {
      const message = `Only boards with the original protocol offer ${resource}, and anybody could forge what they say: ${listOf(same.map(({ node }) => node.name))}. Open it with \`allowUntrusted\`, or run with --allow-v1.`;
      return new TdosError('NOT_FOUND', message);
    }
    case 'label': {
      const places = same.map(({ node, offer }) => [node.name, ...labelsOf(offer.labels)].join(' '));
      return new TdosError(
        'NOT_FOUND',
        `No instance of ${service} is meant by ${resource}; there is ${listOf(places)}.`,
      );
    }
    case 'none': {
      const names = [...new Set(present.map(({ offer }) => offer.name))].sort();
      const near = names.filter((name) => isSimilar(name, service));
      const hint =
        near.length > 0
          ? `Did you mean ${listOf(near)}?`
          : names.length > 0
            ? `There is ${listOf(names)}.`
            : 'No service at all is known. Is any node up, and on this network?';
      return new TdosError('NOT_FOUND', `No node offers ${service}. ${hint}`);
    }
  }
}

const labelsOf = (labels: Readonly<Record<string, string>>): string[] =>
  Object.entries(labels).map(([key, value]) => `${key}=${value}`);

const secondsOf = (ms: number): string => `for ${(ms / 1000).toFixed(1)} s`;

function listOf(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}

/** One contains the other, or a third of the letters at most differ. */
function isSimilar(a: string, b: string): boolean {
  if (a.includes(b) || b.includes(a)) return true;
  return distance(a, b) <= Math.max(a.length, b.length) / 3;
}

/** Letters to add, drop or change (Levenshtein). */
function distance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, place) => place);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let place = 1; place <= b.length; place++) {
      const change = (above[place - 1] ?? 0) + Number(a[row - 1] !== b[place - 1]);
      line.push(Math.min(change, (above[place] ?? 0) + 1, (line[place - 1] ?? 0) + 1));
    }
    above = line;
  }
  return above[b.length] ?? 0;
}
