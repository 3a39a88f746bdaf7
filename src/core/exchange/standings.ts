/**
 * What calls have taught this node about the instances it calls: round trips and unanswered tries of their nodes, and
 * the breaker of each. Failover ranks by it.
 *
 * @module
 */
import type { Random } from '../../base/random.ts';
import type { Instant } from '../../base/time.ts';
import type { NodeId } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import { type ClusterEvent, type Instance, instanceKey, type NodeRecord } from '../model.ts';
import { type BreakerState, Breakers, type BreakersPort } from './breaker.ts';
import { rank, type Standing } from './failover.ts';
import { Links } from './link.ts';

export interface Condition {
  readonly breaker: 'closed' | 'open' | 'half-open';
  /** Smoothed round trip, ms; undefined until a call was answered. */
  readonly rttMs: number | undefined;
  /** Tries in a row that got no answer. */
  readonly unanswered: number;
}

export interface News {
  event(event: ClusterEvent): void;
}

export class Standings implements Standing, BreakersPort {
  readonly links: Links;
  private readonly breakers: Breakers;
  /** The breakers' key of each instance, made once and not for every call. */
  private readonly keys = new WeakMap<Instance, string>();
  private readonly news: News;
  private now: Instant;

  /** @param news - told when a breaker opens or closes. */
  constructor(config: Config, random: Random, news: News, now: Instant) {
    this.links = new Links(config, random);
    this.breakers = new Breakers(config, this);
    this.news = news;
    this.now = now;
  }

  breakerChanged(key: string, state: BreakerState, reason: string): void {
    const slash = key.indexOf('/');
    const [node, service] = [Number(key.slice(0, slash)), key.slice(slash + 1)];
    this.news.event({ type: 'breaker', service, node, state, reason });
  }

  admits(instance: Instance): 'yes' | 'trial' | 'no' {
    return this.breakers.admits(this.keyOf(instance), this.now);
  }

  unansweredTries(node: NodeId): number {
    return this.links.unansweredTries(node);
  }

  rttMs(node: NodeId): number | undefined {
    return this.links.rttMs(node);
  }

  /** Those that may be called, best first. */
  rank(fits: readonly Instance[], prefer: NodeId, safe: boolean, now: Instant): readonly Instance[] {
    this.now = now;
    return rank(fits, this, prefer, safe);
  }

  /** @returns whether the call is the trial of a half-open breaker. */
  began(instance: Instance, now: Instant): boolean {
    return this.breakers.begin(this.keyOf(instance), now);
  }

  ended(instance: Instance, how: 'succeeded' | 'failed' | 'abandoned', trial: boolean, now: Instant): void {
    const key = this.keyOf(instance);
    if (how === 'succeeded') this.breakers.succeeded(key, now, trial);
    else if (how === 'failed') this.breakers.failed(key, now, trial);
    else this.breakers.abandoned(key, trial);
  }

  /** The node is back after silence, or restarted. */
  back(node: NodeRecord, how: 'revived' | 'rebooted', now: Instant): void {
    for (const { name } of node.services) {
      const key = instanceKey(node.id, name);
      if (how === 'rebooted') this.breakers.reset(key);
      else this.breakers.wake(key, now);
    }
    this.links.heard(node.id);
  }

  forgotten(node: NodeRecord): void {
    this.links.forget(node.id);
    for (const { name } of node.services) this.breakers.forget(instanceKey(node.id, name));
  }

  condition(instance: Instance, now: Instant): Condition {
    const { id } = instance.node;
    return {
      breaker: this.breakers.state(this.keyOf(instance), now),
      rttMs: this.links.rttMs(id),
      unanswered: this.links.unansweredTries(id),
    };
  }

  private keyOf(instance: Instance): string {
    let key = this.keys.get(instance);
    if (key === undefined) {
      key = instanceKey(instance.node.id, instance.offer.name);
      this.keys.set(instance, key);
    }
    return key;
  }
}
