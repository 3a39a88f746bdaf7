/**
 * The logger: reads the sensors of the cluster again and again, and brings every reading to storage, with the time at which it was
 * taken, once. What storage cannot take now waits in the journal.
 *
 * @module
 */
import { every } from '../../os/app.ts';
import type { Os, ServiceDefinition } from '../../os/os.ts';
import { defineService } from '../../os/service.ts';
import type { Journal, TakenReading } from './journal.ts';
import { type Choice, Sampler } from './sampler.ts';
import { Shipper } from './shipper.ts';

export interface LoggerOptions extends Choice {
  readonly journal: Journal;
  /** ms between readings of each sensor. @default 10000 */
  readonly every?: number | undefined;
  /** ms between batches. @default 1000 */
  readonly batchMs?: number | undefined;
  /** Told in sentences what a person should know. @default nobody */
  readonly tell?: ((sentence: string) => void) | undefined;
}

export interface LoggerStats {
  /** Name of the node that logs. */
  readonly node: string;
  /** Readings taken, and batches that storage kept, since the start. */
  readonly taken: number;
  readonly batches: number;
  /** The storage node that takes them; null before the first. */
  readonly storage: string | null;
  /** Why none are sent now; null when all is well. */
  readonly trouble: string | null;
  readonly waiting: number;
  readonly bytes: number;
  readonly rolledUp: number;
  readonly dropped: number;
}

export interface Logger {
  stats(): LoggerStats;
  /** Reads no more, and closes the journal; what it holds is sent after the next start. */
  stop(): Promise<void>;
}

/** Share of the period that sensors have to answer. */
const TIMEOUT_SHARE = 0.8;
/** ms: nobody waits longer for a sensor. */
const TIMEOUT_MAX_MS = 3000;

/** Begins to log. @throws TdosError BAD_ARGUMENT for a period that is none. */
export function startLogger(os: Os, options: LoggerOptions): Logger {
  const { journal, every: everyMs = 10_000, batchMs = 1000, tell = () => undefined } = options;
  const sampler = new Sampler(os, options);
  const counts = { taken: 0, lost: 0 };
  let fault: string | undefined;
  const write = (readings: readonly TakenReading[]): void => {
    counts.taken += readings.length;
    try {
      journal.write(readings);
      fault = undefined;
    } catch (error) {
      counts.lost += readings.length;
      const why = error instanceof Error ? error.message : String(error);
      if (fault === undefined) tell(`Readings are lost: ${why}`);
      fault = why;
    }
  };
  const job = every(os, everyMs, async () => {
    write(await sampler.sample(Math.min(everyMs * TIMEOUT_SHARE, TIMEOUT_MAX_MS)));
  });
  const shipper = new Shipper(os, journal, { batchMs, tell });
  return {
    stats: () => {
      const { dropped, ...kept } = journal.stats();
      const trouble = fault ?? shipper.trouble ?? null;
      const to = { batches: shipper.sent, storage: shipper.node ?? null, trouble };
      return { node: os.name, taken: counts.taken, ...to, ...kept, dropped: dropped + counts.lost };
    },
    stop: async () => {
      job.stop();
      await Promise.all([job.ended, shipper.stop()]);
      sampler.close();
      await journal.close();
    },
  };
}

/** The service `logger`: `stats` says what it read, what waits and what it had to give up. */
export const loggerService = (logger: Logger): ServiceDefinition =>
  defineService({ name: 'logger', ops: { stats: { safe: true, run: () => logger.stats() } } });
