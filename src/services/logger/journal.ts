/**
 * Where a logger keeps readings until storage has them: on the disk of a PC, in the memory of a board.
 *
 * Readings go in as they are taken. Sealing closes a batch and gives it its number, for good: it is sent as it is until it
 * is kept, so that a retry after a crash is the same batch. One batch at a time is sent, the oldest.
 *
 * @module
 */
import type { Instant } from '../../base/time.ts';
import type { Batch, Scalar, Series } from '../storage/model.ts';

export interface TakenReading {
  readonly series: Series;
  /** When it was taken. */
  readonly taken: Instant;
  readonly value: Scalar;
  readonly extras?: Readonly<Record<string, Scalar>> | undefined;
}

/** A batch that is sealed, and how many readings are in it, rolled up or not. */
export interface Sealed {
  readonly batch: Batch;
  readonly readings: number;
}

export interface JournalStats {
  /** Readings that wait to be sent. */
  readonly waiting: number;
  readonly bytes: number;
  /** Readings that were rolled up to minutes, and those given up, because it was full; since the start. */
  readonly rolledUp: number;
  readonly dropped: number;
}

export interface Journal {
  /** Keeps readings over the death of the process, where it can. @throws TdosError HOST when the medium refuses. */
  write(readings: readonly TakenReading[]): void;
  /** What was written is safe from a power failure, where it can be, when this resolves. @throws as `write`. */
  sync(): Promise<void>;
  /** Closes the batch under way, if it has readings; it is durable when this resolves. @throws as `write`. */
  seal(): Promise<void>;
  /** The oldest sealed batch; undefined when none waits. */
  head(): Sealed | undefined;
  /** The oldest is kept by the storage, or is given up (`dropped`). */
  done(how: 'kept' | 'dropped'): void;
  stats(): JournalStats;
  close(): Promise<void>;
}
