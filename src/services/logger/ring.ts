/**
 * A journal in memory, for boards: the newest readings, up to a number. When it is full the oldest goes, and is counted; the
 * batch that is being sent stays, since it may be kept already.
 *
 * Times are told when a batch is sealed, so that a board without a clock can log before it knows what time it is.
 *
 * @module
 */
import { elapsed } from '../../base/time.ts';
import type { Clock } from '../../os/host.ts';
import { type Row, type Series, seriesText } from '../storage/model.ts';
import type { Journal, JournalStats, Sealed, TakenReading } from './journal.ts';

export interface RingOptions {
  readonly source: string;
  /** New at every start of the source: that of its node. */
  readonly epoch: number;
  readonly clock: Pick<Clock, 'now' | 'wallClock'>;
  /** Readings kept at most. @default 512, about 32 KB */
  readonly capacity?: number;
  /** Readings in a batch at most. @default 64, which fit the 4 KiB that a board sends */
  readonly batch?: number;
}

/** Bytes of a reading in memory, about. */
const READING_BYTES = 64;

export class Ring implements Journal {
  private readonly options: Required<RingOptions>;
  private readonly readings: TakenReading[] = [];
  private sealed: Sealed | undefined;
  private sequence = 0;
  private dropped = 0;
  /** Given up since the last batch was sealed. */
  private untold = 0;

  constructor(options: RingOptions) {
    this.options = { capacity: 512, batch: 64, ...options };
  }

  write(readings: readonly TakenReading[]): void {
    this.readings.push(...readings);
    const excess = this.readings.length - this.options.capacity;
    if (excess <= 0) return;
    this.readings.splice(0, excess);
    this.dropped += excess;
    this.untold += excess;
  }

  async sync(): Promise<void> {}

  /** Not before the clock knows the time. */
  async seal(): Promise<void> {
    const { clock, source, epoch, batch } = this.options;
    const wallClock = clock.wallClock();
    if (this.sealed !== undefined || this.readings.length === 0 || wallClock === 0) return;
    const taken = this.readings.splice(0, batch);
    const places = new Map<string, number>();
    const series: Series[] = [];
    const now = clock.now();
    const rows = taken.map((reading): Row => {
      const text = seriesText(reading.series);
      const place = places.get(text) ?? series.push(reading.series) - 1;
      places.set(text, place);
      const at = Math.round(wallClock - elapsed(reading.taken, now));
      const { value, extras } = reading;
      return extras === undefined ? [place, at, value] : [place, at, value, extras];
    });
    this.sequence += 1;
    const key = { source, epoch, sequence: this.sequence };
    this.sealed = { batch: { key, series, rows, minutes: [], dropped: this.untold }, readings: rows.length };
    this.untold = 0;
  }

  head(): Sealed | undefined {
    return this.sealed;
  }

  done(how: 'kept' | 'dropped'): void {
    if (how === 'dropped') this.dropped += this.sealed?.readings ?? 0;
    this.sealed = undefined;
  }

  stats(): JournalStats {
    const waiting = this.readings.length + (this.sealed?.readings ?? 0);
    return { waiting, bytes: waiting * READING_BYTES, rolledUp: 0, dropped: this.dropped };
  }

  async close(): Promise<void> {}
}
