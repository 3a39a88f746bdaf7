/**
 * The `Os` of one node: binds the driver, the handles, the services and the views together.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import { after, elapsed, type Instant } from '../base/time.ts';
import type { Config } from '../core/config.ts';
import { candidates } from '../core/exchange/failover.ts';
import type { CallCommand, ClusterEvent, Outcome, Selector } from '../core/model.ts';
import type { NodeId } from '../wire/message.ts';
import { type CallPort, checkSpan } from './calling.ts';
import { Driver, type Engine } from './driver.ts';
import { Events } from './events.ts';
import { type GroupHandle, ServiceGroup } from './group.ts';
import { type Handle, type ReadOptions, ServiceHandle } from './handle.ts';
import type { Clock, Host, Network } from './host.ts';
import type { HeldKeys } from './keys.ts';
import { whyMissing } from './missing.ts';
import type {
  EndedCall,
  EventStream,
  InstanceInfo,
  NodeInfo,
  OpenOptions,
  Os,
  Registration,
  ServiceDefinition,
  ServiceInfo,
} from './os.ts';
import { pauseUntil } from './pause.ts';
import { type Desktop, ForDriver, ForHandles } from './ports.ts';
import type { Reading } from './reading.ts';
import { isGroup, parseResource, selectorOf } from './resource.ts';
import { Provided } from './serving.ts';
import { type Signal, Stop } from './signal.ts';
import type { Stored } from './stored.ts';
import { listInstances, listNodes, type Scene, serviceInfo, type View } from './views.ts';
import { NodeClock } from './wall-clock.ts';

/** ms after its start in which a node may have to wait to know all instances. */
const WHOLE_VIEW_MS = 500;

export interface SystemParts {
  readonly host: Host;
  readonly endpoint: Engine & View;
  readonly network: Network;
  readonly config: Config;
  readonly stored: Stored;
  /** Handles may serve themselves from boards with the original protocol, unless they say otherwise. */
  readonly allowV1: boolean;
  /** Undefined in an open cluster. */
  readonly keys: HeldKeys | undefined;
  /** Told of faults outside the core that end nothing: a listener that throws, a disk that is full. */
  readonly onFault: (error: unknown) => void;
}

export class System implements Os, Desktop {
  readonly name: string;
  readonly clock: Clock;
  readonly closed: Signal;
  readonly driver: Driver;
  readonly view: View;
  private readonly network: Network;
  readonly config: Config;
  readonly stored: Stored;
  readonly keys: HeldKeys | undefined;
  private readonly allowV1: boolean;
  private readonly news: Events;
  readonly provided: Provided;
  private readonly stop = new Stop();
  private readonly handles = new Set<{ close(): void }>();
  /** Looks for what `open` waits for. */
  private readonly lookouts = new Set<() => void>();
  private readonly port: CallPort;
  /** Those who are told how calls end. */
  private readonly outcomes = new Set<(call: EndedCall) => void>();
  /** Told of faults that end nothing. */
  readonly fault: (error: unknown) => void;
  private readonly begunAt: Instant;
  private closing: Promise<void> | undefined;

  constructor(parts: SystemParts) {
    const { host, endpoint, network, config, stored, keys, allowV1, onFault } = parts;
    this.name = endpoint.identity.name;
    this.clock = new NodeClock(host, endpoint);
    this.begunAt = host.now();
    this.closed = this.stop;
    this.view = endpoint;
    this.network = network;
    this.config = config;
    this.stored = stored;
    this.keys = keys;
    this.allowV1 = allowV1;
    this.news = new Events(config, onFault);
    this.fault = onFault;
    this.provided = new Provided(host, onFault);
    this.driver = new Driver(host, endpoint, network, config, new ForDriver(this));
    this.port = new ForHandles(this);
  }

  get id(): NodeId {
    return this.view.identity.id;
  }

  get complete(): boolean {
    return this.view.complete;
  }

  open<Value = number>(resource: `${string}@*`, options?: OpenOptions): Promise<GroupHandle<Value>>;
  open<Value = number>(resource: string, options?: OpenOptions): Promise<Handle<Value>>;
  async open<Value>(resource: string, options: OpenOptions = {}): Promise<Handle<Value> | GroupHandle<Value>> {
    const { timeoutMs = this.config.callTimeoutMs, versions, allowUntrusted = this.allowV1 } = options;
    const selector = selectorOf(parseResource(resource), versions, !allowUntrusted);
    checkSpan('timeoutMs', timeoutMs);
    this.checkOpen();
    if (isGroup(resource)) {
      await this.awaitView(timeoutMs);
      return this.keep(new ServiceGroup<Value>(this.port, resource, selector, (group) => this.handles.delete(group)));
    }
    await this.awaitCandidate(resource, selector, timeoutMs);
    return this.keep(new ServiceHandle<Value>(this.port, resource, selector, (handle) => this.handles.delete(handle)));
  }

