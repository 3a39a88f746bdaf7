/**
 * Brings what a journal holds to storage: the oldest batch first, one at a time, again until it is kept.
 *
 * It stays with one storage node as long as that lives: a batch whose answer was lost is sent to the same again, which
 * knows it. What has piled up goes no faster than the storage takes it in half of its time, so that live traffic is not hurt.
 *
 * @module
 */
import { TdosError } from '../../base/errors.ts';
import { elapsed } from '../../base/time.ts';
import type { Handle } from '../../os/handle.ts';
import type { InstanceInfo, Os } from '../../os/os.ts';
import { pause } from '../../os/pause.ts';
import { Stop } from '../../os/signal.ts';
import { batchArgs } from '../storage/batch.ts';
import type { Journal } from './journal.ts';

export interface ShipperOptions {
  /** ms between batches when nothing has piled up. */
  readonly batchMs: number;
  /** Told why a batch cannot be sent, once for each reason, and when batches go again. */
  readonly tell: (sentence: string) => void;
}

/** Storage that knows batches by source, epoch and sequence. */
const VERSIONS = '^2.0.0';
/** ms for one batch: a disk may take its time. */
const TIMEOUT_MS = 5000;
/** ms before a batch is sent again, doubling. */
const RETRY_MS = 250;
const RETRY_MAX_MS = 5000;
/** ms between batches that have piled up, at least. */
const BREATH_MS = 5;

/** What will be no different the next time. */
const HOPELESS: readonly string[] = ['BAD_ARGUMENT', 'TOO_LARGE'];

export class Shipper {
  /** Batches that were kept. */
  sent = 0;
  /** Why the last try failed; undefined once one went well. */
  trouble: string | undefined;
  private readonly os: Os;
  private readonly journal: Journal;
  private readonly options: ShipperOptions;
  private readonly stopped = new Stop();
  private readonly ended: Promise<void>;
  private store: { readonly info: InstanceInfo; readonly handle: Handle } | undefined;
  private retryMs = RETRY_MS;
  private woken = new Stop();

  constructor(os: Os, journal: Journal, options: ShipperOptions) {
    this.os = os;
    this.journal = journal;
    this.options = options;
    this.ended = this.live();
  }

  /** The name of the storage node that takes the batches now. */
  get node(): string | undefined {
    return this.store?.info.node;
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.ended;
  }

  private async live(): Promise<void> {
    const unlisten = this.os.on((event) => {
      if (event.type === 'service' && event.service === 'storage' && event.change === 'offered') this.woken.abort();
    });
    do {
      this.woken = new Stop();
    } while (await this.rest(await this.step()));
    unlisten();
    this.store?.handle.close();
  }

  /** Waits; a storage that appears ends the wait. False when it is over. */
  private async rest(ms: number): Promise<boolean> {
    await pause(this.os.clock, ms, this.stopped, this.os.closed, this.woken);
    return !this.stopped.aborted && !this.os.closed.aborted;
  }

  /** Sends the oldest batch. @returns ms until the next try. */
  private async step(): Promise<number> {
    const { batchMs } = this.options;
    try {
      if (this.journal.head() !== undefined) await this.journal.sync();
      else await this.journal.seal();
    } catch (error) {
      return this.failed(error);
    }
    const sealed = this.journal.head();
    if (sealed === undefined) return batchMs;
    const start = this.os.clock.now();
    try {
      const handle = await this.open();
      await handle.call('append', batchArgs(sealed.batch), { timeoutMs: TIMEOUT_MS, signal: this.stopped });
      this.journal.done('kept');
    } catch (error) {
      if (!(error instanceof TdosError && HOPELESS.includes(error.code))) return this.failed(error);
      this.options.tell(`${sealed.readings} readings were given up: ${error.message}`);
      this.journal.done('dropped');
    }
    this.sent += 1;
    this.succeeded();
    const tookMs = elapsed(start, this.os.clock.now());
    return this.journal.head() === undefined ? batchMs : Math.max(tookMs, BREATH_MS);
  }

  private succeeded(): void {
    this.retryMs = RETRY_MS;
    if (this.trouble !== undefined) this.options.tell(`Readings go to ${this.node} again.`);
    this.trouble = undefined;
  }

  private failed(error: unknown): number {
    if (this.stopped.aborted || this.os.closed.aborted) return 0;
    const why = error instanceof Error ? error.message : String(error);
    if (this.trouble === undefined) this.options.tell(`Readings wait in the journal: ${why}`);
    this.trouble = why;
    const { retryMs } = this;
    this.retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
    return retryMs;
  }

  /** The storage that was used last, while it is not dead; else any that lives. */
  private async open(): Promise<Handle> {
    const known = this.os.info('storage')?.instances ?? [];
    const lives = known.filter(({ state }) => state === 'alive' || state === 'suspect');
    const current = this.store;
    if (current !== undefined && lives.some(({ nodeId }) => nodeId === current.info.nodeId)) return current.handle;
    current?.handle.close();
    this.store = undefined;
    const info = lives.find(({ state }) => state === 'alive') ?? lives[0];
    if (info === undefined) throw new TdosError('UNAVAILABLE', 'no storage node is there. `tdos storage` starts one.');
    const handle = await this.os.open(`storage@${info.node}`, { versions: VERSIONS, timeoutMs: TIMEOUT_MS });
    this.store = { info, handle };
    return handle;
  }
}
