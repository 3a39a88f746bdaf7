/**
 * What the membership needs around it, and whom it tells what it sees.
 *
 * @module
 */
import type { Random } from '../../base/random.ts';
import type { Instant } from '../../base/time.ts';
import type { Codec } from '../../wire/codec.ts';
import type { Address, NodeId } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import type { NodeRecord } from '../model.ts';
import type { Offers } from '../offers.ts';
import type { Outbox } from '../outbox.ts';
import type { WallClock } from '../wall-clock.ts';

export interface MembershipPort {
  /** Instances came or went: calls that wait may go on. */
  instancesChanged(now: Instant): void;
  /** Dead or left: nothing will come from it. */
  gone(node: NodeRecord, now: Instant): void;
  /** It is back after silence, or restarted. */
  back(node: NodeRecord, how: 'revived' | 'rebooted', now: Instant): void;
  forgotten(node: NodeRecord): void;
  /** This node goes on under another epoch or id. */
  reborn(now: Instant): void;
  /** A v2 node has an id that a v1 board was given. */
  makeWay(id: NodeId, now: Instant): void;
  /** Probes a v1 board, which knows no PROBE. */
  probeV1(node: NodeRecord, nonce: number): void;
  load(): number;
  /** That node did not take what this one sent before, but will now. */
  challenged(node: NodeId, now: Instant): void;
}

export interface MembershipOptions {
  readonly config: Config;
  readonly codec: Codec;
  readonly random: Random;
  readonly outbox: Outbox;
  readonly offers: Offers;
  readonly term: number;
  readonly wallClock: WallClock;
  readonly startedAt: Instant;
  readonly remembered: readonly Address[];
  /** Asks only: never announces itself. */
  readonly silent: boolean;
}
