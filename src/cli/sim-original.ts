/**
 * The same trial under the rules of the original, in a thread of its own: it takes no longer than the trial beside it.
 *
 * @module
 */
import { Worker } from 'node:worker_threads';
import type { Stats, TrialOptions } from '../sim/trial-model.ts';
import type { Told } from './original-thread.ts';

export class Original {
  /** Told of virtual time as it passes. */
  onTime: (ms: number) => void = () => undefined;
  readonly stats: Promise<Stats>;
  private readonly worker: Worker;

  constructor(trial: TrialOptions) {
    this.worker = new Worker(threadFile(), { workerData: trial, execArgv: [] });
    this.stats = new Promise((resolve, reject) => {
      this.worker.on('message', (told: Told) => ('stats' in told ? resolve(told.stats) : this.onTime(told.ms)));
      this.worker.on('error', reject);
      this.worker.on('exit', () => reject(new Error('The thread of the original’s rules has ended.')));
    });
    // It may fail before anybody waits for it, and is told then.
    this.stats.catch(() => undefined);
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}

/** Beside this file, and of the same kind. */
const threadFile = (): URL =>
  new URL(import.meta.url.endsWith('.ts') ? './original-thread.ts' : './original-thread.js', import.meta.url);
