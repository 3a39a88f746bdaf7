/**
 * The newest events of the cluster, numbered and in words, to be asked for and to be listened to. A reader that was away
 * asks for what came after the last one it saw, and is told how many are lost to it.
 *
 * @module
 */
import type * as v from 'valibot';
import type { ClusterEvent } from '../core/model.ts';
import type { Os } from '../os/os.ts';
import { isRemarkable, type NameOf, namesOf, sentenceOf } from '../os/words.ts';
import { MAX_JOURNAL } from './limits.ts';
import type { Event, Events } from './schemas.ts';
import { idText } from './views.ts';

export type EventView = v.InferOutput<typeof Event>;
export type Level = EventView['level'];
/** What is wanted of the journal; all without a field. */
export interface EventFilter {
  readonly type?: string | undefined;
  readonly node?: string | undefined;
  readonly service?: string | undefined;
  readonly level?: Level | undefined;
}

const LEVELS: readonly Level[] = ['info', 'notice', 'warning', 'error'];

export class Journal {
  private readonly os: Os;
  private readonly nameOf: NameOf;
  private readonly kept: EventView[] = [];
  private readonly listeners = new Set<(event: EventView) => void>();
  private readonly off: () => void;
  private last = 0;
  /** How many of each type there were, since this began. */
  readonly counts = new Map<string, number>();

  constructor(os: Os) {
    this.os = os;
    this.nameOf = namesOf(() => os.nodes());
    this.off = os.on((event) => this.add(event));
  }

  /** Id of the newest; 0 before the first. */
  get newest(): number {
    return this.last;
  }

  /** Tells each event as it comes, until the returned function is called. */
  on(listener: (event: EventView) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** A line that is not the cluster's own: a fault that somebody made. */
  note(type: string, level: Level, text: string, node?: string): void {
    const id = this.os.nodes().find((known) => known.node === node)?.nodeId;
    const who = node === undefined ? {} : { node, ...(id === undefined ? {} : { nodeId: idText(id) }) };
    this.push({ type, level, text, ...who });
  }

  /** The newest `limit` events that are wanted, of those after `after`. */
  after(after: number, limit: number, filter: EventFilter = {}): v.InferOutput<typeof Events> {
    const oldest = this.kept[0]?.id ?? this.last + 1;
    const wanted = this.kept.filter((event) => event.id > after && isWanted(event, filter));
    return { events: wanted.slice(-limit), lost: Math.max(0, oldest - 1 - after) };
  }

  close(): void {
    this.off();
    this.listeners.clear();
  }

  private add(event: ClusterEvent): void {
    this.push({ type: event.type, level: levelOf(event), text: sentenceOf(event, this.nameOf), ...this.about(event) });
  }

  private push(event: Omit<EventView, 'id' | 'at'>): void {
    const numbered = { id: ++this.last, at: Math.round(this.os.clock.wallClock()), ...event };
    this.counts.set(event.type, (this.counts.get(event.type) ?? 0) + 1);
    this.kept.push(numbered);
    if (this.kept.length > MAX_JOURNAL) this.kept.shift();
    for (const tell of [...this.listeners]) tell(numbered);
  }

  private about(event: ClusterEvent): Pick<EventView, 'node' | 'nodeId' | 'service'> {
    const service = 'service' in event ? { service: event.service } : {};
    const id = 'node' in event ? event.node : 'to' in event ? event.to : undefined;
    if (id === undefined) return service;
    return { node: 'name' in event ? event.name : this.nameOf(id), nodeId: idText(id), ...service };
  }
}

export const isWanted = (event: EventView, { type, node, service, level = 'info' }: EventFilter): boolean =>
  (type === undefined || event.type === type) &&
  (node === undefined || event.node === node || event.nodeId === node) &&
  (service === undefined || event.service === service) &&
  LEVELS.indexOf(event.level) >= LEVELS.indexOf(level);

/** How much it asks for attention. */
export function levelOf(event: ClusterEvent): Level {
  switch (event.type) {
    case 'node':
      if (event.state === 'dead') return 'error';
      return event.state === 'suspect' ? 'warning' : isRemarkable(event) ? 'notice' : 'info';
    case 'breaker':
      return event.state === 'open' ? 'warning' : 'notice';
    case 'duplicate-id':
    case 'protocol-mismatch':
    case 'outsider':
      return 'error';
    case 'kernel':
      return event.change === 'lost' ? 'error' : 'info';
    case 'service':
      return event.change === 'withdrawn' ? 'notice' : 'info';
    default:
      return 'warning';
  }
}
