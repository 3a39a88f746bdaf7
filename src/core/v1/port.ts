/**
 * What those who speak v1 need around them, and whom they tell.
 *
 * @module
 */
import type { Random } from '../../base/random.ts';
import type { Instant } from '../../base/time.ts';
import type { Codec } from '../../wire/codec.ts';
import type { NodeId } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import type { Result } from '../model.ts';
import type { Outbox } from '../outbox.ts';
import type { WallClock } from '../wall-clock.ts';
import type { BoardFacts } from './boards.ts';

export interface V1BridgePort {
  heard(board: BoardFacts, changed: boolean, now: Instant): void;
  gone(id: NodeId): void;
  /** True for the id of this node and of any v2 node known. */
  taken(id: NodeId): boolean;
  answered(callId: number, board: NodeId, result: Result, now: Instant): void;
}

export interface V1BridgeOptions {
  readonly config: Config;
  readonly codec: Codec;
  readonly random: Random;
  readonly outbox: Outbox;
  readonly wallClock: WallClock;
  readonly startedAt: Instant;
}
