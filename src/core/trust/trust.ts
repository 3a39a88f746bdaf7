/**
 * Whom this node believes, in a sealed cluster. The seal shows that somebody who has the key wrote a datagram; here it is
 * decided whether that was now.
 *
 * A sender is believed in an epoch that it has proved, by an answer that only one who hears this node lately can give; from
 * then on, each of its datagrams counts once (`replay-window.ts`). Anything else changes nothing here, and is answered
 * with a CHALLENGE where it would matter. Most of what nodes say comes again, so what was dropped is not held back.
 *
 * @module
 */
import type { Random } from '../../base/random.ts';
import { after, earliest, elapsed, type Instant } from '../../base/time.ts';
import type { Address, Codec, Epoch, Header, Message, NodeId } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import { Timers } from '../timers.ts';
import { Nonces } from './nonces.ts';
import { Pace } from './pace.ts';
import { ReplayWindow } from './replay-window.ts';

export interface TrustOptions {
  readonly config: Config;
  readonly codec: Codec;
  readonly random: Random;
  readonly now: Instant;
}

export interface TrustPort {
  /** This node sent that sequence number some seconds ago at most. */
  sentLately(sequence: number): boolean;
  /** A call of this node waits for an answer of that node. */
  awaits(callId: number, node: NodeId): boolean;
  /** That node is not taken to be alive: its last words may come late. */
  isDoubted(node: NodeId): boolean;
  /** A call that is meant for another epoch of this node. */
  refuses(message: Message): boolean;
  /** The message would begin something that must not be done twice. */
  begins(header: Header, message: Message): boolean;
  /** The message would change something here, if its sender were believed. */
  matters(header: Header, message: Message): boolean;
  /** The highest epoch of that node that is known from others; 0 for none. */
  knownEpoch(node: NodeId): Epoch;
  /** Size of the cluster, as far as it is known. */
  population(): number;
  challenge(node: NodeId, address: Address, nonce: number, sequence: number, epoch: Epoch): void;
  /** Tells a kernel that spoke to all who this node is; false when this node must ask first who the kernel is. */
  introduce(node: NodeId, address: Address, sequence: number): boolean;
}

/**
 * `believed`: the sender is who it says, now. `stranger`: take it only if its answer changes nothing here. The others are
 * reasons to drop it.
 */
export type Verdict = 'believed' | 'stranger' | 'replayed' | 'unproved' | 'old-epoch' | 'moved' | 'stale';

interface Peer {
  epoch: Epoch;
  address: Address;
  window: ReplayWindow;
  /** The sequence number of the last proof, and when it came. */
  proof: number;
  provedAt: Instant;
  heardAt: Instant;
}

/** A kernel that spoke to all, and that this node has yet to get to know. */
interface Waiting {
  readonly header: Header;
  readonly from: Address;
  tries: number;
}

/** Times that this node speaks to such a kernel, and ms before the second; then twice as long. */
const TRIES = 4;
const RETRY_MS = 200;
/** ms of silence from its address after which a node may be elsewhere. */
const MOVE_MS = 1500;
/** ms between two challenges to one node. */
const AGAIN_MS = 50;
/** ms over which a large cluster answers what a kernel said to everybody. */
const SPREAD_MS = 500;
const AGE_MS = 10_000;

export class Trust {
  private readonly config: Config;
  private readonly random: Random;
  private readonly port: TrustPort;
  private readonly nonces: Nonces;
  private readonly pace: Pace;
  private readonly peers = new Map<NodeId, Peer>();
  private readonly waiting = new Map<NodeId, Waiting>();
  private readonly timers = new Timers<NodeId>();
  private agedAt: Instant;

  constructor({ config, codec, random, now }: TrustOptions, port: TrustPort) {
    this.config = config;
    this.random = random;
    this.port = port;
    this.nonces = new Nonces(secretFrom(random), codec);
    this.pace = new Pace(config.challengesPerSecond, AGAIN_MS, config.maxNodes, now);
    this.agedAt = now;
  }

