/**
 * The core's one door: datagrams, commands and time go in, work for the host comes out. No clock, no socket, no
 * promise; the caller makes one change, polls until undefined, and sleeps until `nextWake` or the next change.
 *
 * A switchboard: what comes in goes to the parts of `parts.ts`.
 *
 * @module
 */
import { AT_ONCE, earliest, elapsed, type Instant } from '../base/time.ts';
import { decode, looksLikeV1 } from '../wire/index.ts';
import type { Address, Header, Message, NodeId, Refusal } from '../wire/message.ts';
import type { Condition } from './exchange/exchange.ts';
import type { Command, Door, Identity, Instance, NodeRecord, Output, OwnService } from './model.ts';
import { type EndpointOptions, Parts } from './parts.ts';
import { Outsiders } from './trust/outsiders.ts';

export type { EndpointOptions };

/** ms that an answer to this node counts for at least, and half of what it may at most. */
const AGE_MS = 2000;

export class Endpoint {
  private readonly parts: Parts;
  private readonly outsiders = new Outsiders();
  private agedAt: Instant;
  /** After that it neither hears nor acts. */
  private hasLeft = false;

  constructor(options: EndpointOptions) {
    const { now } = options;
    this.parts = new Parts(options);
    this.agedAt = now;
    this.parts.membership.start(now);
    this.parts.v1?.start(now);
  }

  /** A datagram came in. Never throws, whatever the bytes. */
  receive(datagram: Uint8Array, from: Address, now: Instant, door: Door = 'node'): void {
    if (this.hasLeft) return;
    const { exchange, v1, codec, keyring } = this.parts;
    this.age(now);
    exchange.woke(this.dueAt() ?? now, now);
    // Looked at before it is read: what is not wanted must not cost a parse.
    if (looksLikeV1(datagram) && v1?.admits(from, now) !== true) {
      this.parts.count(v1 === undefined ? 'refused.v1-not-allowed' : 'refused.v1-too-many');
      return;
    }
    const decoded = decode(datagram, codec, keyring);
    if (!decoded.ok) this.refused(decoded.refusal, from, now);
    else if (decoded.protocol === 2) this.receiveV2(decoded.header, decoded.message, datagram.length, from, now);
    else if (v1?.receive(decoded.message, from, door, now) !== true) this.parts.count('refused.v1-unknown');
    exchange.settleOwn(now);
  }

  /** Something is wanted. @throws TdosError for an offer that cannot be announced. */
  command(command: Command, now: Instant): void {
    const { membership, exchange, v1, keyring, wallClock, outbox } = this.parts;
    switch (command.type) {
      case 'offer':
        this.offer(command.service, now);
        break;
      case 'withdraw':
        this.withdraw(command.service, now);
        break;
      case 'call':
        membership.follow(now);
        exchange.call(command, now);
        break;
      case 'cancel':
        exchange.cancel(command.call, now);
        break;
      case 'answer':
        if (command.execution < 0) v1?.answer(command.execution, command.result, now);
        else exchange.answer(command.execution, command.result, now);
        break;
      case 'follow':
        membership.follow(now);
        break;
      case 'lease':
        membership.lease(command.ms, now);
        break;
      case 'keys':
        keyring?.replace(this.parts.sealKeys(command.keys));
        break;
      case 'clock':
        wallClock.set(command.wallClock, now);
        break;
      case 'probe':
        membership.probe(command.node);
        break;
      case 'leave':
        exchange.close(now);
        membership.leave(now);
        outbox.release();
        this.hasLeft = true;
        break;
      case 'port-opened':
        v1?.portOpened(command.service, command.port, now);
        break;
    }
    exchange.settleOwn(now);
  }

  /** Time has passed. */
  advance(now: Instant): void {
    if (this.hasLeft) return;
    const { outbox, exchange, membership, v1, trust } = this.parts;
    this.age(now);
    outbox.release();
    exchange.woke(this.dueAt() ?? now, now);
    membership.advance(now);
    exchange.advance(now);
    v1?.advance(now);
    trust?.advance(now);
    exchange.settleOwn(now);
  }

  /** The next piece of work for the host, until undefined. */
  poll(): Output | undefined {
    return this.parts.outbox.poll();
  }

  /** The moment by which `advance` must be called next; may be early, never late. Changes with every verb. */
  nextWake(): Instant | undefined {
    if (this.hasLeft) return undefined;
    return this.parts.outbox.holds ? AT_ONCE : this.dueAt();
  }

  /** ms since 1970, by this machine's clock or else by a kernel's; 0 while nobody knows. */
  time(now: Instant): number {
    return this.parts.wallClock.time(now);
  }

