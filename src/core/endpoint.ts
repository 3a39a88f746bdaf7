/** The core's one door. SIGNATURES ONLY for now; the body follows. */
import type { Random } from '../base/random.ts';
import type { Instant } from '../base/time.ts';
import type { Address, Codec, PeerState } from '../wire/message.ts';
import type { Config } from './config.ts';
import type { Command, Door, Identity, Instance, NodeRecord, Output } from './model.ts';

export interface EndpointOptions {
  readonly identity: Identity;
  readonly config: Config;
  readonly codec: Codec;
  readonly random: Random;
  readonly now: Instant;
  /** The highest kernel term seen before, from the store. */
  readonly term: number;
  /** ms since 1970 at `now`; 0 without a clock. */
  readonly wallClock: number;
  /** Kernels known from the last run; they are asked directly too. */
  readonly remembered: readonly Address[];
  /** Accept v1 boards, and speak v1 to them. */
  readonly allowV1: boolean;
  /** Asks and calls only: never announces itself, so nobody watches it. For short-lived programs. */
  readonly silent: boolean;
}

export declare class Endpoint {
  constructor(options: EndpointOptions);
  /** A datagram came in. Never throws, whatever the bytes. */
  receive(datagram: Uint8Array, from: Address, now: Instant, door?: Door): void;
  /** Something is wanted. */
  command(command: Command, now: Instant): void;
  /** Time has passed. */
  advance(now: Instant): void;
  /** The next piece of work for the host, until undefined. */
  poll(): Output | undefined;
  /** The moment by which `advance` must be called next; may be early, never late. */
  nextWake(): Instant | undefined;

  // Views: what is known. Read-only; valid until the next verb.
  readonly identity: Identity;
  nodes(): Iterable<NodeRecord>;
  instances(service?: string): readonly Instance[];
  /** What calls have learned of an instance. */
  condition(instance: Instance): { breaker: 'closed' | 'open' | 'half-open'; rttMs: number | undefined; unanswered: number };
  /** The kernel this node reports to; undefined when none is heard. For a kernel: itself. */
  kernel(): NodeRecord | Identity | undefined;
  counters(): Readonly<Record<string, number>>;
}
export type { PeerState };
