/**
 * The live stream behind the dashboard: first the whole cluster, then what changes. It is looked at once for all who
 * listen, soon after each event and twice a second otherwise, and only while somebody listens.
 *
 * @module
 */
import type * as v from 'valibot';
import { after } from '../base/time.ts';
import type { Os } from '../os/os.ts';
import type { FaultPort } from './faults.ts';
import type { EventView, Journal } from './journal.ts';
import { LOOK_MS, SOON_MS } from './limits.ts';
import { Readings } from './readings.ts';
import type { Change, Session } from './schemas.ts';
import { messageOf, type Subscriber } from './streams.ts';
import { type InstanceView, instanceView, type NodeView, nodeView } from './views.ts';

type ChangeView = v.InferOutput<typeof Change>;
type SessionView = v.InferOutput<typeof Session>;

/** Events that someone gets who begins to listen. */
const PAST_EVENTS = 200;
/** ms by which two clocks may tell one moment differently. */
const SAME_MS = 200;

const keyOf = ({ service, nodeId }: InstanceView): string => `${service}@${nodeId}`;

export class Live {
  private readonly os: Os;
  private readonly journal: Journal;
  private readonly faults: FaultPort | undefined;
  private readonly readings: Readings;
  private readonly subscribers = new Set<Subscriber>();
  private readonly nodes = new Map<string, NodeView>();
  private readonly instances = new Map<string, InstanceView>();
  private readonly offs: (() => void)[];
  private cancel: (() => void) | undefined;
  private isSoon = false;

  constructor(os: Os, journal: Journal, faults: FaultPort | undefined) {
    this.os = os;
    this.journal = journal;
    this.faults = faults;
    this.readings = new Readings(os, (readings) => this.send('readings', { readings }));
    this.offs = [
      journal.on((event) => this.tell(event)),
      faults?.onChange((what, node) => {
        journal.note('fault', 'notice', what, node);
        this.send('faults', { active: faults.active() });
      }) ?? (() => undefined),
    ];
  }

  /** Begins to tell a subscriber, until it is gone. */
  add(subscriber: Subscriber, session: SessionView): void {
    if (this.subscribers.size === 0) this.wake();
    this.subscribers.add(subscriber);
    subscriber.gone.addEventListener('abort', () => this.remove(subscriber));
    subscriber.send(messageOf('session', session));
    subscriber.send(messageOf('cluster', this.whole()));
    subscriber.send(messageOf('events', this.journal.after(0, PAST_EVENTS)));
    subscriber.send(messageOf('readings', { readings: this.readings.latest() }));
    if (this.faults !== undefined) subscriber.send(messageOf('faults', { active: this.faults.active() }));
  }

  close(): void {
    for (const off of this.offs) off();
    this.sleep();
  }

  private remove(subscriber: Subscriber): void {
    this.subscribers.delete(subscriber);
    if (this.subscribers.size === 0) this.sleep();
  }

  private wake(): void {
    this.update();
    this.readings.look();
    this.lookIn(LOOK_MS);
  }

  private sleep(): void {
    this.cancel?.();
    this.cancel = undefined;
    this.isSoon = false;
    this.readings.stop();
    this.nodes.clear();
    this.instances.clear();
  }

  private tell(event: EventView): void {
    if (this.subscribers.size === 0) return;
    this.send('events', { events: [event], lost: 0 });
    if (this.isSoon) return;
    this.isSoon = true;
    this.lookIn(SOON_MS);
  }

  private lookIn(ms: number): void {
    const { clock } = this.os;
    this.cancel?.();
    this.cancel = clock.timer(after(clock.now(), ms), () => this.look());
  }

  private look(): void {
    this.isSoon = false;
    this.readings.look();
    const change = this.update();
    const { nodes, instances, goneNodes, goneInstances } = change;
    if ([nodes, instances, goneNodes, goneInstances].some(({ length }) => length > 0)) this.send('cluster', change);
    this.lookIn(LOOK_MS);
  }

  private send(event: string, data: unknown): void {
    if (this.subscribers.size === 0) return;
    const message = messageOf(event, data);
    for (const subscriber of [...this.subscribers]) subscriber.send(message);
  }

  private whole(): ChangeView {
    return {
      at: this.os.clock.wallClock(),
      nodes: [...this.nodes.values()],
      instances: [...this.instances.values()],
      goneNodes: [],
      goneInstances: [],
    };
  }

  /** Looks at the cluster, and gives what is not as it was. */
  private update(): ChangeView {
    const at = this.os.clock.wallClock();
    const nodes = this.os.nodes().map((info) => nodeView(info, at));
    const instances = this.os.list().map((info) => instanceView(info, at));
    return {
      at,
      nodes: nodes.filter((node) => renew(this.nodes, node.id, node, isSameNode)),
      instances: instances.filter((instance) => renew(this.instances, keyOf(instance), instance, isSameInstance)),
      goneNodes: forget(this.nodes, new Set(nodes.map(({ id }) => id))),
      goneInstances: forget(this.instances, new Set(instances.map(keyOf))),
    };
  }
}

/** Keeps what is new. False when it says the same as before. */
function renew<View>(
  known: Map<string, View>,
  key: string,
  view: View,
  isSame: (a: View, b: View) => boolean,
): boolean {
  const old = known.get(key);
  if (old !== undefined && isSame(old, view)) return false;
  known.set(key, view);
  return true;
}

function forget(known: Map<string, unknown>, present: ReadonlySet<string>): string[] {
  const gone = [...known.keys()].filter((key) => !present.has(key));
  for (const key of gone) known.delete(key);
  return gone;
}

/** How long ago it was heard changes all the time, and its load a little: that is no news. */
const isSameNode = (a: NodeView, b: NodeView): boolean =>
  a.state === b.state &&
  a.epoch === b.epoch &&
  a.address === b.address &&
  a.name === b.name &&
  a.kernel === b.kernel &&
  a.intervalMs === b.intervalMs &&
  Math.abs(a.load - b.load) < 16 &&
  Math.abs(a.since - b.since) < SAME_MS &&
  a.services.join() === b.services.join();

const isSameInstance = (a: InstanceView, b: InstanceView): boolean =>
  a.state === b.state &&
  a.breaker === b.breaker &&
  a.epoch === b.epoch &&
  a.version === b.version &&
  a.address === b.address &&
  a.node === b.node &&
  Math.abs(a.since - b.since) < SAME_MS &&
  a.unanswered === b.unanswered &&
  isSameRoundTrip(a.rttMs, b.rttMs) &&
  JSON.stringify([a.labels, a.operations]) === JSON.stringify([b.labels, b.operations]);

/** Round trips are told apart by a quarter, as eyes do. */
const isSameRoundTrip = (a: number | null, b: number | null): boolean =>
  a === null || b === null ? a === b : Math.abs(a - b) <= 0.5 + 0.25 * Math.min(a, b);
