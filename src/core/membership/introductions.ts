/**
 * What each part of the membership asks, and who answers it.
 *
 * @module
 */
import type { Instant } from '../../base/time.ts';
import type { Address, Beacon, Epoch, Event, NodeId, PeerState, ServiceOffer, Welcome } from '../../wire/message.ts';
import { splitServices } from '../../wire/parts.ts';
import { Introduction } from '../introduction.ts';
import type { NodeRecord } from '../model.ts';
import type { Outbox } from '../outbox.ts';
import type { Announcer, AnnouncerPort } from './announcer.ts';
import type { RecordLink } from './chain.ts';
import type { ErrandsPort } from './errands.ts';
import type { Health, HealthPort } from './health.ts';
import type { IdentitiesPort } from './identities.ts';
import type { Joining, JoiningPort } from './joining.ts';
import type { Kernel, KernelPort } from './kernel.ts';
import type { MembershipOptions, MembershipPort } from './port.ts';
import { type Appearance, type Registry, type RegistryPort, UNANNOUNCED } from './registry.ts';
import type { VerdictsPort } from './verdicts.ts';

/** The parts that answer, and what follows for all when one of them sees a change. */
export interface Members {
  readonly options: MembershipOptions;
  readonly port: MembershipPort;
  readonly registry: Registry;
  readonly health: Health;
  readonly announcer: Announcer;
  readonly joining: Joining;
  readonly kernel: Kernel | undefined;
  readonly selfId: NodeId;
  /** The moment of the change under way. */
  readonly now: Instant;
  appeared(node: NodeRecord, how: Appearance, now: Instant): void;
  stateChanged(node: NodeRecord, was: PeerState, reason: string): void;
  setState(node: NodeRecord, state: PeerState, reason: string | undefined, since: Instant, by: string): void;
  identityChanged(was: NodeId): void;
  show(node: NodeId, address: Address, now: Instant): void;
}

export class ForRegistry extends Introduction<Members> implements RegistryPort {
  self(): NodeId {
    return this.parts.selfId;
  }

  appeared(node: NodeRecord, how: Appearance, now: Instant): void {
    this.parts.appeared(node, how, now);
  }

  offered(node: NodeRecord, service: string): void {
    this.report(node, service, 'offered');
    this.parts.port.instancesChanged(this.parts.now);
  }

  withdrawn(node: NodeRecord, service: string): void {
    this.report(node, service, 'withdrawn');
  }

  touched(node: NodeRecord, version: number, previous: number, isDoubt: boolean): void {
    this.parts.kernel?.push({ node, version, previous }, this.parts.now, isDoubt);
  }

  forgotten(node: NodeRecord): void {
    this.parts.health.release(node.id);
    this.parts.port.forgotten(node);
  }

  private report({ id: node, name }: NodeRecord, service: string, change: 'offered' | 'withdrawn'): void {
    this.parts.options.outbox.event({ type: 'service', service, node, name, change });
  }
}

export class ForHealth extends Introduction<Members> implements HealthPort {
  changed(node: NodeRecord, was: PeerState, reason: string): void {
    this.parts.stateChanged(node, was, reason);
  }

  probe(node: NodeRecord, nonce: number): void {
    if (node.abilities.v1) this.parts.port.probeV1(node, nonce);
    else this.parts.options.outbox.send(node.id, node.address, { type: 'probe', nonce });
  }

  probeThrough(helper: NodeRecord, { id: target, address }: NodeRecord, nonce: number): void {
    this.parts.options.outbox.send(helper.id, helper.address, { type: 'probe-request', nonce, target, address });
  }

  helpers(except: NodeId): readonly NodeRecord[] {
    const { registry, selfId } = this.parts;
    const found: NodeRecord[] = [];
    for (const node of registry.all()) {
      const able = node.abilities.helper && !node.abilities.v1 && node.generation !== UNANNOUNCED;
      if (able && node.state === 'alive' && node.id !== except && node.id !== selfId) found.push(node);
    }
    return found;
  }

  doubted(reason: string): void {
    this.parts.options.outbox.event({ type: 'self-doubt', reason });
  }
}

