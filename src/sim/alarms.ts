/**
 * A machine's own clock and the timers on it. The clock may run fast or slow; timers are set by what it shows.
 *
 * @module
 */
import { type Instant, instant } from '../base/time.ts';
import type { Appointment } from './agenda.ts';

/** What the clock needs around it. */
export interface Bench {
  /** The world's time, which no machine has. */
  now(): Instant;
  schedule(at: Instant, run: () => void): Appointment;
  /** The moment before which the machine is too busy to look at its timers. */
  busyUntil(): number;
  /** The machine can work now, and begins to. */
  begins(): boolean;
  /** Keeps something until the machine can work again. */
  postpone(run: () => void): void;
}

interface Alarm {
  /** By the machine's own clock. */
  readonly at: Instant;
  readonly run: () => void;
  appointment: Appointment | undefined;
}

export class Alarms {
  private readonly bench: Bench;
  private readonly alarms = new Set<Alarm>();
  /** It showed `shown` when the world's time was `since`, and has run at `rate` since; undefined: it is exact. */
  private skew: { readonly shown: number; readonly since: number; readonly rate: number } | undefined;

  constructor(bench: Bench) {
    this.bench = bench;
  }

  get size(): number {
    return this.alarms.size;
  }

  /** What a second of the world is on this clock. */
  get rate(): number {
    return this.skew?.rate ?? 1;
  }

  now(): Instant {
    const now = this.bench.now();
    const { skew } = this;
    return skew === undefined ? now : instant(skew.shown + (now - skew.since) * skew.rate);
  }

  /** From now on it advances by `rate` seconds a second. */
  drift(rate: number): void {
    this.skew = { shown: this.now(), since: this.bench.now(), rate };
    for (const alarm of this.alarms) {
      cancel(alarm);
      this.set(alarm);
    }
  }

  add(at: Instant, run: () => void): () => void {
    const alarm: Alarm = { at, run, appointment: undefined };
    this.alarms.add(alarm);
    this.set(alarm);
    return () => {
      this.alarms.delete(alarm);
      cancel(alarm);
    };
  }

  /** None will ring. */
  clear(): void {
    for (const alarm of this.alarms) cancel(alarm);
    this.alarms.clear();
  }

  private set(alarm: Alarm): void {
    const { skew } = this;
    const at = skew === undefined ? alarm.at : instant(skew.since + (alarm.at - skew.shown) / skew.rate);
    alarm.appointment = this.bench.schedule(at, () => this.ring(alarm));
  }

  private ring(alarm: Alarm): void {
    const busyUntil = this.bench.busyUntil();
    if (this.bench.now() < busyUntil) {
      alarm.appointment = this.bench.schedule(instant(busyUntil), () => this.ring(alarm));
      return;
    }
    // By rounding, a clock that drifts may show a hair less than what the alarm was set to.
    if (this.skew !== undefined && this.now() < alarm.at)
      this.skew = { shown: alarm.at, since: this.bench.now(), rate: this.skew.rate };
    if (this.bench.begins()) this.fire(alarm);
    else this.bench.postpone(() => this.fire(alarm));
  }

  private fire(alarm: Alarm): void {
    if (this.alarms.delete(alarm)) alarm.run();
  }
}

function cancel({ appointment }: Alarm): void {
  if (appointment !== undefined) appointment.cancelled = true;
}
