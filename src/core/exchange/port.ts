/**
 * What calls in both directions need around them.
 *
 * @module
 */
import type { Random } from '../../base/random.ts';
import type { Instant } from '../../base/time.ts';
import type { Codec } from '../../wire/codec.ts';
import type { Address, NodeId } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import type { Instance, NodeRecord } from '../model.ts';
import type { Offers } from '../offers.ts';
import type { Outbox } from '../outbox.ts';

export interface ExchangePort {
  instances(service: string): readonly Instance[];
  node(id: NodeId): NodeRecord | undefined;
  /** A try got no answer: its judge may want to look. */
  doubt(node: NodeRecord, now: Instant): void;
  /** The user allows v1, so that boards that speak nothing else can be called. */
  readonly speaksV1: boolean;
  /** Sends to a board that speaks v1 only; false when it does not fit. */
  callV1(address: Address, callId: number, op: string, args: unknown): boolean;
  count(what: string): void;
}

export interface ExchangeOptions {
  readonly config: Config;
  readonly codec: Codec;
  readonly random: Random;
  readonly outbox: Outbox;
  readonly offers: Offers;
}
