/**
 * What the page knows of the cluster, and how each message of the live stream changes it. Nothing is changed in place, so
 * that a part of the page is drawn again only when what it shows is another.
 *
 * @module
 */

import type { ActiveFaultView } from '../../src/gateway/faults.ts';
import type { EventView } from '../../src/gateway/journal.ts';
import type { LiveReadingView } from '../../src/gateway/readings.ts';
import type { InstanceView, NodeView } from '../../src/gateway/views.ts';

export type { ActiveFaultView, EventView, InstanceView, LiveReadingView, NodeView };

export interface SessionView {
  readonly name: string;
  readonly version: string;
  readonly role: 'read' | 'write';
  readonly faults: boolean;
}

/** A reading, and when it came: ages grow on this page's own clock. */
export interface Shown {
  readonly reading: LiveReadingView;
  /** When its value was taken, by this page's clock, ms; of one without a value, when it came. */
  readonly at: number;
}

/** Points of a value since the page was opened: when, and what. */
export type Trail = readonly (readonly [at: number, value: number])[];

export type Connection =
  | { readonly is: 'connecting' }
  | { readonly is: 'open' }
  /** `retryAt`: by this page's clock. */
  | { readonly is: 'lost'; readonly since: number; readonly retryAt: number }
  | { readonly is: 'refused'; readonly reason: string };

export interface State {
  readonly connection: Connection;
  readonly session: SessionView | undefined;
  readonly nodes: ReadonlyMap<string, NodeView>;
  /** By `service@node id`. */
  readonly instances: ReadonlyMap<string, InstanceView>;
  readonly events: readonly EventView[];
  /** By `service` and `service@node id`. */
  readonly readings: ReadonlyMap<string, Shown>;
  readonly trails: ReadonlyMap<string, Trail>;
  readonly faults: readonly ActiveFaultView[];
}

export const EMPTY: State = {
  connection: { is: 'connecting' },
  session: undefined,
  nodes: new Map(),
  instances: new Map(),
  events: [],
  readings: new Map(),
  trails: new Map(),
  faults: [],
};

interface Messages {
  readonly session: SessionView;
  readonly cluster: {
    readonly nodes: readonly NodeView[];
    readonly instances: readonly InstanceView[];
    readonly goneNodes: readonly string[];
    readonly goneInstances: readonly string[];
  };
  readonly events: { readonly events: readonly EventView[] };
  readonly readings: { readonly readings: readonly LiveReadingView[] };
  readonly faults: { readonly active: readonly ActiveFaultView[] };
}
export type Message = { readonly [Name in keyof Messages]: { event: Name; data: Messages[Name] } }[keyof Messages];

const MAX_EVENTS = 500;
const MAX_TRAIL = 240;

export const instanceKey = ({ service, nodeId }: InstanceView): string => `${service}@${nodeId}`;

/** @param now - of this page's clock. */
export function apply(state: State, message: Message, now: number): State {
  switch (message.event) {
    case 'session':
      // Everything is told afresh after it.
      return { ...EMPTY, trails: state.trails, connection: { is: 'open' }, session: message.data };
    case 'cluster': {
      const { nodes, instances, goneNodes, goneInstances } = message.data;
      return {
        ...state,
        nodes: changed(state.nodes, nodes, ({ id }) => id, goneNodes),
        instances: changed(state.instances, instances, instanceKey, goneInstances),
      };
    }
    case 'events': {
      const newest = state.events.at(-1)?.id ?? 0;
      const fresh = message.data.events.filter(({ id }) => id > newest);
      return { ...state, events: [...state.events, ...fresh].slice(-MAX_EVENTS) };
    }
    case 'readings':
      return withReadings(state, message.data.readings, now);
    case 'faults':
      return { ...state, faults: message.data.active };
  }
}

function changed<Item>(
  known: ReadonlyMap<string, Item>,
  news: readonly Item[],
  keyOf: (item: Item) => string,
  gone: readonly string[],
): ReadonlyMap<string, Item> {
  if (news.length === 0 && gone.length === 0) return known;
  const next = new Map(known);
  for (const item of news) next.set(keyOf(item), item);
  for (const key of gone) next.delete(key);
  return next;
}

function withReadings(state: State, news: readonly LiveReadingView[], now: number): State {
  const readings = new Map(state.readings);
  const trails = new Map(state.trails);
  for (const reading of news) {
    const at = reading.quality === 'none' ? now : now - reading.ageMs;
    readings.set(reading.key, { reading, at });
    if (reading.quality === 'none' || reading.quality === 'stale' || typeof reading.value !== 'number') continue;
    trails.set(reading.key, [...(trails.get(reading.key) ?? []), [at, reading.value] as const].slice(-MAX_TRAIL));
  }
  return { ...state, readings, trails };
}