  read<Value = number>(resource: `${string}@*`, options?: OpenOptions & ReadOptions): Promise<Reading<Value>[]>;
  read<Value = number>(resource: string, options?: OpenOptions & ReadOptions): Promise<Reading<Value>>;
  async read<Value>(
    resource: string,
    options: OpenOptions & ReadOptions = {},
  ): Promise<Reading<Value> | Reading<Value>[]> {
    const { timeoutMs = this.config.callTimeoutMs } = options;
    const deadline = after(this.clock.now(), timeoutMs);
    const handle = isGroup(resource)
      ? await this.open<Value>(resource, options)
      : await this.open<Value>(resource, options);
    try {
      return await handle.read({ ...options, timeoutMs: Math.max(1, deadline - this.clock.now()) });
    } finally {
      handle.close();
    }
  }

  async provide(definition: ServiceDefinition): Promise<Registration> {
    // A listener may ask for it in the middle of a change; what the core says of it is known only after.
    await undefined;
    this.checkOpen();
    const { name, version, labels, capabilities } = definition;
    const serving = this.provided.add(definition, this, () =>
      this.driver.command({ type: 'offer', service: { name, version, labels, capabilities } }),
    );
    return {
      service: name,
      withdraw: async () => {
        if (this.provided.remove(name, serving)) this.driver.command({ type: 'withdraw', service: name });
      },
    };
  }

  list(): InstanceInfo[] {
    return listInstances(this.scene());
  }

  nodes(): NodeInfo[] {
    return listNodes(this.scene());
  }

  info(service: string): ServiceInfo | undefined {
    return serviceInfo(this.scene(), service);
  }

  counters(): Readonly<Record<string, number>> {
    return this.view.counters();
  }

  probe(node: NodeId): void {
    this.driver.command({ type: 'probe', node });
  }

  sleep(ms: number): void {
    if (ms !== 0) checkSpan('ms', ms);
    this.driver.command({ type: 'lease', ms });
  }

  on(listener: (event: ClusterEvent) => void): () => void {
    this.checkOpen();
    return this.news.on(listener);
  }

  onOutcome(listener: (call: EndedCall) => void): () => void {
    this.checkOpen();
    if (this.outcomes.size >= this.config.maxListeners)
      throw new TdosError('LIMIT', `${this.config.maxListeners} listen to calls already (\`maxListeners\`).`);
    this.outcomes.add(listener);
    return () => void this.outcomes.delete(listener);
  }

  events(): EventStream {
    this.checkOpen();
    return this.news.stream();
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    this.stop.abort();
    for (const handle of [...this.handles]) handle.close();
    // A listener may have asked for it in the middle of a change, which is to end first.
    await undefined;
    try {
      this.driver.command({ type: 'leave' });
    } finally {
      this.news.close();
      this.driver.stop();
      this.provided.removeAll();
      await this.network.close();
    }
  }

  /** What settles a call, after those who listen were told. The usual case, that nobody does, costs nothing. */
  told(
    { selector: { service }, op }: Pick<CallCommand, 'selector' | 'op'>,
    settle: (outcome: Outcome) => void,
  ): (outcome: Outcome) => void {
    if (this.outcomes.size === 0) return settle;
    return (outcome) => {
      for (const tell of [...this.outcomes]) {
        try {
          tell({ service, op, outcome });
        } catch (error) {
          this.fault(error);
        }
      }
      settle(outcome);
    };
  }

  private checkOpen(): void {
    if (this.stop.aborted) throw new TdosError('CLOSED', `The node ${this.name} was closed. Boot it again.`);
  }

  private keep<Kept extends { close(): void }>(handle: Kept): Kept {
    if (this.handles.size >= this.config.maxHandles)
      throw new TdosError('LIMIT', `${this.config.maxHandles} handles are open (\`maxHandles\`). Close some.`);
    this.handles.add(handle);
    return handle;
  }

  private async awaitCandidate(resource: string, selector: Selector, timeoutMs: number): Promise<void> {
    const isThere = (): boolean => candidates(this.view.instances(selector.service), selector).fits.length > 0;
    if (!(await this.await(isThere, timeoutMs)))
      throw whyMissing(resource, selector, this.view.instances(), this.clock.now());
  }

  /** A node that has just begun does not know all instances yet. Without a kernel, the others need a moment to answer. */
  private async awaitView(timeoutMs: number): Promise<void> {
    const youngMs = elapsed(this.clock.now(), after(this.begunAt, WHOLE_VIEW_MS));
    if (youngMs > 0) await this.await(() => this.view.complete, Math.min(timeoutMs, youngMs));
  }

  /** Waits for something to be known; false when it is not within `boundMs`. @throws TdosError CLOSED */
  private async await(isThere: () => boolean, boundMs: number): Promise<boolean> {
    if (isThere()) return true;
    this.driver.command({ type: 'follow' });
    const came = new Stop();
    const look = (): void => {
      if (isThere()) came.abort();
    };
    this.lookouts.add(look);
    await pauseUntil(this.clock, after(this.clock.now(), boundMs), came, this.stop);
    this.lookouts.delete(look);
    this.checkOpen();
    return came.aborted;
  }

  private scene(): Scene {
    return { view: this.view, address: this.network.address, now: this.clock.now() };
  }

  /** The core has come to rest: what was waited for may be there. */
  rested(): void {
    for (const look of [...this.lookouts]) look();
  }

  /** Something happened in the cluster. */
  emit(event: ClusterEvent): void {
    this.news.emit(event);
    if (event.type !== 'kernel' || event.change !== 'joined') return;
    for (const { id, address } of this.view.nodes()) if (id === event.node) this.stored.met(address);
  }
}