  /** A question went out whose answer proves who gives it. */
  asked(nonce: number, node: NodeId): void {
    this.nonces.ask(nonce, node);
  }

  /** What becomes of a datagram whose seal is right. */
  judge(header: Header, message: Message, from: Address, now: Instant): Verdict {
    const peer = this.peers.get(header.sender);
    if (header.epoch < this.knownEpoch(header.sender)) return 'old-epoch';
    if (peer === undefined || header.epoch > peer.epoch) return this.meet(peer, header, message, from, now);
    if (!peer.window.take(header.sequence, header.addressed, now)) return 'replayed';
    // Who is still heard at its old address has not moved: somebody between them only says so.
    if (from !== peer.address && elapsed(peer.heardAt, now) < MOVE_MS) return 'moved';
    if (this.answersChallenge(header, message, from, now)) this.confirm(peer, header, from, now);
    if (from !== peer.address) return this.ask('moved', header, from, now);
    // What must not be done twice is done only for one who was there a moment ago: for as long a call is remembered beyond its
    // deadline, and nothing sent before the proof is taken after it. And so who seemed dead is heard again.
    const isProved = elapsed(peer.provedAt, now) <= this.config.flightMs;
    if (!isProved && this.port.isDoubted(header.sender) && !this.proves(header, message, from, now)) {
      if (this.port.matters(header, message)) this.challenge(header, from, now);
      return 'stale';
    }
    peer.heardAt = now;
    if (!isProved && this.port.begins(header, message)) return this.ask('stale', header, from, now);
    return 'believed';
  }

  /** Asks the sender of a datagram to show that it is there, and in which epoch. */
  challenge({ sender, epoch, sequence }: Header, from: Address, now: Instant): void {
    if (!this.pace.allows(sender, now)) return;
    const nonce = this.nonces.challengeFor(
      { node: sender, epoch, address: from, proof: this.proofOf(sender, epoch) },
      now,
    );
    const known = this.knownEpoch(sender);
    this.port.challenge(sender, from, nonce, sequence, known > epoch ? known : 0);
  }

  nextWake(): Instant {
    const ageAt = after(this.agedAt, AGE_MS);
    return earliest(this.timers.next(), ageAt) ?? ageAt;
  }

  advance(now: Instant): void {
    if (elapsed(this.agedAt, now) >= AGE_MS) {
      this.agedAt = now;
      this.nonces.age();
    }
    for (const node of this.timers.due(now)) this.getToKnow(node, now);
  }

  /** The sequence number of the last proof of that epoch; 0 for none. */
  private proofOf(node: NodeId, epoch: Epoch): number {
    const peer = this.peers.get(node);
    return peer?.epoch === epoch ? peer.proof : 0;
  }

  private knownEpoch(node: NodeId): Epoch {
    return Math.max(this.peers.get(node)?.epoch ?? 0, this.port.knownEpoch(node));
  }

  /** A datagram under an epoch that nobody has proved here. */
  private meet(peer: Peer | undefined, header: Header, message: Message, from: Address, now: Instant): Verdict {
    if (this.proves(header, message, from, now)) {
      if (peer === undefined) this.add(header, from, now);
      else this.prove(peer, header, from, now);
      return 'believed';
    }
    if (message.type === 'probe') return 'stranger';
    // A call for another epoch is refused, whoever calls: so the caller learns at once that nothing ran.
    if (this.port.refuses(message) && this.pace.allows(header.sender, now)) return 'stranger';
    if (this.port.matters(header, message)) {
      const toAll = message.type === 'beacon' || (message.type === 'query' && message.kernel && !header.addressed);
      if (toAll) this.wait(header, from, now);
      else this.challenge(header, from, now);
    }
    return 'unproved';
  }

  private ask(verdict: Verdict, header: Header, from: Address, now: Instant): Verdict {
    this.challenge(header, from, now);
    return verdict;
  }

