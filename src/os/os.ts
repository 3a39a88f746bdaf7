/**
 * What an app sees of TDOS: open a resource by name, offer services, look at the cluster. `boot` makes one.
 *
 * @module
 */
import type { ClusterEvent, Outcome } from '../core/model.ts';
import type { Address, Epoch, NodeId, PeerState } from '../wire/message.ts';
import type { GroupHandle } from './group.ts';
import type { Handle, ReadOptions } from './handle.ts';
import type { Clock } from './host.ts';
import type { Operation } from './operation.ts';
import type { Reading } from './reading.ts';
import type { Signal } from './signal.ts';

export interface OpenOptions {
  /** ms to wait for a first instance. @default the `callTimeoutMs` of config.ts, 3000 */
  readonly timeoutMs?: number;
  /** Only instances with a version in this range: `^1.2`, `>=1 <3`. */
  readonly versions?: string;
  /**
   * Boards with the original protocol may serve it where no other node offers it; anybody on the network can forge what they
   * say. @default what the node was started with: `allowV1`
   */
  readonly allowUntrusted?: boolean;
}

/** A service of this node, as long as it is offered. */
export interface Registration {
  readonly service: string;
  /** Stops offering it, and says so to the others. May be called again. */
  withdraw(): Promise<void>;
}

/** One service on one node. */
export interface InstanceInfo {
  readonly service: string;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Operation names; a trailing `!` marks one that is not safe to repeat. */
  readonly capabilities: readonly string[];
  /** Name of its node. */
  readonly node: string;
  readonly nodeId: NodeId;
  readonly address: Address;
  readonly state: PeerState;
  /** How long it has had that state, ms. */
  readonly sinceMs: number;
  /** How long ago its node gave a sign of life, ms; 0 for this node. */
  readonly heardMs: number;
  /** Grows with every start of its node. */
  readonly epoch: Epoch;
  /** Round trip, smoothed, ms; undefined before the first call. */
  readonly rttMs: number | undefined;
  readonly breaker: 'closed' | 'open' | 'half-open';
  /** Tries in a row that got no answer. */
  readonly unanswered: number;
  /** It speaks the original protocol only. */
  readonly v1: boolean;
  /** False when anybody on the network could forge what it says, as with v1 boards. */
  readonly trusted: boolean;
  /** It is one of this node's own. */
  readonly own: boolean;
}

/** One node, this one included. */
export interface NodeInfo {
  readonly node: string;
  readonly nodeId: NodeId;
  readonly address: Address;
  readonly state: PeerState;
  /** How long it has had that state, ms. */
  readonly sinceMs: number;
  /** How long ago it gave a sign of life, ms; 0 for this node. */
  readonly heardMs: number;
  /** The interval it promised between signs of life, ms; 0 for this node. */
  readonly intervalMs: number;
  readonly epoch: Epoch;
  readonly kernel: boolean;
  /** It speaks the original protocol only. */
  readonly v1: boolean;
  /** How busy, 0 to 255. */
  readonly load: number;
  /** Names of its services. */
  readonly services: readonly string[];
  /** It was heard under the newest of the cluster's keys; true where there is but one, or none. */
  readonly onNewestKey: boolean;
  /** It is this node. */
  readonly own: boolean;
}

/** Everything known of one service. */
export interface ServiceInfo {
  readonly service: string;
  readonly instances: readonly InstanceInfo[];
  /** What any of them can do. `safe`: it may be repeated without harm. */
  readonly operations: readonly { readonly name: string; readonly safe: boolean }[];
}

/** Cluster events as they come. Keeps the newest that are not read yet, up to `maxEvents` of config.ts. */
export interface EventStream extends AsyncIterableIterator<ClusterEvent> {
  /** Events that were dropped, the oldest first, because they were not read in time. */
  readonly dropped: number;
}

/** A service that is being served. */
export interface Serving {
  readonly operations: ReadonlyMap<string, Operation>;
  /** It is no longer offered. */
  stop(): unknown;
}

/** A service that a node can provide: from {@link defineService} or `defineVirtual`. */
export interface ServiceDefinition {
  readonly name: string;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Operation names; a trailing `!` marks one that is not safe to repeat. */
  readonly capabilities: readonly string[];
  /** Begins to serve on a node. */
  start(os: Os): Serving;
}

/** A call of this node that has ended. */
export interface EndedCall {
  readonly service: string;
  readonly op: string;
  readonly outcome: Outcome;
}

/** A node of the cluster, from the inside. */
export interface Os {
  readonly name: string;
  /** May change once: when another node turns out to have the same. */
  readonly id: NodeId;
  /** The machine's time, for apps and services. */
  readonly clock: Clock;
  /** Aborts when the node closes. */
  readonly closed: Signal;
  /** True once all that the kernels in reach know has arrived: what is not in `list` then is not there. */
  readonly complete: boolean;

  /**
   * A handle to each instance of a service: `temp_sensor@*`. It does not wait for any to appear.
   *
   * @throws TdosError BAD_ARGUMENT for a resource or range that cannot be read; CLOSED; LIMIT.
   */
  open<Value = number>(resource: `${string}@*`, options?: OpenOptions): Promise<GroupHandle<Value>>;
  /**
   * A handle to a choice of instances: `temp_sensor`, `temp_sensor@kitchen`, `temp_sensor@room=kitchen`. Waits for a
   * first one to appear. For a name that is known only at run time, `isGroup` tells which of the two it opens.
   *
   * @throws TdosError NOT_FOUND, VERSION_MISMATCH or UNAVAILABLE when none appears in time; BAD_ARGUMENT for a resource
   * or range that cannot be read; CLOSED; LIMIT.
   */
  open<Value = number>(resource: string, options?: OpenOptions): Promise<Handle<Value>>;

  /**
   * Opens, reads once, closes. `timeoutMs` is for both together. Nothing is kept, so nothing stale can stand in.
   *
   * @throws what `open` and {@link Handle.read} throw.
   */
  read<Value = number>(resource: `${string}@*`, options?: OpenOptions & ReadOptions): Promise<Reading<Value>[]>;
  read<Value = number>(resource: string, options?: OpenOptions & ReadOptions): Promise<Reading<Value>>;

  /**
   * Offers a service to the cluster.
   *
   * @throws TdosError BAD_ARGUMENT when this node offers one of that name already; LIMIT; CLOSED.
   */
  provide(service: ServiceDefinition): Promise<Registration>;

  /** All instances known, dead ones too, by service and node. */
  list(): InstanceInfo[];
  /** All nodes known, dead ones too, by name. */
  nodes(): NodeInfo[];
  /** Everything known of one service; undefined when nobody offers it. */
  info(service: string): ServiceInfo | undefined;
  /** How often each thing happened that is worth counting: datagrams refused, by reason (`refused.json`), late answers. */
  counters(): Readonly<Record<string, number>>;

  /** Asks a node whether it is there. The answer is a sign of life, and shows which key it has. */
  probe(node: NodeId): void;
  /** Announces that this node will be silent for `ms` and is not to be suspected; 0 ends that. */
  sleep(ms: number): void;

  /** Tells of cluster events until the returned function is called. */
  on(listener: (event: ClusterEvent) => void): () => void;
  /** Tells how each call of this node ended, reads among them, until the returned function is called. @throws TdosError LIMIT */
  onOutcome(listener: (call: EndedCall) => void): () => void;
  /** Cluster events from now on. */
  events(): EventStream;

  /**
   * Says goodbye and stops. Reads and calls under way reject with CLOSED, watches and event streams end, handles are
   * closed. May be called again.
   */
  close(): Promise<void>;
}
