/**
 * What the parts of a node ask, and who answers it.
 *
 * @module
 */
import type { Instant } from '../base/time.ts';
import type { Address, Epoch, Header, Message, NodeId } from '../wire/message.ts';
import type { Exchange } from './exchange/exchange.ts';
import type { ExchangePort } from './exchange/port.ts';
import { Introduction } from './introduction.ts';
import type { Keyring } from './keyring.ts';
import type { Membership } from './membership/membership.ts';
import type { MembershipPort } from './membership/port.ts';
import type { Instance, NodeRecord } from './model.ts';
import type { Outbox } from './outbox.ts';
import type { TrustPort } from './trust/trust.ts';
import type { V1Bridge } from './v1/bridge.ts';

/** The parts that answer. */
export interface Whole {
  readonly outbox: Outbox;
  readonly membership: Membership;
  readonly exchange: Exchange;
  readonly keyring: Keyring | undefined;
  readonly v1: V1Bridge | undefined;
  count(what: string): void;
}

export class ForMembership extends Introduction<Whole> implements MembershipPort {
  instancesChanged(now: Instant): void {
    this.parts.exchange.instancesChanged(now);
  }

  gone(node: NodeRecord, now: Instant): void {
    this.parts.exchange.gone(node, now);
  }

  back(node: NodeRecord, how: 'revived' | 'rebooted', now: Instant): void {
    this.parts.exchange.back(node, how, now);
  }

  forgotten(node: NodeRecord): void {
    this.parts.exchange.forgotten(node);
    this.parts.keyring?.forget(node.id);
    if (node.abilities.v1) this.parts.v1?.forget(node.id);
  }

  reborn(now: Instant): void {
    this.parts.exchange.reborn(now);
  }

  makeWay(id: NodeId, now: Instant): void {
    this.parts.v1?.makeWay(id, now);
  }

  probeV1(node: NodeRecord, nonce: number): void {
    this.parts.v1?.probe(node, nonce);
  }

  load(): number {
    return this.parts.exchange.load();
  }

  challenged(node: NodeId, now: Instant): void {
    this.parts.exchange.again(node, now);
  }
}

export class ForExchange extends Introduction<Whole> implements ExchangePort {
  get speaksV1(): boolean {
    return this.parts.v1 !== undefined;
  }

  instances(service: string): readonly Instance[] {
    return this.parts.membership.registry.instances(service);
  }

  node(id: NodeId): NodeRecord | undefined {
    return this.parts.membership.registry.get(id);
  }

  doubt(node: NodeRecord, now: Instant): void {
    this.parts.membership.health.ask(node, now);
  }

  callV1(address: Address, callId: number, op: string, args: unknown): boolean {
    return this.parts.v1?.call(address, callId, op, args) ?? false;
  }

  count(what: string): void {
    this.parts.count(what);
  }
}

export class ForTrust extends Introduction<Whole> implements TrustPort {
  sentLately(sequence: number): boolean {
    return this.parts.outbox.sentLately(sequence);
  }

  awaits(callId: number, node: NodeId): boolean {
    return this.parts.exchange.awaits(callId, node);
  }

  ownEpoch(): Epoch {
    return this.parts.outbox.identity.epoch;
  }

  isDoubted(node: NodeId): boolean {
    return this.parts.membership.isDoubted(node);
  }

  refuses(message: Message): boolean {
    return this.parts.exchange.refuses(message);
  }

  begins(header: Header, message: Message): boolean {
    return this.parts.exchange.begins(header, message);
  }

  matters(header: Header, message: Message): boolean {
    return this.parts.membership.matters(header, message);
  }

  knownEpoch(node: NodeId): Epoch {
    return this.parts.membership.epochOf(node);
  }

  population(): number {
    return this.parts.membership.registry.population();
  }

  challenge(node: NodeId, address: Address, nonce: number, sequence: number, epoch: Epoch): void {
    this.parts.outbox.send(node, address, { type: 'challenge', nonce, sequence, epoch });
  }

  introduce(node: NodeId, address: Address, sequence: number, maxBytes: number): number {
    return this.parts.membership.introduce(node, address, sequence, maxBytes);
  }

  met(kernel: NodeId, address: Address, now: Instant): void {
    this.parts.membership.met(kernel, address, now);
  }
}
