/**
 * Times, ages and values as people read them.
 *
 * @module
 */
import type { InstanceView, LiveReadingView, NodeView } from './model.ts';

/** `3 s`, `2 min`, `5 h`, `3 d`: as coarse as it is old. */
export function span(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86_400)} d`;
}

/** How old something is. */
export const age = (ms: number): string => (ms < 1500 ? 'just now' : `${span(ms)} ago`);

/** A round trip. */
export const roundTrip = (ms: number | null): string =>
  ms === null ? '–' : ms < 1 ? '< 1 ms' : `${Math.round(ms)} ms`;

export const clock = (at: number): string =>
  new Date(at).toLocaleTimeString(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });

/** A value with three or four digits that mean something. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') return JSON.stringify(value) ?? '';
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const digits = Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 100 ? 1 : Math.abs(value) >= 10 ? 1 : 2;
  return Math.abs(value) >= 1e6 ? value.toExponential(2) : value.toFixed(digits);
}

export const readingText = (reading: LiveReadingView): string =>
  reading.quality === 'none'
    ? 'no value'
    : `${valueText(reading.value)}${reading.unit === '' ? '' : ` ${reading.unit}`}`;

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** How the cluster is, in a sentence. */
export function summary(nodes: Iterable<NodeView>): { readonly text: string; readonly mood: 'fine' | 'warn' | 'bad' } {
  const present = [...nodes].filter(({ state }) => state !== 'left');
  const of = (state: NodeView['state']): NodeView[] => present.filter((node) => node.state === state);
  const [dead, suspect] = [of('dead'), of('suspect')];
  const named = (list: readonly NodeView[], is: string, are: string): string =>
    list.length > 3
      ? `${list.length} nodes ${are}`
      : `${listed(list.map(({ name }) => name))} ${list.length === 1 ? is : are}`;
  if (present.length === 0) return { text: 'Nobody is here yet', mood: 'warn' };
  if (dead.length > 0)
    return {
      text: `${named(dead, 'is dead', 'are dead')}${suspect.length > 0 ? `, ${named(suspect, 'is suspect', 'are suspect')}` : ''}`,
      mood: 'bad',
    };
  if (suspect.length > 0) return { text: named(suspect, 'is suspect', 'are suspect'), mood: 'warn' };
  return { text: `${count(present.length, 'node')}, all well`, mood: 'fine' };
}

export const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

export const isWell = ({ state, breaker }: InstanceView): boolean => state === 'alive' && breaker === 'closed';

/** What is shown is not what was asked for: old, from another node, or nothing. */
export const isOff = (shown: { readonly reading: LiveReadingView } | undefined): boolean =>
  shown !== undefined && shown.reading.quality !== 'live';
