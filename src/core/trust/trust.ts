/**
 * Whom this node believes, in a sealed cluster. The seal shows that somebody who has the key wrote a datagram; here it is
 * decided whether that was now.
 *
 * A sender is believed in an epoch that it has proved, by an answer that only one who hears this node lately can give; from
 * then on, each of its datagrams counts once (`replay-windows.ts`). Anything else changes nothing here, and is answered
 * with a CHALLENGE where it would matter. Most of what nodes say comes again, so what was dropped is not held back.
 *
 * @module
 */
import type { Random } from '../../base/random.ts';
import { after, elapsed, type Instant } from '../../base/time.ts';
import type { Codec } from '../../wire/codec.ts';
import type { Address, Epoch, Header, Message, NodeId } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import { Timers } from '../timers.ts';
import { Pace } from './pace.ts';
import { Proofs, type ProofsPort } from './proofs.ts';
import { type ReplayWindow, ReplayWindows } from './replay-windows.ts';
import { Strangers } from './strangers.ts';

export interface TrustOptions {
  readonly config: Config;
  readonly codec: Codec;
  readonly random: Random;
  /** 32 bytes of this start, unknown to all who have no key: who could compute nonces could wait for one that suits him. */
  readonly secret: Uint8Array;
  readonly now: Instant;
}

export interface TrustPort extends ProofsPort {
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
  /**
   * Tells a kernel that spoke to all who this node is, in `maxBytes` at most.
   * @returns the bytes sent; 0 when this node must ask first who the kernel is.
   */
  introduce(node: NodeId, address: Address, sequence: number, maxBytes: number): number;
  /** A kernel that spoke to all has shown that it is there. */
  met(kernel: NodeId, address: Address, now: Instant): void;
}

/**
 * `believed`: the sender is who it says, now. `stranger`: answer it, but change nothing for it. The others are reasons to
 * drop it.
 */
export type Verdict = 'believed' | 'stranger' | 'replayed' | 'unproved' | 'old-epoch' | 'moved' | 'stale';

interface Peer {
  epoch: Epoch;
  address: Address;
  window: ReplayWindow;
  /** The sequence number of the last proof. */
  proof: number;
  /** When it last answered a challenge; undefined while it proved itself by other answers only. */
  answeredAt: Instant | undefined;
  heardAt: Instant;
}

/** A kernel that spoke to all, and that this node has yet to get to know. */
interface Waiting {
  readonly header: Header;
  readonly from: Address;
  tries: number;
}

/** Times that such a kernel is asked, and ms before the second; then half as long again. */
const TRIES = 6;
const RETRY_MS = 200;
/** Numbers that begin anew by chance lie so far back, and nothing that its sender remembers does: nobody can make it answer. */
const FAR_BACK = 0x10_0000;
/** ms of silence from its address after which a node may be elsewhere. */
const MOVE_MS = 1500;
/** ms between two challenges to one node. */
const AGAIN_MS = 50;
/** ms over which a large cluster answers what a kernel said to everybody. */
const SPREAD_MS = 500;
/** Bytes of the answers that strangers get: a CHALLENGE, an ACK, and an ERROR without words. */
const CHALLENGE_BYTES = 36;
const ALIVE_BYTES = 33;
const REFUSAL_BYTES = 46;

export class Trust {
  private readonly config: Config;
  private readonly random: Random;
  private readonly port: TrustPort;
  private readonly proofs: Proofs;
  /** Those who have proved nothing, and those who may only repeat what another said. */
  private readonly strangers: Strangers;
  /** Challenges for what came for the first time: nobody can provoke these instead of the sender. */
  private readonly toPeers: Pace<NodeId>;
  private readonly peers = new Map<NodeId, Peer>();
  private readonly windows: ReplayWindows;
  private readonly waiting = new Map<NodeId, Waiting>();
  private readonly timers = new Timers<NodeId>();

