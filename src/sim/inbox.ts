/**
 * What happens to a datagram between a machine's antenna and its program: a dozing radio fetches it late, sockets keep
 * only so many, a slow processor takes its time for each.
 *
 * @module
 */
import { after, type Instant, instant } from '../base/time.ts';
import type { Appointment } from './agenda.ts';
import { seedOf } from './hash.ts';
import type { Drop, Parcel } from './parcel.ts';
import { type Habits, QUICK } from './radio.ts';

/** What the inbox needs around it. */
export interface Antenna {
  now(): Instant;
  schedule(at: Instant, run: () => void): Appointment;
  /** The machine can work now. */
  isRunning(): boolean;
  /** Why nothing is heard; undefined when all is well. */
  trouble(parcel: Parcel): Drop | undefined;
  /** Runs something when the machine can. */
  attend(run: () => void): void;
  /** To the program. */
  read(parcel: Parcel): void;
  dropped(parcel: Parcel, why: Drop): void;
}

/** ms that a radio which saves power stays awake after it sent or fetched something. */
const AWAKE_MS = 200;

export class Inbox {
  habits: Habits = QUICK;
  /** Until then the processor works on what was received. */
  busyUntil: number = Number.NEGATIVE_INFINITY;
  private readonly antenna: Antenna;
  /** Where in the interval of power saving this radio listens, as a share of it. */
  private readonly phase: number;
  private awakeUntil: number = Number.NEGATIVE_INFINITY;
  private queued = 0;

  constructor(antenna: Antenna, name: string) {
    this.antenna = antenna;
    this.phase = (seedOf(name) % 1000) / 1000;
  }

  /** Its radio sent or fetched something. */
  stayAwake(): void {
    if (this.habits.powerSaveMs > 0) this.awakeUntil = after(this.antenna.now(), AWAKE_MS);
  }

  /** A datagram comes through the air. */
  accept(parcel: Parcel): void {
    const { powerSaveMs } = this.habits;
    const now = this.antenna.now();
    if (powerSaveMs === 0 || now <= this.awakeUntil) {
      this.fetch(parcel);
      return;
    }
    // The access point keeps it until the radio asks.
    const start = this.phase * powerSaveMs;
    const beat = Math.ceil((now - start) / powerSaveMs) * powerSaveMs + start;
    this.antenna.schedule(instant(beat), () => this.fetch(parcel));
  }

  private fetch(parcel: Parcel): void {
    if (parcel.to !== 'all') this.stayAwake();
    this.take(parcel);
  }

  /** A datagram is at the machine: from its radio, or from itself. */
  take(parcel: Parcel): void {
    const { antenna, habits } = this;
    const trouble = antenna.trouble(parcel);
    if (trouble !== undefined) antenna.dropped(parcel, trouble);
    else if (habits.processingMs === 0 && antenna.isRunning()) antenna.read(parcel);
    else if (this.queued >= habits.queue) antenna.dropped(parcel, 'full');
    else this.keep(parcel);
  }

  /** Until all before it are read, and the time that reading takes is over. */
  private keep(parcel: Parcel): void {
    const { antenna } = this;
    this.queued++;
    const read = (): void => {
      this.queued--;
      antenna.read(parcel);
    };
    if (!antenna.isRunning()) {
      antenna.attend(read);
      return;
    }
    this.busyUntil = Math.max(antenna.now(), this.busyUntil) + this.habits.processingMs;
    antenna.schedule(instant(this.busyUntil), () => antenna.attend(read));
  }
}
