/**
 * What the messages about the cluster bring, type by type: each goes to the parts it concerns.
 *
 * Whose word counts for what is decided here: a node's own on itself, a kernel's on the nodes it judges. What the word
 * then changes, and what follows, is the business of the parts and of the roster.
 *
 * @module
 */
import { elapsed, type Instant } from '../../base/time.ts';
import type {
  Ack,
  Address,
  Announce,
  Beacon,
  Event,
  Goodbye,
  Header,
  Heartbeat,
  Message,
  NodeId,
  Query,
  Welcome,
} from '../../wire/message.ts';
import type { Roster } from './roster.ts';
import { NOBODY } from './verdicts.ts';

export class Intake {
  private readonly roster: Roster;

  constructor(roster: Roster) {
    this.roster = roster;
  }

  /** @returns false for a message that does not concern the cluster. */
  take(header: Header, from: Address, message: Message, now: Instant): boolean {
    switch (message.type) {
      case 'announce':
        this.announced(header, from, message, now);
        return true;
      case 'query':
        this.queried(header, from, message, now);
        return true;
      case 'heartbeat':
        this.beat(header, from, message, now);
        return true;
      case 'goodbye':
        this.saidGoodbye(header, message, now);
        return true;
      case 'probe':
        this.roster.options.outbox.send(header.sender, from, {
          type: 'ack',
          id: message.nonce,
          kind: 'alive',
          value: header.sequence,
        });
        return true;
      case 'probe-request':
        this.roster.errands.take(header.sender, from, message, now);
        return true;
      case 'challenge':
        this.roster.identities.challenged(message, header, from, now);
        return true;
      case 'welcome':
        this.welcomed(header, from, message, now);
        return true;
      case 'event':
        this.told(header, from, message, now);
        return true;
      case 'beacon':
        this.heardBeacon(header, from, message, now);
        return true;
      case 'ack':
        return this.acknowledged(header, message, now);
      default:
        return false;
    }
  }

  /** Whether it would change something here, if its sender were believed. */
  matters({ sender, addressed }: Header, message: Message): boolean {
    const { kernel, following, joining, registry, options } = this.roster;
    switch (message.type) {
      case 'request':
      case 'block':
      case 'probe-request':
        return true;
      case 'bundle':
        return message.messages.some(({ type }) => type === 'request');
      case 'query':
        if (kernel !== undefined || addressed) return true;
        return !options.silent && (message.kernel || joining.judge === undefined);
      case 'beacon':
        if (kernel !== undefined || registry.get(sender) !== undefined) return true;
        return this.roster.currentKernel() === undefined;
      case 'announce':
      case 'heartbeat':
        if (kernel !== undefined || registry.get(sender) !== undefined) return true;
        return following.active && this.roster.currentKernel() === undefined;
      case 'event':
        return following.active;
      default:
        return false;
    }
  }

  private announced(header: Header, from: Address, said: Announce, now: Instant): void {
    const { mismatches, kernel, following, registry, health, verdicts, announcer, selfId } = this.roster;
    if (mismatches.refuses(said, header.sender, from, now)) return;
    const wanted = kernel !== undefined || following.active || registry.get(header.sender) !== undefined;
    if (!wanted) return;
    // Who answers a kernel's question to all may have a judge already: whoever knows it tells.
    const isAnswer = kernel !== undefined && said.nonce !== 0 && !announcer.hasAsked(header.sender);
    const judge = isAnswer ? NOBODY : selfId;
    const node = registry.announced(header.sender, header.epoch, from, said, now, judge);
    if (node === undefined) return;
    health.promised(node, said.intervalMs, false, now);
    if (kernel === undefined) return;
    if (node.judge === NOBODY) verdicts.awaitJudge(now);
    if (header.addressed && !isAnswer) verdicts.claim(node, now);
    kernel.welcome(header.sender, from, header.sequence, said.generation, now);
  }

  private queried(header: Header, from: Address, query: Query, now: Instant): void {
    const { kernel, options, joining, announcer } = this.roster;
    if (kernel !== undefined) kernel.query(header.sender, from, query, now);
    else if (options.silent) return;
    // Where a kernel is heard, it answers for all, except to another kernel, which may not know it yet.
    else if (header.addressed || joining.judge === undefined || (query.kernel && joining.judge !== header.sender))
      announcer.answer(header.sender, from, query, header.addressed, now);
    if (query.kernel && kernel === undefined) this.askedByKernel(header, from, now);
  }

  /** A kernel that asks is as good as its beacon, if that was lost: the answer may be lost too, and joining repeats it. */
  private askedByKernel(header: Header, from: Address, now: Instant): void {
    const { joining, options } = this.roster;
    const kernel = this.roster.kernelRecord(header, from, now);
    if (kernel !== undefined) joining.heardKernel(kernel.id, joining.intervalMs, options.config.maxNodes, now);
  }