  constructor({ config, codec, random, secret, now }: TrustOptions, port: TrustPort) {
    this.config = config;
    this.random = random;
    this.port = port;
    this.proofs = new Proofs(secret, codec, config.maxQuestions, port);
    this.windows = new ReplayWindows(config.replayWindow, config.replayMs);
    this.strangers = new Strangers(config, now);
    this.toPeers = new Pace(config.challengesPerSecond, AGAIN_MS, config.maxNodes, now);
  }

  /** A message went out to that node, or to everybody: 0. The answer to a question proves who gives it. */
  sent(to: NodeId, message: Message): void {
    if (message.type === 'query' || message.type === 'probe' || message.type === 'probe-request')
      this.proofs.asked(message.nonce, to);
  }

  /** What becomes of a datagram of `size` bytes whose seal is right. */
  judge(header: Header, message: Message, size: number, from: Address, now: Instant): Verdict {
    const { sender, epoch, sequence, addressed } = header;
    const peer = this.peers.get(sender);
    if (epoch < this.knownEpoch(sender)) {
      this.strangers.heard(size);
      return this.askStranger('old-epoch', header, from, now);
    }
    if (peer === undefined || epoch > peer.epoch) return this.meet(peer, header, message, size, from, now);
    const answers = this.proofs.answersChallenge(header, message, from, peer.proof, now);
    const isElsewhere = from !== peer.address;
    // Who is still heard at its old address has not moved: somebody between them only says so.
    if (isElsewhere && elapsed(peer.heardAt, now) < MOVE_MS) return 'moved';
    // Its number is not used up: the datagram itself may be on its way.
    if (isElsewhere && !answers && this.windows.isNew(peer.window, sequence, addressed)) {
      this.strangers.heard(size);
      return this.askStranger('moved', header, from, now);
    }
    if (!this.windows.take(peer.window, sequence, addressed, now)) {
      this.strangers.heard(size);
      return this.replayed(peer, header, answers, from, now);
    }
    if (answers) this.confirm(peer, header, from, now);
    const isProved = peer.answeredAt !== undefined && elapsed(peer.answeredAt, now) <= this.config.flightMs;
    // Who seemed dead is heard again by what it says now.
    if (!isProved && this.port.isDoubted(sender) && !this.proofs.holds(header, message, from, peer.proof, now))
      return this.port.matters(header, message) ? this.askPeer('stale', header, from, now) : 'stale';
    peer.heardAt = now;
    // What must not be done twice is done only for one who was there a moment ago: for as long a call is remembered beyond its
    // deadline, and nothing sent before the proof is taken after it.
    if (!isProved && this.port.begins(header, message)) return this.askPeer('stale', header, from, now);
    return 'believed';
  }

  /** Some seconds have passed: what was asked before the last look is not answered any more. */
  age(): void {
    this.proofs.age();
  }

  nextWake(): Instant | undefined {
    return this.timers.next();
  }

