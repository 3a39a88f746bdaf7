/**
 * What the carrier needs around it, and to whom it hands what came in blocks.
 *
 * @module
 */
import type { Instant } from '../../base/time.ts';
import type { Codec } from '../../wire/codec.ts';
import type { Request, Response } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import type { Outbox } from '../outbox.ts';
import type { Caller } from './serving.ts';

export interface CarrierPort {
  /** The wait for an acknowledgement of blocks, ms. */
  waitMs(node: number): number;
  /** A large request is through, or its transfer failed. */
  transferred(callId: number, to: number, through: boolean, now: Instant): void;
  /** A message that came in blocks is whole. */
  request(from: Caller, request: Request, now: Instant): void;
  response(from: Caller, response: Response, now: Instant): void;
  /** Blocks of a request come again that is whole already: its answer may have been lost. False for an unknown one. */
  repeated(from: Caller, callId: number, now: Instant): boolean;
  count(what: string): void;
}

export interface CarrierOptions {
  readonly config: Config;
  readonly codec: Codec;
  readonly outbox: Outbox;
}