  /** Changes when this node has to take another epoch or id. */
  get identity(): Identity {
    return this.parts.outbox.identity;
  }

  /** The nodes known, this one among them unless it is silent. Read-only, valid until the next verb. */
  nodes(): Iterable<Readonly<NodeRecord>> {
    return this.parts.membership.registry.all();
  }

  /** The instances of a service, dead ones too; without a name, of all services. */
  instances(service?: string): readonly Instance[] {
    return this.parts.membership.registry.instances(service);
  }

  /** What calls have learned of an instance. */
  condition(instance: Instance, now: Instant): Condition {
    return this.parts.exchange.condition(instance, now);
  }

  /** The kernel that this node relies on; a kernel relies on itself. Undefined when none is heard. */
  kernel(): Readonly<NodeRecord> | undefined {
    return this.parts.membership.currentKernel();
  }

  /** True once all that the kernels in reach know is here. */
  get complete(): boolean {
    return this.parts.membership.complete;
  }

  /** That node was heard under the newest key of this cluster; true in an open one. */
  isOnNewestKey(node: NodeId): boolean {
    return this.parts.keyring?.isOnNewest(node) ?? true;
  }

  /** How often each thing was counted since the start: refusals by reason, late answers. */
  counters(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.parts.counts);
  }

  /** When a part has something to do. */
  private dueAt(): Instant | undefined {
    const { membership, exchange, v1, trust } = this.parts;
    const wake = earliest(membership.nextWake(), exchange.nextWake());
    return earliest(earliest(wake, v1?.nextWake()), trust?.nextWake());
  }

  /** What echoes words of some seconds ago proves nothing: whoever kept an answer could show its sender alive for as long. */
  private age(now: Instant): void {
    const looks = Math.min(2, Math.floor(elapsed(this.agedAt, now) / AGE_MS));
    if (looks > 0) this.agedAt = now;
    for (let look = 0; look < looks; look++) {
      this.parts.outbox.age();
      this.parts.trust?.age();
    }
  }

  private receiveV2(header: Header, message: Message, size: number, from: Address, now: Instant): void {
    const { membership, exchange, v1 } = this.parts;
    if (!this.isBelieved(header, message, size, from, now)) return;
    v1?.makeWay(header.sender, now);
    if (!membership.meet(header, from, now)) {
      this.parts.count('refused.old-epoch-or-own-id');
      return;
    }
    exchange.heard(header.sender);
    if (!membership.take(header, from, message, now)) exchange.take(header, from, message, now);
  }

  /** In an open cluster, and of what this node hears of itself, all is believed as far as it goes. */
  private isBelieved(header: Header, message: Message, size: number, from: Address, now: Instant): boolean {
    const { trust, keyring } = this.parts;
    if (trust === undefined || header.sender === this.identity.id) return true;
    keyring?.heard(header.sender, header.key);
    const verdict = trust.judge(header, message, size, from, now);
    if (verdict === 'believed') {
      this.dropOldKey(header, now);
      return true;
    }
    if (verdict === 'stranger') this.answerStranger(header, message, from, now);
    this.parts.count(`refused.${verdict === 'stranger' ? 'unproved' : verdict}`);
    return false;
  }

  /** A probe is answered, and a call for another epoch refused, whoever sent it. */
  private answerStranger(header: Header, message: Message, from: Address, now: Instant): void {
    if (message.type === 'request') this.parts.exchange.refuse(header, from, message);
    else this.parts.membership.take(header, from, message, now);
  }

  private dropOldKey({ sender, key }: Header, now: Instant): void {
    const { keyring, membership, outbox } = this.parts;
    if (keyring === undefined || keyring.all.length === 1) return;
    const isKernel = membership.registry.get(sender)?.abilities.kernel ?? false;
    if (keyring.isOver(sender, key, isKernel, now)) outbox.push({ type: 'drop-key' });
  }

  private refused(refusal: Refusal, from: Address, now: Instant): void {
    this.parts.count(`refused.${refusal}`);
    const reason = this.outsiders.heard(refusal, from, now);
    if (reason !== undefined) this.parts.outbox.event({ type: 'outsider', address: from, reason });
  }

  private offer(service: OwnService, now: Instant): void {
    const { offers, membership, v1 } = this.parts;
    const before = offers.generation;
    const offer = offers.offer(service);
    if (offers.generation === before) return;
    membership.offersChanged([], now);
    v1?.offered(offer, now);
  }

  private withdraw(service: string, now: Instant): void {
    if (!this.parts.offers.withdraw(service)) return;
    this.parts.membership.offersChanged([service], now);
    this.parts.v1?.withdrawn(service);
  }
}
