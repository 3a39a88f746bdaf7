/**
 * The core's one door: datagrams, commands and time go in, work for the host comes out. No clock, no socket, no
 * promise; the caller makes one change, polls until undefined, and sleeps until `nextWake` or the next change.
 *
 * A switchboard: who is in the cluster is `membership.ts`, calls are `exchange.ts`, boards with the original
 * programs are `v1-bridge.ts`; here they meet.
 *
 * @module
 */
import type { Random } from '../base/random.ts';
import { earliest, elapsed, type Instant } from '../base/time.ts';
import { decode, looksLikeV1, type SealKey, sealKey } from '../wire/index.ts';
import type { Address, Codec, Header, Message, NodeId, Refusal } from '../wire/message.ts';
import type { Config } from './config.ts';
import { type Condition, Exchange } from './exchange/exchange.ts';
import { Keyring } from './keyring.ts';
import { Membership } from './membership/membership.ts';
import type { Command, Door, Identity, Instance, NodeRecord, Output, OwnService } from './model.ts';
import { Offers } from './offers.ts';
import { Outbox } from './outbox.ts';
import { Outsiders } from './trust/outsiders.ts';
import { Trust } from './trust/trust.ts';
import type { MakeV1, V1Bridge } from './v1/bridge.ts';
import { WallClock } from './wall-clock.ts';

export interface EndpointOptions {
  readonly identity: Identity;
  readonly config: Config;
  readonly codec: Codec;
  /** The cluster's keys, 32 bytes each, the newest last; at most two. Undefined: an open cluster, where anybody may speak. */
  readonly keys?: readonly Uint8Array[] | undefined;
  readonly random: Random;
  readonly now: Instant;
  /** The highest kernel term seen before, from the store. */
  readonly term: number;
  /** ms since 1970 at `now`; 0 without a clock. */
  readonly wallClock: number;
  /** Kernels known from the last run; they are asked directly too. */
  readonly remembered: readonly Address[];
  /** Accept v1 boards, and speak v1 to them. Undefined: no v1. */
  readonly v1: MakeV1 | undefined;
  /** Asks and calls only: never announces itself, so nobody watches it. For short-lived programs. */
  readonly silent: boolean;
}

/** ms that an answer to this node counts for at least, and half of what it may at most. */
const AGE_MS = 2000;

export class Endpoint {
  private readonly codec: Codec;
  private readonly outbox: Outbox;
  private readonly offers: Offers;
  private readonly wallClock: WallClock;
  private readonly membership: Membership;
  private readonly exchange: Exchange;
  private readonly outsiders = new Outsiders();
  /** Both undefined in an open cluster. */
  private readonly keyring: Keyring | undefined;
  private readonly trust: Trust | undefined;
  private readonly v1: V1Bridge | undefined;
  private readonly counts = new Map<string, number>();
  private agedAt: Instant;
  /** After that it neither hears nor acts. */
  private hasLeft = false;

  constructor(options: EndpointOptions) {
    const { identity, config, codec, random, now } = options;
    this.codec = codec;
    this.keyring = options.keys && new Keyring(this.sealKeys(options.keys), () => this.outbox.identity.id);
    this.outbox = new Outbox(identity, codec, this.keyring, config.maxOutputs, random.split());
    this.offers = new Offers(config, codec);
    this.wallClock = new WallClock(options.wallClock, now);
    const { outbox, offers, wallClock } = this;
    const shared = { ...options, outbox, offers, wallClock, startedAt: now };
    this.membership = new Membership(shared, {
      instancesChanged: (at) => this.exchange.instancesChanged(at),
      gone: (node, at) => this.exchange.gone(node, at),
      back: (node, how, at) => this.exchange.back(node, how, at),
      forgotten: (node) => this.forgotten(node),
      reborn: (at) => this.exchange.reborn(at),
      makeWay: (id, at) => this.makeWay(id, at),
      probeV1: (node, nonce) => this.v1?.probe(node, nonce),
      load: () => this.exchange.load(),
      challenged: (node, at) => this.exchange.again(node, at),
    });
    this.exchange = new Exchange(
      { ...shared, random: random.split() },
      {
        instances: (service) => this.membership.registry.instances(service),
        node: (id) => this.membership.registry.get(id),
        doubt: (node, at) => this.membership.health.ask(node, at),
        speaksV1: options.v1 !== undefined,
        callV1: (address, callId, op, args) => this.v1?.call(address, callId, op, args) ?? false,
        count: (what) => this.count(what),
      },
      now,
    );
    if (options.v1 !== undefined)
      this.v1 = options.v1(
        { ...shared, random: random.split() },
        {
          heard: (board, changed, at) => this.membership.heardBoard(board, changed, at),
          gone: (id) => this.membership.registry.forget(id),
          taken: (id) => this.isV2(id),
          answered: (callId, board, result, at) => this.answeredV1(callId, board, result, at),
        },
      );
    if (this.keyring !== undefined) this.trust = this.makeTrust(this.keyring, config, random.split(), now);
    this.agedAt = now;
    this.membership.start(now);
    this.v1?.start(now);
  }

