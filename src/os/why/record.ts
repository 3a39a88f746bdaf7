/**
 * What a node has decided and learned of others, kept for questions: what happened to whom, how the newest calls ended,
 * who fell silent when, who restarted. Every list is a ring.
 *
 * A quick restart is no event, since nobody was missed: a look now and then sees that the epoch has changed.
 *
 * @module
 */
import { after, elapsed, type Instant } from '../../base/time.ts';
import type { ClusterEvent, Outcome } from '../../core/model.ts';
import type { Epoch, NodeId } from '../../wire/message.ts';
import type { Os } from '../os.ts';
import { namesOf, sentenceOf } from '../words.ts';
import type { Deed } from './model.ts';

/** ms between looks for restarts. */
const LOOK_MS = 1000;
/** Nodes remembered, those that were newest when full; deeds of each; ended calls of each. */
const MAX_NODES = 512;
const MAX_DEEDS = 16;
const MAX_ENDS = 16;
/** Strangers remembered. */
const MAX_STRANGERS = 16;

/** How a call to an instance ended. */
export interface End {
  readonly at: Instant;
  readonly service: string;
  readonly code: 'ok' | (Outcome & { readonly ok: false })['code'];
  readonly message: string;
  readonly tookMs: number;
  readonly tries: number;
  /** The value was one kept from before, by what its service says. */
  readonly stale: boolean;
}

/** What is remembered of one node. */
export interface Track {
  readonly name: string;
  readonly deeds: readonly (Deed & { readonly service: string | undefined })[];
  readonly ends: readonly End[];
  /** Services it offered, also those withdrawn since. */
  readonly offered: ReadonlySet<string>;
  readonly epoch: Epoch | undefined;
  readonly restartedAt: Instant | undefined;
  /** Since when it is not alive; undefined while it is. */
  readonly silentSince: Instant | undefined;
}

interface Kept extends Track {
  name: string;
  readonly deeds: (Deed & { readonly service: string | undefined })[];
  readonly ends: End[];
  readonly offered: Set<string>;
  epoch: Epoch | undefined;
  restartedAt: Instant | undefined;
  silentSince: Instant | undefined;
}

/** Somebody who is heard, and to whom this node cannot talk. */
export interface Stranger {
  readonly at: Instant;
  readonly cause: 'other-key' | 'other-protocol';
  readonly text: string;
}

export class Decisions {
  readonly os: Os;
  readonly strangers: Stranger[] = [];
  /** When this node last doubted itself, and why. */
  doubt: { readonly at: Instant; readonly reason: string } | undefined;
  private readonly tracks = new Map<NodeId, Kept>();
  private readonly offs: readonly (() => void)[];
  private cancelLook: () => void = () => undefined;
  private readonly end = (): void => this.close();

  /** Remembers from now on, until it or the node closes. @throws TdosError LIMIT, CLOSED */
  constructor(os: Os) {
    this.os = os;
    this.offs = [os.on((event) => this.happened(event)), os.onOutcome((call) => this.ended(call))];
    os.closed.addEventListener('abort', this.end);
    this.lookOn();
  }

  close(): void {
    this.cancelLook();
    for (const off of this.offs) off();
    this.os.closed.removeEventListener('abort', this.end);
  }

  private lookOn(): void {
    this.look();
    const { clock } = this.os;
    this.cancelLook = clock.timer(after(clock.now(), LOOK_MS), () => this.lookOn());
  }

  track(id: NodeId): Track | undefined {
    return this.tracks.get(id);
  }

  /** Those that had this name, the newest last. */
  named(name: string): Track[] {
    return [...this.tracks.values()].filter((track) => track.name === name);
  }

  /** Names of the nodes that fell silent within `withinMs` of `at`, and still are. */
  silentAround(at: Instant, withinMs: number): string[] {
    const found: string[] = [];
    for (const { name, silentSince } of this.tracks.values())
      if (silentSince !== undefined && Math.abs(elapsed(at, silentSince)) <= withinMs) found.push(name);
    return found.sort();
  }

  /** Sees who restarted since the last look. */
  look(): void {
    const now = this.os.clock.now();
    for (const { nodeId, node, epoch, own, state } of this.os.nodes()) {
      if (own) continue;
      const track = this.keep(nodeId, node);
      track.name = node;
      if (state === 'alive') track.silentSince = undefined;
      else track.silentSince ??= now;
      if (track.epoch !== undefined && epoch > track.epoch) {
        track.restartedAt = now;
        this.note(track, `${node} restarted`, undefined);
      }
      track.epoch = epoch;
    }
  }

  private happened(event: ClusterEvent): void {
    const now = this.os.clock.now();
    if (event.type === 'outsider' || event.type === 'protocol-mismatch') {
      const cause = event.type === 'outsider' ? 'other-key' : 'other-protocol';
      push(this.strangers, { at: now, cause, text: sentenceOf(event, () => '') }, MAX_STRANGERS);
    } else if (event.type === 'self-doubt') this.doubt = { at: now, reason: event.reason };
    const id = event.type === 'failover' ? event.from : 'node' in event ? event.node : undefined;
    if (id === undefined || id === this.os.id) return;
    const nameOf = namesOf(() => this.os.nodes());
    const track = this.keep(id, 'name' in event ? event.name : nameOf(id));
    if (event.type === 'service' && event.change === 'offered') track.offered.add(event.service);
    if (event.type === 'node') {
      track.name = event.name;
      if (event.state === 'alive' || event.state === 'left') track.silentSince = undefined;
      else track.silentSince ??= now;
    }
    this.note(track, sentenceOf(event, nameOf), 'service' in event ? event.service : undefined);
  }

  private ended({ service, outcome }: { readonly service: string; readonly outcome: Outcome }): void {
    const { node, nodeName, tookMs, tries, sibling } = outcome;
    // What another had to answer says nothing of that one's ways; what was never sent, of nobody's.
    if (node === 0 || node === this.os.id || sibling || tries === 0 || (!outcome.ok && outcome.code === 'CLOSED'))
      return;
    const value: unknown = outcome.ok ? outcome.value : undefined;
    const stale = typeof value === 'object' && value !== null && 'quality' in value && value.quality === 'stale';
    const code = outcome.ok ? 'ok' : outcome.code;
    const message = outcome.ok ? '' : outcome.message;
    push(
      this.keep(node, nodeName).ends,
      { at: this.os.clock.now(), service, code, message, tookMs, tries, stale },
      MAX_ENDS,
    );
  }

  private note(track: Kept, text: string, service: string | undefined): void {
    push(track.deeds, { at: Math.round(this.os.clock.wallClock()), text, service }, MAX_DEEDS);
  }

  private keep(id: NodeId, name: string): Kept {
    const known = this.tracks.get(id);
    if (known !== undefined) return known;
    if (this.tracks.size >= MAX_NODES)
      for (const oldest of [...this.tracks.keys()].slice(0, 1)) this.tracks.delete(oldest);
    const track: Kept = {
      ...{ name, deeds: [], ends: [], offered: new Set<string>() },
      ...{ epoch: undefined, restartedAt: undefined, silentSince: undefined },
    };
    this.tracks.set(id, track);
    return track;
  }
}

function push<Item>(ring: Item[], item: Item, most: number): void {
  ring.push(item);
  if (ring.length > most) ring.shift();
}
