/**
 * What calls need around them: instances to choose from, a way to send, a budget for retries; and whom they tell how it
 * went.
 *
 * @module
 */
import type { Instant } from '../../base/time.ts';
import type { NodeId } from '../../wire/message.ts';
import type { CallCommand, Instance, Outcome, Unsent } from '../model.ts';

/** A transmission of a call. */
export interface Transmission {
  readonly callId: number;
  readonly op: string;
  readonly args: unknown;
  readonly leftMs: number;
}

export interface CallsPort {
  /** The living instances that the command means; `why` says what ruled out the last ones. */
  candidates(command: CallCommand): { readonly fits: readonly Instance[]; readonly why: string };
  /** The candidates that may be called, best first. */
  rank(fits: readonly Instance[], prefer: NodeId, safe: boolean, now: Instant): readonly Instance[];
  /** `blocks`: it goes in pieces, and the wait for an answer begins when they are through. */
  transmit(instance: Instance, transmission: Transmission, now: Instant): 'sent' | 'blocks' | Unsent;
  waitMs(node: NodeId, attempt: number): number;
  /** Retries have a budget; false when it is spent. */
  mayRetry(): boolean;
  /** A new call adds to the budget. */
  called(): void;
  answered(node: NodeId, rttMs: number): void;
  unanswered(instance: Instance, now: Instant): void;
  /** A call goes there; true when it is the trial of a half-open breaker. */
  began(instance: Instance, now: Instant): boolean;
  ended(instance: Instance, how: 'succeeded' | 'failed' | 'abandoned', trial: boolean, now: Instant): void;
  movedOn(service: string, from: NodeId, to: NodeId, reason: string): void;
  settled(call: number, outcome: Outcome): void;
  /** An answer that no call waits for. */
  late(): void;
}
