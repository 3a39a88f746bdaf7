/**
 * Readings for a screen that is redrawn by itself: the latest of each, read on as long as the screen is there.
 *
 * @module
 */
import { type LiveReadingView, Readings } from '../gateway/readings.ts';
import type { Os } from '../os/os.ts';

export class ShownReadings {
  private readonly readings: Readings;

  constructor(os: Os) {
    this.readings = new Readings(os, () => {});
  }

  /** What was read last, by key; from now on also of services that are new. */
  look(): ReadonlyMap<string, LiveReadingView> {
    this.readings.look();
    return new Map(this.readings.latest().map((reading) => [reading.key, reading]));
  }

  stop(): void {
    this.readings.stop();
  }
}
