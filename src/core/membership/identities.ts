/**
 * Two nodes with one id: noticed, reported, and told apart.
 *
 * A node whose stored epoch was lost starts below the epoch that others know, is challenged, and begins above it:
 * once, and all is well. Two nodes that share one stored state challenge each other upwards without end: the one
 * that is challenged too often, or that hears itself too often under a higher epoch, takes a new id.
 *
 * @module
 */
import type { Random } from '../../base/random.ts';
import { elapsed, type Instant } from '../../base/time.ts';
import type { Address, Challenge, Epoch, Header, NodeId } from '../../wire/message.ts';
import type { NodeRecord } from '../model.ts';
import type { Outbox } from '../outbox.ts';

/** ms between challenges to one id, and between reports of it. */
const CHALLENGE_MS = 200;
const REPORT_MS = 60_000;
/** So many challenges within so many ms are no lost counter. */
const TOO_MANY = 3;
const TOO_MANY_WITHIN_MS = 30_000;
/** Ids under suspicion at once; more are not challenged until these are forgotten. */
const MAX_SUSPECTED = 64;
const MAX_EPOCH = 0xffff_ffff;

export interface IdentitiesPort {
  /** This node goes on under another epoch or id. */
  changed(was: NodeId): void;
  /** That node did not take what this one sent, and will take it now. */
  asked(by: NodeId, address: Address, now: Instant): void;
}

interface Suspected {
  challengedAt: Instant;
  reportedAt: Instant | undefined;
}

/** A node was heard at another address before, and came back so often since. */
interface Move {
  readonly from: Address;
  readonly at: Instant;
  readonly returns: number;
}

export class Identities {
  private readonly random: Random;
  private readonly outbox: Outbox;
  private readonly port: IdentitiesPort;
  private readonly suspected = new Map<NodeId, Suspected>();
  private readonly moves = new Map<NodeId, Move>();
  private challenges: Instant[] = [];

  constructor(random: Random, outbox: Outbox, port: IdentitiesPort) {
    this.random = random;
    this.outbox = outbox;
    this.port = port;
  }

  /** Someone sends under this node's own id. Under the same epoch it is the echo of a broadcast, unless this node never sent it. */
  heardOwnId(epoch: Epoch, sequence: number, from: Address, now: Instant): void {
    const { identity } = this.outbox;
    const isTwin = epoch === identity.epoch && this.outbox.neverSent(sequence);
    if (isTwin) {
      // The other one hears by this that it has a twin: nobody would take its lower numbers for those of this node.
      this.outbox.send(identity.id, from, { type: 'probe', nonce: this.random.u32() });
      this.takeNewId([from]);
    } else if (epoch > identity.epoch) {
      this.beginAbove(epoch, from, now);
    }
  }

  /**
   * A datagram under an epoch below the one that is known: a lost counter, a twin, or a late one.
   *
   * @param sequence - of the datagram. The challenge echoes it, so that only who hears a node can challenge it.
   */
  heardOldEpoch(node: NodeRecord, sequence: number, from: Address, now: Instant): void {
    let entry = this.suspected.get(node.id);
    if (entry !== undefined && elapsed(entry.challengedAt, now) < CHALLENGE_MS) return;
    if (entry === undefined) {
      this.makeRoom(now);
      if (this.suspected.size >= MAX_SUSPECTED) return;
      entry = { challengedAt: now, reportedAt: undefined };
      this.suspected.set(node.id, entry);
    }
    entry.challengedAt = now;
    this.outbox.send(node.id, from, { type: 'challenge', nonce: this.random.u32(), sequence, epoch: node.epoch });
    const both = from !== node.address && elapsed(node.heardAt, now) < 3 * node.intervalMs;
    if (!both || (entry.reportedAt !== undefined && elapsed(entry.reportedAt, now) < REPORT_MS)) return;
    entry.reportedAt = now;
    this.outbox.event({ type: 'duplicate-id', node: node.id, addresses: [node.address, from] });
  }

  /** A node is heard from another address than before. One that goes to and fro is two, under one epoch. */
  moved(node: NodeRecord, sequence: number, to: Address, now: Instant): void {
    const last = this.moves.get(node.id);
    const recent = last !== undefined && elapsed(last.at, now) < TOO_MANY_WITHIN_MS;
    const returns = recent && last.from === to ? last.returns + 1 : 0;
    if (last === undefined && this.moves.size >= MAX_SUSPECTED) this.moves.clear();
    this.moves.set(node.id, { from: node.address, at: now, returns });
    // Fewer are datagrams of one move that changed places.
    if (returns > TOO_MANY) this.heardOldEpoch({ ...node, epoch: node.epoch + 1 }, sequence, to, now);
  }

  /**
   * Someone wants to know whether this node is there, or knows it under a higher epoch. Counts only as the answer to what
   * this node sent lately, in this epoch.
   */
  challenged(challenge: Challenge, { sender, sequence }: Header, from: Address, now: Instant): void {
    const { epoch } = this.outbox.identity;
    if (!this.outbox.sentLately(challenge.sequence) || challenge.epoch < epoch) return;
    if (challenge.epoch === epoch) {
      this.outbox.send(sender, from, { type: 'ack', id: challenge.nonce, kind: 'alive', value: sequence });
      this.port.asked(sender, from, now);
      return;
    }
    this.beginAbove(challenge.epoch, from, now);
  }

  /** Once or twice that was a lost counter; more often it is a twin. */
  private beginAbove(epoch: Epoch, from: Address, now: Instant): void {
    this.challenges = this.challenges.filter((at) => elapsed(at, now) < TOO_MANY_WITHIN_MS);
    this.challenges.push(now);
    if (this.challenges.length >= TOO_MANY || epoch >= MAX_EPOCH - 1) {
      this.challenges = [];
      this.takeNewId([from]);
      return;
    }
    const { id } = this.outbox.identity;
    this.outbox.identity = { ...this.outbox.identity, epoch: epoch + 1 };
    this.port.changed(id);
  }

  /** The sequence numbers of this epoch are spent. */
  renew(): void {
    const { id, epoch } = this.outbox.identity;
    if (epoch >= MAX_EPOCH - 1) {
      this.takeNewId([]);
      return;
    }
    this.outbox.identity = { ...this.outbox.identity, epoch: epoch + 1 };
    this.port.changed(id);
  }

  private takeNewId(addresses: readonly Address[]): void {
    const { id } = this.outbox.identity;
    this.outbox.event({ type: 'duplicate-id', node: id, addresses });
    this.outbox.identity = { ...this.outbox.identity, id: this.random.id() };
    this.port.changed(id);
  }

  private makeRoom(now: Instant): void {
    if (this.suspected.size < MAX_SUSPECTED) return;
    for (const [id, { challengedAt }] of this.suspected)
      if (elapsed(challengedAt, now) > REPORT_MS) this.suspected.delete(id);
  }
}