  private proves(header: Header, message: Message, from: Address, now: Instant): boolean {
    if (!header.addressed) return false;
    const { sender } = header;
    switch (message.type) {
      case 'ack':
        if (message.kind === 'working' || message.kind === 'block') return this.port.awaits(message.id, sender);
        return this.answersChallenge(header, message, from, now) || this.nonces.answers(message.id, sender);
      case 'announce':
        if (this.answersChallenge(header, message, from, now)) return true;
        return this.nonces.answers(message.nonce, sender) || this.port.sentLately(message.nonce);
      case 'welcome':
        return this.nonces.answers(message.nonce, sender) || this.port.sentLately(message.nonce);
      case 'challenge':
        return this.port.sentLately(message.sequence);
      case 'response':
      case 'error':
      case 'block':
        return this.port.awaits(message.callId, sender);
      default:
        return false;
    }
  }

  private answersChallenge({ sender, epoch }: Header, message: Message, from: Address, now: Instant): boolean {
    const nonce = message.type === 'ack' && message.kind === 'alive' ? message.id : undefined;
    const echoed = message.type === 'announce' ? message.nonce : nonce;
    if (echoed === undefined) return false;
    const who = { node: sender, epoch, address: from, proof: this.proofOf(sender, epoch) };
    return this.nonces.answersChallenge(echoed, who, now);
  }

  /** It was there a moment ago. Nothing that it sent before is taken any more. */
  private confirm(peer: Peer, { sequence }: Header, from: Address, now: Instant): void {
    peer.window.raise(sequence);
    peer.address = from;
    peer.proof = sequence;
    peer.provedAt = now;
  }

  private prove(peer: Peer, header: Header, from: Address, now: Instant): void {
    peer.epoch = header.epoch;
    peer.address = from;
    peer.window = this.windowFrom(header, now);
    peer.proof = header.sequence;
    peer.provedAt = now;
    peer.heardAt = now;
  }

  private add(header: Header, address: Address, now: Instant): void {
    if (this.peers.size >= 2 * this.config.maxNodes) this.dropOldest();
    const { sender, epoch, sequence: proof } = header;
    const window = this.windowFrom(header, now);
    this.peers.set(sender, { epoch, address, window, proof, provedAt: now, heardAt: now });
  }

  private windowFrom({ sequence }: Header, now: Instant): ReplayWindow {
    return new ReplayWindow(this.config.replayWindow, sequence, this.config.replayMs, now);
  }

  /** Who is forgotten proves itself again: nothing old is taken for that. */
  private dropOldest(): void {
    let oldest: NodeId | undefined;
    let heardAt = Number.POSITIVE_INFINITY;
    for (const [node, peer] of this.peers)
      if (peer.heardAt < heardAt) {
        heardAt = peer.heardAt;
        oldest = node;
      }
    if (oldest !== undefined) this.peers.delete(oldest);
  }

  /** All nodes hear the same kernel: they must not answer at once. */
  private wait(header: Header, from: Address, now: Instant): void {
    const { config } = this;
    if (this.waiting.has(header.sender) || this.waiting.size >= config.maxErrands) return;
    const spread = Math.min(SPREAD_MS, config.jitterPerNodeMs * this.port.population());
    this.waiting.set(header.sender, { header, from, tries: 0 });
    this.timers.set(header.sender, after(now, this.random.unit() * spread));
  }

  private getToKnow(node: NodeId, now: Instant): void {
    const kernel = this.waiting.get(node);
    if (kernel === undefined) return;
    const { header, from } = kernel;
    if (kernel.tries >= TRIES || this.peers.get(node)?.epoch === header.epoch) {
      this.waiting.delete(node);
      return;
    }
    if (!this.port.introduce(node, from, header.sequence)) this.challenge(header, from, now);
    this.timers.set(node, after(now, RETRY_MS * 2 ** kernel.tries));
    kernel.tries += 1;
  }
}

/** Bytes that nobody else knows and that end with this start. */
function secretFrom(random: Random): Uint8Array {
  return Uint8Array.from({ length: 32 }, () => random.below(256));
}