export class ForVerdicts extends Introduction<Members> implements VerdictsPort {
  self(): NodeId {
    return this.parts.selfId;
  }

  get kernel(): boolean {
    return this.parts.options.outbox.identity.abilities.kernel;
  }

  watch(node: NodeRecord, now: Instant): void {
    this.parts.health.watch(node, now);
  }

  watching(id: NodeId): boolean {
    return this.parts.health.watching(id);
  }

  inquire(node: NodeRecord, now: Instant): void {
    this.parts.health.inquire(node, now);
  }

  release(id: NodeId): void {
    this.parts.health.release(id);
  }

  nodes(): Iterable<NodeRecord> {
    return this.parts.registry.all();
  }

  touch(node: NodeRecord): void {
    this.parts.registry.touch(node);
  }

  setState(node: NodeRecord, state: PeerState, reason: string | undefined, since: Instant, by: string): void {
    this.parts.setState(node, state, reason, since, by);
  }
}

export class ForAnnouncer extends Introduction<Members> implements AnnouncerPort {
  generation(): number {
    return this.parts.options.offers.generation;
  }

  intervalMs(): number {
    const { joining, kernel, options } = this.parts;
    return kernel === undefined ? joining.intervalMs : options.config.beaconMs;
  }

  population(): number {
    return this.parts.registry.population();
  }

  services(): readonly ServiceOffer[] {
    return this.parts.options.offers.list();
  }

  load(): number {
    return this.parts.port.load();
  }

  node(id: NodeId): NodeRecord | undefined {
    return this.parts.registry.get(id);
  }
}

export class ForJoining extends Introduction<Members> implements JoiningPort {
  generation(): number {
    return this.parts.options.offers.generation;
  }

  population(): number {
    return this.parts.registry.population();
  }

  announce(kernel: NodeId | undefined): void {
    this.parts.announcer.announce(kernel);
  }

  heartbeat(kernel: NodeId | undefined, intervalMs: number, lease: boolean): void {
    this.parts.announcer.heartbeat(kernel, intervalMs, lease);
  }

  judgeChanged(kernel: NodeId | undefined, was: NodeId | undefined): void {
    const { registry, options } = this.parts;
    const node = kernel ?? was ?? 0;
    const change = kernel === undefined ? 'lost' : 'joined';
    options.outbox.event({ type: 'kernel', node, name: registry.get(node)?.name ?? '', change });
  }
}

export class ForErrands extends Introduction<Outbox> implements ErrandsPort {
  probe(target: NodeId, address: Address, nonce: number): void {
    this.parts.send(target, address, { type: 'probe', nonce });
  }

  vouch(requester: NodeId, address: Address, nonce: number, epoch: Epoch): void {
    this.parts.send(requester, address, { type: 'ack', id: nonce, kind: 'vouched', value: epoch });
  }
}

export class ForIdentities extends Introduction<Members> implements IdentitiesPort {
  changed(was: NodeId): void {
    this.parts.identityChanged(was);
  }

  asked(by: NodeId, address: Address, now: Instant): void {
    this.parts.show(by, address, now);
  }
}

export class ForKernel extends Introduction<Members> implements KernelPort {
  epoch(): Epoch {
    return this.parts.options.outbox.identity.epoch;
  }

  name(): string {
    return this.parts.options.outbox.identity.name;
  }

  version(): number {
    return this.parts.registry.version;
  }

  population(): number {
    return this.parts.registry.population();
  }

  send(to: NodeId, address: Address, message: Event | Welcome): void {
    const { outbox, codec } = this.parts.options;
    const parts = message.type === 'welcome' ? [message] : splitServices(message, codec);
    for (const part of parts) outbox.send(to, address, part);
  }

  broadcast(message: Beacon): void {
    this.parts.options.outbox.broadcast(message);
  }

  changesSince(version: number): Iterable<RecordLink> {
    return this.parts.registry.changesSince(version);
  }

  digest(): number {
    return this.parts.registry.digest();
  }

  wallClock(now: Instant): number {
    return this.parts.options.wallClock.ownTime(now);
  }
}
