/**
 * Readings for those who look: as long as somebody does, every service that can be read is read again and again, each
 * instance by itself, and the choice among them as an app would. Nobody looks: nothing is asked, and the air is free.
 *
 * @module
 */
import type * as v from 'valibot';
import { TdosError } from '../base/errors.ts';
import { after, elapsed } from '../base/time.ts';
import type { GroupHandle } from '../os/group.ts';
import type { Handle } from '../os/handle.ts';
import type { Os } from '../os/os.ts';
import { pauseUntil } from '../os/pause.ts';
import { Stop } from '../os/signal.ts';
import { MAX_READ_SERVICES, READ_EACH_MS, READ_EVERY_MS, READ_WITHIN_MS } from './limits.ts';
import type { LiveReading } from './schemas.ts';
import { faultView, idText, readingView } from './views.ts';

export type LiveReadingView = v.InferOutput<typeof LiveReading>;
type Tell = (readings: readonly LiveReadingView[]) => void;

const ANY_AGE = Number.POSITIVE_INFINITY;

export class Readings {
  private readonly os: Os;
  private readonly tell: Tell;
  private readonly readers = new Map<string, Stop>();
  private readonly known = new Map<string, LiveReadingView>();

  constructor(os: Os, tell: Tell) {
    this.os = os;
    this.tell = tell;
  }

  /** Reads what can be read now, and no more what cannot. */
  look(): void {
    const readable = new Set<string>();
    for (const { service, capabilities } of this.os.list())
      if (capabilities.includes('read') && readable.size < MAX_READ_SERVICES) readable.add(service);
    for (const [service, stop] of this.readers) if (!readable.has(service)) this.end(service, stop);
    for (const service of readable) if (!this.readers.has(service)) this.begin(service);
  }

  /** Nobody looks any more. */
  stop(): void {
    for (const [service, stop] of this.readers) this.end(service, stop);
  }

  /** The latest of each, for someone who begins to look. */
  latest(): LiveReadingView[] {
    return [...this.known.values()];
  }

  private begin(service: string): void {
    const stop = new Stop();
    this.readers.set(service, stop);
    const reader = new ServiceReader(this.os, service, stop);
    void reader.run((readings) => {
      for (const key of this.known.keys()) if (key.startsWith(`${service}@`)) this.known.delete(key);
      for (const reading of readings) this.known.set(reading.key, reading);
      this.tell(readings);
    });
  }

  private end(service: string, stop: Stop): void {
    stop.abort();
    this.readers.delete(service);
    for (const key of this.known.keys()) if (key === service || key.startsWith(`${service}@`)) this.known.delete(key);
  }
}

/** Reads one service, beat after beat. */
class ServiceReader {
  private readonly os: Os;
  private readonly service: string;
  private readonly stop: Stop;
  private group: GroupHandle<unknown> | undefined;
  private choice: Handle<unknown> | undefined;

  constructor(os: Os, service: string, stop: Stop) {
    this.os = os;
    this.service = service;
    this.stop = stop;
  }

  async run(tell: Tell): Promise<void> {
    const { os, stop } = this;
    const { clock } = os;
    try {
      for (;;) {
        const begun = clock.now();
        const readings = await this.beat();
        if (stop.aborted) return;
        tell(readings);
        const everyMs = Math.max(READ_EVERY_MS, readings.length * READ_EACH_MS);
        // A beat that took long is followed by a pause all the same.
        const at = after(begun, Math.max(everyMs, elapsed(begun, clock.now()) + READ_EVERY_MS / 2));
        if (!(await pauseUntil(clock, at, stop, os.closed))) return;
      }
    } finally {
      this.group?.close();
      this.choice?.close();
    }
  }

  private async beat(): Promise<LiveReadingView[]> {
    const [choice, each] = await Promise.all([this.readChoice(), this.readEach()]);
    return [choice, ...each];
  }

  /** What an app gets that asks for the service, whoever serves it. */
  private async readChoice(): Promise<LiveReadingView> {
    const { service, stop: signal } = this;
    try {
      this.choice ??= await this.os.open<unknown>(service, { timeoutMs: READ_WITHIN_MS });
      const reading = await this.choice.read({ timeoutMs: READ_WITHIN_MS, maxAge: ANY_AGE, signal });
      return { key: service, ...readingView(reading) };
    } catch (error) {
      return { key: service, service, quality: 'none', error: faultView(error) };
    }
  }

  private async readEach(): Promise<LiveReadingView[]> {
    const { service, stop: signal } = this;
    try {
      this.group ??= await this.os.open<unknown>(`${service}@*`, { timeoutMs: READ_WITHIN_MS });
      const { readings, failures } = await this.group.survey({ timeoutMs: READ_WITHIN_MS, maxAge: ANY_AGE, signal });
      return [
        ...readings.map((reading) => ({ key: `${service}@${idText(reading.nodeId)}`, ...readingView(reading) })),
        ...failures.map(({ node, nodeId, error }) => ({
          ...{ key: `${service}@${idText(nodeId)}`, service, node, nodeId: idText(nodeId) },
          ...{ quality: 'none' as const, error: faultView(error) },
        })),
      ];
    } catch (error) {
      // Only while the node closes, or when it has too many handles: the next beat says so too.
      if (error instanceof TdosError) return [];
      throw error;
    }
  }
}