  /** A datagram came in. Never throws, whatever the bytes. */
  receive(datagram: Uint8Array, from: Address, now: Instant, door: Door = 'node'): void {
    if (this.hasLeft) return;
    this.age(now);
    this.exchange.woke(this.nextWake() ?? now, now);
    // Looked at before it is read: what is not wanted must not cost a parse.
    if (looksLikeV1(datagram) && this.v1?.admits(from, now) !== true) {
      this.count(this.v1 === undefined ? 'refused.v1-not-allowed' : 'refused.v1-too-many');
      return;
    }
    const decoded = decode(datagram, this.codec, this.keyring);
    if (!decoded.ok) this.refused(decoded.refusal, from, now);
    else if (decoded.protocol === 2) this.receiveV2(decoded.header, decoded.message, datagram.length, from, now);
    else if (this.v1?.receive(decoded.message, from, door, now) !== true) this.count('refused.v1-unknown');
    this.exchange.settleOwn(now);
  }

  /** Something is wanted. @throws TdosError for an offer that cannot be announced. */
  command(command: Command, now: Instant): void {
    switch (command.type) {
      case 'offer':
        this.offer(command.service, now);
        break;
      case 'withdraw':
        this.withdraw(command.service, now);
        break;
      case 'call':
        this.membership.follow(now);
        this.exchange.call(command, now);
        break;
      case 'cancel':
        this.exchange.cancel(command.call, now);
        break;
      case 'answer':
        if (command.execution < 0) this.v1?.answer(command.execution, command.result, now);
        else this.exchange.answer(command.execution, command.result, now);
        break;
      case 'follow':
        this.membership.follow(now);
        break;
      case 'lease':
        this.membership.lease(command.ms, now);
        break;
      case 'keys':
        this.keyring?.replace(this.sealKeys(command.keys));
        break;
      case 'clock':
        this.wallClock.set(command.wallClock, now);
        break;
      case 'probe':
        this.membership.probe(command.node);
        break;
      case 'leave':
        this.exchange.close(now);
        this.membership.leave(now);
        this.hasLeft = true;
        break;
      case 'port-opened':
        this.v1?.portOpened(command.service, command.port, now);
        break;
    }
    this.exchange.settleOwn(now);
  }

  /** Time has passed. */
  advance(now: Instant): void {
    if (this.hasLeft) return;
    this.age(now);
    this.exchange.woke(this.nextWake() ?? now, now);
    this.membership.advance(now);
    this.exchange.advance(now);
    this.v1?.advance(now);
    this.trust?.advance(now);
    this.exchange.settleOwn(now);
  }

  /** The next piece of work for the host, until undefined. */
  poll(): Output | undefined {
    return this.outbox.poll();
  }

  /** The moment by which `advance` must be called next; may be early, never late. Changes with every verb. */
  nextWake(): Instant | undefined {
    if (this.hasLeft) return undefined;
    const wake = earliest(this.membership.nextWake(), this.exchange.nextWake());
    return earliest(earliest(wake, this.v1?.nextWake()), this.trust?.nextWake());
  }

  /** ms since 1970, by this machine's clock or else by a kernel's; 0 while nobody knows. */
  time(now: Instant): number {
    return this.wallClock.time(now);
  }

  /** Changes when this node has to take another epoch or id. */
  get identity(): Identity {
    return this.outbox.identity;
  }

  /** The nodes known, this one among them unless it is silent. Read-only, valid until the next verb. */
  nodes(): Iterable<Readonly<NodeRecord>> {
    return this.membership.registry.all();
  }

  /** The instances of a service, dead ones too; without a name, of all services. */
  instances(service?: string): readonly Instance[] {
    return this.membership.registry.instances(service);
  }

  /** What calls have learned of an instance. */
  condition(instance: Instance, now: Instant): Condition {
    return this.exchange.condition(instance, now);
  }

  /** The kernel that this node relies on; a kernel relies on itself. Undefined when none is heard. */
  kernel(): Readonly<NodeRecord> | undefined {
    return this.membership.currentKernel();
  }

  /** True once all that the kernels in reach know is here. */
  get complete(): boolean {
    return this.membership.complete;
  }

  /** That node was heard under the newest key of this cluster; true in an open one. */
  isOnNewestKey(node: NodeId): boolean {
    return this.keyring?.isOnNewest(node) ?? true;
  }

