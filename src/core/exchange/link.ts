/**
 * What is known of the way to each node: how long an answer takes, and how many tries in a row got none. From the
 * first follows how long to wait before a retry (RFC 6298), from the second that another instance is the better choice.
 *
 * Measure only answers that belong to one certain transmission: after a retry nobody knows which one was answered
 * (Karn's rule), so the caller then reports `heard` instead of `answered`.
 *
 * @module
 */
import { assert } from '../../base/assert.ts';
import type { Random } from '../../base/random.ts';
import type { NodeId } from '../../wire/message.ts';
import type { Config } from '../config.ts';

interface Link {
  /** Smoothed round trip and its deviation, ms; undefined until an answer was measured. */
  rtt: { smooth: number; deviation: number } | undefined;
  unanswered: number;
}

/** Retries of many callers spread over this share of the wait to each side. */
const JITTER = 0.2;
/** 2^20 times the shortest wait is above any longest one. */
const MAX_DOUBLINGS = 20;

export class Links {
  private readonly config: Config;
  private readonly random: Random;
  private readonly links = new Map<NodeId, Link>();

  constructor(config: Config, random: Random) {
    this.config = config;
    this.random = random;
  }

  /** An answer came `rttMs` after the one transmission that it can belong to. */
  answered(node: NodeId, rttMs: number): void {
    assert(rttMs >= 0, 'an answer comes after its question');
    const link = this.link(node);
    link.unanswered = 0;
    if (link.rtt === undefined) {
      link.rtt = { smooth: rttMs, deviation: rttMs / 2 };
      return;
    }
    link.rtt.deviation += (Math.abs(link.rtt.smooth - rttMs) - link.rtt.deviation) / 4;
    link.rtt.smooth += (rttMs - link.rtt.smooth) / 8;
  }

  /** A try got no answer in its time. */
  unanswered(node: NodeId): void {
    this.link(node).unanswered += 1;
  }

  /** Any datagram came from the node: it can be reached. */
  heard(node: NodeId): void {
    const link = this.links.get(node);
    if (link !== undefined) link.unanswered = 0;
  }

  /** The smoothed round trip; undefined when none was measured. */
  rttMs(node: NodeId): number | undefined {
    return this.links.get(node)?.rtt?.smooth;
  }

  /** Tries in a row that got no answer, with no sign of life since. */
  unansweredTries(node: NodeId): number {
    return this.links.get(node)?.unanswered ?? 0;
  }

  /**
   * How long to wait for an answer before the next try: doubling with each, jittered, never outside
   * `retryMinMs` to `retryMaxMs`.
   *
   * @param attempt - 0 for the first transmission.
   */
  waitMs(node: NodeId, attempt: number): number {
    const { ackAfterMs, retryMinMs, retryFirstMs, retryMaxMs } = this.config;
    const rtt = this.links.get(node)?.rtt;
    const first = rtt === undefined ? retryFirstMs : Math.max(retryMinMs, ackAfterMs + rtt.smooth + 4 * rtt.deviation);
    const wait = Math.min(retryMaxMs, first * 2 ** Math.min(attempt, MAX_DOUBLINGS));
    return this.random.between(Math.max(retryMinMs, wait * (1 - JITTER)), Math.min(retryMaxMs, wait * (1 + JITTER)));
  }

  /** The node is no longer known. */
  forget(node: NodeId): void {
    this.links.delete(node);
  }

  private link(node: NodeId): Link {
    let link = this.links.get(node);
    if (link === undefined) {
      this.makeRoom();
      link = { rtt: undefined, unanswered: 0 };
      this.links.set(node, link);
    }
    return link;
  }

  /** A late result of a forgotten node makes an entry that nobody forgets again: the oldest goes. */
  private makeRoom(): void {
    if (this.links.size < this.config.maxNodes) return;
    for (const oldest of this.links.keys()) {
      this.links.delete(oldest);
      return;
    }
  }
}