  private beat(header: Header, from: Address, { generation, intervalMs, lease, load }: Heartbeat, now: Instant): void {
    const { kernel, following, registry, announcer, health, verdicts, options } = this.roster;
    const node = registry.get(header.sender);
    if (node?.generation !== generation) {
      const mine = kernel !== undefined || (following.active && this.roster.currentKernel() === undefined);
      if (mine) announcer.ask(header.sender, from, now);
    }
    if (node === undefined) return;
    // A goodbye is the last word, unless someone else said it in this node's name.
    const stays = node.state === 'left' && elapsed(node.since, now) > options.config.flightMs;
    if (stays) health.revive(node, now, 'it is still here');
    health.promised(node, intervalMs, lease, now);
    node.load = load;
    if (kernel !== undefined && header.addressed) verdicts.claim(node, now);
  }

  private saidGoodbye({ sender }: Header, { services, generation }: Goodbye, now: Instant): void {
    const { registry } = this.roster;
    const node = registry.get(sender);
    if (node === undefined) return;
    if (services !== undefined) registry.withdrawn(node, services, generation);
    else if (node.state !== 'left') this.roster.setState(node, 'left', 'it said goodbye', now);
  }

  private welcomed(header: Header, from: Address, welcome: Welcome, now: Instant): void {
    const { joining, following } = this.roster;
    const kernel = this.roster.kernelRecord(header, from, now, welcome.name);
    if (kernel === undefined) return;
    this.toldTime(kernel.id, welcome.time, now);
    if (welcome.generation > 0) {
      joining.welcomed(kernel.id, welcome.generation, welcome.heartbeatMs, now);
      following.heardKernel(kernel.id, kernel.epoch, welcome.version, now);
    } else {
      joining.heardKernel(kernel.id, welcome.heartbeatMs, 1, now);
      following.welcomed(kernel.id, kernel.epoch, welcome.version, now);
    }
  }

  private heardBeacon(header: Header, from: Address, beacon: Beacon, now: Instant): void {
    const { health, kernel: own, joining, following } = this.roster;
    const kernel = this.roster.kernelRecord(header, from, now, beacon.name);
    if (kernel === undefined) return;
    health.promised(kernel, beacon.beaconMs, false, now);
    this.toldTime(kernel.id, beacon.time, now);
    if (own !== undefined) own.term = Math.max(own.term, beacon.term);
    own?.renew(kernel.id, from, now);
    joining.heardKernel(kernel.id, beacon.heartbeatMs, beacon.nodes, now);
    following.heardKernel(kernel.id, kernel.epoch, beacon.version, now);
  }

  /** One kernel's clock at a time: two may show different times. */
  private toldTime(kernel: NodeId, time: number, now: Instant): void {
    const { joining, options } = this.roster;
    if ((joining.judge ?? kernel) === kernel) options.wallClock.hear(time, now);
  }

  /** A kernel's record of a node. */
  private told(header: Header, from: Address, event: Event, now: Instant): void {
    const { following, joining, registry, verdicts, options, port, selfId } = this.roster;
    const teller = following.active ? this.roster.kernelRecord(header, from, now) : undefined;
    if (teller === undefined) return;
    if (event.node === selfId) {
      if (event.epoch === options.outbox.identity.epoch && event.state !== 'alive') joining.refute(now);
      following.linked(teller.id, teller.epoch, event, now);
      return;
    }
    if (!following.wants(teller.id)) return;
    if (following.isOld(teller.id, teller.epoch, event.version, event.node)) return;
    if (!event.abilities.v1) port.makeWay(event.node, now);
    const node = registry.recorded(event, this.addressIn(event, header.sender, from), now);
    if (node === undefined) return;
    following.linked(teller.id, teller.epoch, event, now);
    if (node === 'full') return;
    if (node.epoch === event.epoch) verdicts.adopt(node, teller, event, now);
    // Its judge has not heard of its restart, and may never, if it died at once: who heard it judges it.
    else if (node.judge === teller.id) verdicts.claim(node, now);
  }

  /** Where a record says that its node is. A kernel, whose beacons all hear, is where it was heard. */
  private addressIn(event: Event, teller: NodeId, from: Address): Address {
    if (event.node === teller) return from;
    const { registry, health } = this.roster;
    const node = registry.get(event.node);
    const heard = node?.epoch === event.epoch && node.abilities.kernel && health.watching(node.id);
    return heard ? node.address : event.address;
  }

  private acknowledged({ sender, epoch }: Header, { kind, id }: Ack, now: Instant): boolean {
    if (kind !== 'alive' && kind !== 'vouched') return false;
    this.roster.health.answered(id, kind === 'alive' ? sender : undefined, now);
    if (kind === 'alive') this.roster.errands.answered(id, sender, epoch);
    return true;
  }
}