  /** How often each thing was counted since the start: refusals by reason, late answers. */
  counters(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.counts);
  }

  /** What echoes words of some seconds ago proves nothing: whoever kept an answer could show its sender alive for as long. */
  private age(now: Instant): void {
    const looks = Math.min(2, Math.floor(elapsed(this.agedAt, now) / AGE_MS));
    if (looks > 0) this.agedAt = now;
    for (let look = 0; look < looks; look++) {
      this.outbox.age();
      this.trust?.age();
    }
  }

  private receiveV2(header: Header, message: Message, size: number, from: Address, now: Instant): void {
    if (!this.isBelieved(header, message, size, from, now)) return;
    this.makeWay(header.sender, now);
    if (!this.membership.meet(header, from, now)) {
      this.count('refused.old-epoch-or-own-id');
      return;
    }
    this.exchange.heard(header.sender);
    if (!this.membership.take(header, from, message, now)) this.exchange.take(header, from, message, now);
  }

  /** In an open cluster, and of what this node hears of itself, all is believed as far as it goes. */
  private isBelieved(header: Header, message: Message, size: number, from: Address, now: Instant): boolean {
    if (this.trust === undefined || header.sender === this.identity.id) return true;
    this.keyring?.heard(header.sender, header.key);
    const verdict = this.trust.judge(header, message, size, from, now);
    if (verdict === 'believed') {
      this.dropOldKey(header, now);
      return true;
    }
    if (verdict === 'stranger') this.answerStranger(header, message, from, now);
    this.count(`refused.${verdict === 'stranger' ? 'unproved' : verdict}`);
    return false;
  }

  /** A probe is answered, and a call for another epoch refused, whoever sent it. */
  private answerStranger(header: Header, message: Message, from: Address, now: Instant): void {
    if (message.type === 'request') this.exchange.refuse(header, from, message);
    else this.membership.take(header, from, message, now);
  }

  private dropOldKey({ sender, key }: Header, now: Instant): void {
    const { keyring, membership, outbox } = this;
    if (keyring === undefined || keyring.all.length === 1) return;
    const isKernel = membership.registry.get(sender)?.abilities.kernel ?? false;
    if (keyring.isOver(sender, key, isKernel, now)) outbox.push({ type: 'drop-key' });
  }

  private refused(refusal: Refusal, from: Address, now: Instant): void {
    this.count(`refused.${refusal}`);
    const reason = this.outsiders.heard(refusal, from, now);
    if (reason !== undefined) this.outbox.event({ type: 'outsider', address: from, reason });
  }

  private makeTrust(keyring: Keyring, config: Config, random: Random, now: Instant): Trust {
    const { codec, outbox, membership, exchange } = this;
    const { id, epoch } = outbox.identity;
    const secret = keyring.secret(codec.encodeUtf8(`challenges ${id} ${epoch} ${random.u32()}`));
    const trust = new Trust(
      { config, codec, random, secret, now },
      {
        sentLately: (sequence) => outbox.sentLately(sequence),
        awaits: (callId, node) => exchange.awaits(callId, node),
        matters: (header, message) => membership.matters(header, message),
        isDoubted: (node) => membership.isDoubted(node),
        refuses: (message) => exchange.refuses(message),
        begins: (header, message) => exchange.begins(header, message),
        knownEpoch: (node) => membership.epochOf(node),
        ownEpoch: () => outbox.identity.epoch,
        population: () => membership.registry.population(),
        challenge: (node, address, nonce, sequence, epoch) =>
          outbox.send(node, address, { type: 'challenge', nonce, sequence, epoch }),
        introduce: (node, address, sequence, maxBytes) => membership.introduce(node, address, sequence, maxBytes),
        met: (kernel, address, at) => membership.met(kernel, address, at),
      },
    );
    outbox.onSent = (to, message) => {
      if (message.type === 'query' || message.type === 'probe' || message.type === 'probe-request')
        trust.asked(message.nonce, to);
    };
    return trust;
  }

  private sealKeys(keys: readonly Uint8Array[]): readonly SealKey[] {
    return keys.map((key) => sealKey(key, this.codec));
  }

  private offer(service: OwnService, now: Instant): void {
    const before = this.offers.generation;
    const offer = this.offers.offer(service);
    if (this.offers.generation === before) return;
    this.membership.offersChanged([], now);
    this.v1?.offered(offer, now);
  }

  private withdraw(service: string, now: Instant): void {
    if (!this.offers.withdraw(service)) return;
    this.membership.offersChanged([service], now);
    this.v1?.withdrawn(service);
  }

  private answeredV1(callId: number, board: number, result: Parameters<Exchange['answeredV1']>[2], now: Instant): void {
    const node = this.membership.registry.get(board);
    if (node === undefined) return;
    this.membership.health.heard(node, now);
    // Probes have negative numbers: being answered was all they wanted.
    if (callId > 0) this.exchange.answeredV1(callId, node, result, now);
  }

  private forgotten(node: NodeRecord): void {
    this.exchange.forgotten(node);
    this.keyring?.forget(node.id);
    if (node.abilities.v1) this.v1?.forget(node.id);
  }

  /** A v2 node has this id: the v1 board that was given it gets another. */
  private makeWay(id: number, now: Instant): void {
    if (this.v1 !== undefined && !this.isV2(id)) this.v1.makeWay(id, now);
  }

  private isV2(id: number): boolean {
    if (id === this.identity.id) return true;
    return this.membership.registry.get(id)?.abilities.v1 === false;
  }

  private count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}