  advance(now: Instant): void {
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
  private meet(
    peer: Peer | undefined,
    header: Header,
    message: Message,
    size: number,
    from: Address,
    now: Instant,
  ): Verdict {
    // What an earlier epoch proved counts for nothing here.
    if (this.proofs.holds(header, message, from, 0, now)) {
      this.believe(peer, header, this.proofs.answersChallenge(header, message, from, 0, now), from, now);
      if (this.waiting.has(header.sender)) this.port.met(header.sender, from, now);
      return 'believed';
    }
    this.strangers.heard(size);
    // A call for another epoch is refused, whoever calls: so the caller learns at once that nothing ran.
    const refuses = this.port.refuses(message);
    if (refuses || message.type === 'probe') {
      const answer = refuses ? REFUSAL_BYTES : ALIVE_BYTES;
      return this.strangers.mayTell(header.sender, from, answer, now) ? 'stranger' : 'unproved';
    }
    if (!this.port.matters(header, message)) return 'unproved';
    const toAll = message.type === 'beacon' || (message.type === 'query' && message.kernel && !header.addressed);
    if (!toAll) return this.askStranger('unproved', header, from, now);
    this.wait(header, from, now);
    return 'unproved';
  }

  /** Numbers that go back are those of a node that took an epoch twice: an answer of now tells it from a repeated datagram. */
  private replayed(peer: Peer, header: Header, answers: boolean, from: Address, now: Instant): Verdict {
    if (header.sequence > peer.proof - FAR_BACK) return 'replayed';
    if (!answers) return this.askStranger('replayed', header, from, now);
    this.challenge(header, header.epoch + 1, from, now);
    return 'replayed';
  }

  private askStranger(verdict: Verdict, header: Header, from: Address, now: Instant): Verdict {
    if (this.strangers.mayTell(header.sender, from, CHALLENGE_BYTES, now))
      this.challenge(header, this.knownEpoch(header.sender), from, now);
    return verdict;
  }

  private askPeer(verdict: Verdict, header: Header, from: Address, now: Instant): Verdict {
    if (this.toPeers.allows(header.sender, now)) this.challenge(header, header.epoch, from, now);
    return verdict;
  }

  /** Asks the sender of a datagram to show that it is there, and in which epoch; one below `known` is to begin above it. */
  private challenge(header: Header, known: Epoch, from: Address, now: Instant): void {
    const nonce = this.proofs.challengeFor(header, from, this.proofOf(header.sender, header.epoch), now);
    this.port.challenge(header.sender, from, nonce, header.sequence, Math.max(known, header.epoch));
  }

  /** It was there a moment ago. Nothing that it sent before is taken any more. */
  private confirm(peer: Peer, { sequence }: Header, from: Address, now: Instant): void {
    this.windows.raise(peer.window, sequence);
    peer.address = from;
    peer.proof = sequence;
    peer.answeredAt = now;
  }

  /** An epoch is proved. */
  private believe(known: Peer | undefined, header: Header, answers: boolean, address: Address, now: Instant): void {
    const { sender, epoch, sequence: proof } = header;
    const isFull = this.peers.size >= 2 * this.config.maxNodes;
    const before = known ?? (isFull ? this.dropOldest() : undefined);
    const window = this.windows.begin(proof, now, before?.window);
    this.peers.set(sender, { epoch, address, window, proof, answeredAt: answers ? now : undefined, heardAt: now });
  }

  /** Who is forgotten proves itself again: nothing old is taken for that. */
  private dropOldest(): Peer | undefined {
    let oldest: [NodeId, Peer] | undefined;
    for (const entry of this.peers) if (oldest === undefined || entry[1].heardAt < oldest[1].heardAt) oldest = entry;
    if (oldest !== undefined) this.peers.delete(oldest[0]);
    return oldest?.[1];
  }

  /** All nodes hear the same kernel: they must not answer at once. */
  private wait(header: Header, from: Address, now: Instant): void {
    const { maxErrands, jitterPerNodeMs } = this.config;
    const known = this.waiting.get(header.sender);
    if (known === undefined ? this.waiting.size >= maxErrands : known.header.epoch >= header.epoch) return;
    const spread = Math.min(SPREAD_MS, jitterPerNodeMs * this.port.population());
    this.waiting.set(header.sender, { header, from, tries: 0 });
    this.timers.set(header.sender, after(now, this.random.unit() * spread));
  }

  private getToKnow(node: NodeId, now: Instant): void {
    const kernel = this.waiting.get(node);
    if (kernel === undefined) return;
    const { header, from, tries } = kernel;
    const known = this.knownEpoch(node) > header.epoch || this.peers.get(node)?.epoch === header.epoch;
    if (known || tries >= TRIES) {
      this.waiting.delete(node);
      return;
    }
    const sent = this.port.introduce(node, from, header.sequence, this.strangers.credit);
    this.strangers.told(sent);
    if (sent === 0) this.askStranger('unproved', header, from, now);
    kernel.tries += 1;
    this.timers.set(node, after(now, RETRY_MS * 1.5 ** tries));
  }
}
