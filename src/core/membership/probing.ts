/**
 * Probes: which are under way, through whom they go, and how many a second. An answer is known by the nonce of the
 * questions to that node; only the newest counts.
 *
 * All share one bucket. When it is empty nothing is sent and nothing counted: nobody dies of a probe that was never sent.
 *
 * @module
 */
import { Bucket } from '../../base/bucket.ts';
import type { Random } from '../../base/random.ts';
import { after, type Instant } from '../../base/time.ts';
import type { NodeId } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import type { NodeRecord } from '../model.ts';

export interface ProbingPort {
  probe(node: NodeRecord, nonce: number): void;
  probeThrough(helper: NodeRecord, node: NodeRecord, nonce: number): void;
  /** Living nodes that probe for others. */
  helpers(except: NodeId): readonly NodeRecord[];
}

/** The probes of one node that are under way, all under one nonce. */
export interface Inquiry {
  readonly nonce: number;
  readonly since: Instant;
  /** Rounds that were sent. */
  rounds: number;
  round: Round | undefined;
}

/** A round that is being sent, in turns: one question to the node in each. */
interface Round {
  readonly since: Instant;
  readonly turns: number;
  taken: number;
}

/** Share of the bucket below which nothing is spent beyond what is due. */
const NEARLY_FULL = 0.75;
/** Turns that a round without helpers has more than the one before, for each helper that is missing. */
const TURNS_MORE = 2;

export class Probing {
  private readonly config: Config;
  private readonly random: Random;
  private readonly port: ProbingPort;
  private readonly bucket: Bucket;
  private readonly inquiries = new Map<NodeId, Inquiry>();
  private readonly nonces = new Map<number, NodeId>();

  constructor(config: Config, random: Random, port: ProbingPort) {
    this.config = config;
    this.random = random;
    this.port = port;
    this.bucket = new Bucket(config.probesPerSecond);
  }

  /** What is under way about the node. */
  of(node: NodeId): Inquiry | undefined {
    return this.inquiries.get(node);
  }

  /** Answers to what was asked before do not count any more. */
  begin(node: NodeId, now: Instant): Inquiry {
    this.end(node);
    const inquiry = { nonce: this.random.id(), since: now, rounds: 0, round: undefined };
    this.inquiries.set(node, inquiry);
    this.nonces.set(inquiry.nonce, node);
    return inquiry;
  }

  end(node: NodeId): void {
    this.nonces.delete(this.inquiries.get(node)?.nonce ?? 0);
    this.inquiries.delete(node);
  }

  /** All that is under way begins anew: this node did not hear what was answered. */
  startOver(): void {
    for (const inquiry of this.inquiries.values()) {
      inquiry.rounds = 0;
      inquiry.round = undefined;
    }
  }

  /** Which node was probed under that nonce. */
  askedOf(nonce: number): NodeId | undefined {
    return this.nonces.get(nonce);
  }

  /**
   * Sends one round of probes, if the bucket allows it: half of it is for suspects. A round that lacks helpers is sent in
   * turns: then the node itself is asked more often, and more often still in each round that follows, as long as the
   * bucket is nearly full.
   *
   * @param wide - through helpers too.
   * @returns when to look again.
   */
  round(node: NodeRecord, inquiry: Inquiry, wide: boolean, now: Instant): Instant {
    const level = node.state === 'suspect' ? 1 : Math.max(1, this.bucket.capacity / 2);
    if (!this.bucket.holds(level, now)) return this.bucket.readyAt(level, now);
    const { probeRoundMs } = this.config;
    this.bucket.take(1);
    this.port.probe(node, inquiry.nonce);
    inquiry.round ??= { since: now, turns: wide ? this.askHelpers(node, inquiry, now) : 1, taken: 0 };
    const { round } = inquiry;
    round.taken += 1;
    if (round.taken < round.turns && this.isNearlyFull(now))
      return after(round.since, (probeRoundMs * round.taken) / round.turns);
    inquiry.rounds += 1;
    inquiry.round = undefined;
    const end = after(round.since, probeRoundMs);
    // An empty bucket may have held its last turn back: that has its time too.
    return end > now ? end : after(now, probeRoundMs);
  }

  /**
   * Asks a dead node whether it is back, if the bucket allows it.
   *
   * @returns when to look again.
   */
  askDead(node: NodeRecord, now: Instant): Instant {
    const inquiry = this.begin(node.id, now);
    const next = this.round(node, inquiry, false, now);
    return inquiry.rounds === 0 ? next : after(now, this.config.deadProbeMs);
  }

  /** Has helpers probe too. @returns how often the node itself is to be asked in this round. */
  private askHelpers(node: NodeRecord, { nonce, rounds }: Inquiry, now: Instant): number {
    const helpers = this.drawHelpers(node.id);
    this.bucket.take(helpers.length);
    for (const helper of helpers) this.port.probeThrough(helper, node, nonce);
    // A v1 board reads its sensor for each probe.
    if (node.abilities.v1 || !this.isNearlyFull(now)) return 1;
    return 1 + (this.config.probeHelpers - helpers.length) * TURNS_MORE * rounds;
  }

  private isNearlyFull(now: Instant): boolean {
    return this.bucket.holds(NEARLY_FULL * this.bucket.capacity, now);
  }

  private drawHelpers(except: NodeId): NodeRecord[] {
    const pool = [...this.port.helpers(except)];
    const drawn: NodeRecord[] = [];
    while (drawn.length < this.config.probeHelpers && pool.length > 0)
      drawn.push(...pool.splice(this.random.below(pool.length), 1));
    return drawn;
  }
}
