/**
 * What happened in a scene, in words: readings, errors, events, views. Times are rounded to 0.1 s, so that a golden
 * answer says what matters and no more.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import type { ClusterEvent } from '../core/model.ts';
import type { Survey } from '../os/group.ts';
import type { Missing } from '../os/handle.ts';
import type { InstanceInfo, NodeInfo } from '../os/os.ts';
import type { Reading } from '../os/reading.ts';

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)}s`;

/** `21.5 °C live from kitchen`. Of a stale one, its age too. */
export function readingInWords(reading: Reading<unknown> | Missing, withAge = true): string {
  if (reading.quality === 'none') return errorInWords(reading.error);
  const { value, unit, quality, node, age, error } = reading;
  const shown = typeof value === 'number' ? `${value}` : JSON.stringify(value);
  const old = quality === 'stale' && withAge ? `, ${seconds(age)} old` : '';
  const why = error === undefined ? '' : ` (${error.code})`;
  return `${shown}${unit === '' ? '' : ` ${unit}`} ${quality} from ${node}${old}${why}`;
}

export const surveyInWords = ({ readings, failures }: Survey<unknown>): string[] => [
  ...[...readings].sort((a, b) => (a.node < b.node ? -1 : 1)).map((reading) => readingInWords(reading)),
  ...[...failures]
    .sort((a, b) => (a.node < b.node ? -1 : 1))
    .map(({ node, error }) => `${node}: ${errorInWords(error)}`),
];

/** The code and the first sentence. */
export function errorInWords(error: unknown): string {
  if (!(error instanceof TdosError)) return String(error);
  const [first = ''] = error.message.split(/(?<=[.?!]) (?=[A-Z`])/);
  return `${error.code}: ${first.replace(/\.$/, '')}`;
}

export function answerInWords(answer: unknown): string {
  if (answer === undefined || answer === null) return 'done';
  return typeof answer === 'string' ? answer : JSON.stringify(answer);
}

/**
 * `k1: kitchen is suspect at 12.3s: no sign of life for 1.8 s`.
 *
 * @param nameOf - the node with that id.
 * @param placeOf - the machine with that address.
 */
export function eventInWords(
  observer: string,
  atMs: number,
  event: ClusterEvent,
  nameOf: (id: number) => string,
  placeOf: (address: string) => string,
): string {
  return `${observer}: ${happening(event, nameOf, placeOf)} at ${seconds(atMs)}${reasonOf(event)}`;
}

function happening(event: ClusterEvent, nameOf: (id: number) => string, placeOf: (address: string) => string): string {
  switch (event.type) {
    case 'node': {
      const { name, state, was } = event;
      if (state === 'left') return `${name} left`;
      return `${name} is ${state === 'alive' && was === undefined ? 'here' : state}`;
    }
    case 'service':
      return `${event.name} ${event.change === 'offered' ? 'offers' : 'withdrew'} ${event.service}`;
    case 'breaker':
      return `the breaker of ${event.service} on ${nameOf(event.node)} is ${event.state}`;
    case 'failover':
      return `${event.service} moves from ${nameOf(event.from)} to ${nameOf(event.to)}`;
    case 'duplicate-id':
      return `one id is used by ${event.addresses.map(placeOf).join(' and ')}`;
    case 'protocol-mismatch':
      return 'no common protocol';
    case 'outsider':
      return `${placeOf(event.address)} is no part of this cluster`;
    case 'kernel':
      return `${event.change === 'joined' ? 'relies on' : 'lost'} the kernel ${event.name}`;
    case 'self-doubt':
      return 'doubts itself';
  }
}

const reasonOf = (event: ClusterEvent): string => ('reason' in event && event.reason !== '' ? `: ${event.reason}` : '');

export const nodeInWords = ({ node, state, services, kernel }: NodeInfo): string =>
  `${node} ${state}${kernel ? ', a kernel' : ''}${services.length === 0 ? '' : `: ${[...services].sort().join(', ')}`}`;

export function instanceInWords({ service, version, node, labels, state, breaker }: InstanceInfo): string {
  const places = Object.entries(labels).map(([key, value]) => ` ${key}=${value}`);
  const note = breaker === 'closed' ? '' : `, breaker ${breaker}`;
  return `${service} ${version} on ${node}${places.join('')}: ${state}${note}`;
}

/** Equal answers in a row as one: `3 x 21.5 °C live from kitchen`. */
export function collapse(lines: readonly string[]): string[] {
  const runs: { readonly line: string; count: number }[] = [];
  for (const line of lines) {
    const last = runs.at(-1);
    if (last?.line === line) last.count += 1;
    else runs.push({ line, count: 1 });
  }
  return runs.map(({ line, count }) => (count === 1 ? line : `${count} x ${line}`));
}
