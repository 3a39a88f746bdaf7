/**
 * Cluster events on their way to those who listen. A listener that throws harms nobody; a stream that nobody reads
 * drops its oldest events.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import type { Config } from '../core/config.ts';
import type { ClusterEvent } from '../core/model.ts';
import type { EventStream } from './os.ts';

type Listener = (event: ClusterEvent) => void;

export class Events {
  private readonly config: Config;
  private readonly fault: (error: unknown) => void;
  private readonly listeners = new Set<{ readonly tell: Listener; readonly end: () => void }>();

  /** @param fault - told of what a listener throws. */
  constructor(config: Config, fault: (error: unknown) => void) {
    this.config = config;
    this.fault = fault;
  }

  emit(event: ClusterEvent): void {
    for (const { tell } of [...this.listeners]) {
      try {
        tell(event);
      } catch (error) {
        this.fault(error);
      }
    }
  }

  /** @throws TdosError LIMIT when there are too many. */
  on(tell: Listener, end: () => void = () => undefined): () => void {
    if (this.listeners.size >= this.config.maxListeners)
      throw new TdosError('LIMIT', `${this.config.maxListeners} listen to events already (\`maxListeners\`).`);
    const listener = { tell, end };
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  stream(): EventStream {
    const stream = new Stream(this.config.maxEvents, () => off());
    const off = this.on(
      (event) => stream.push(event),
      () => stream.end(),
    );
    return stream;
  }

  /** No more events: streams end. */
  close(): void {
    for (const { end } of [...this.listeners]) end();
    this.listeners.clear();
  }
}

type Step = IteratorResult<ClusterEvent, undefined>;

/** One reader's events: either some wait to be read, or readers wait for some. */
class Stream implements EventStream {
  dropped = 0;
  private readonly limit: number;
  private readonly off: () => void;
  private readonly queue: ClusterEvent[] = [];
  private readonly readers: ((step: Step) => void)[] = [];
  private isEnded = false;

  constructor(limit: number, off: () => void) {
    this.limit = limit;
    this.off = off;
  }

  push(event: ClusterEvent): void {
    const reader = this.readers.shift();
    if (reader !== undefined) {
      reader({ done: false, value: event });
      return;
    }
    this.queue.push(event);
    if (this.queue.length > this.limit) {
      this.queue.shift();
      this.dropped++;
    }
  }

  end(): void {
    this.isEnded = true;
    this.off();
    for (const reader of this.readers.splice(0)) reader({ done: true, value: undefined });
  }

  async next(): Promise<Step> {
    const event = this.queue.shift();
    if (event !== undefined) return { done: false, value: event };
    if (this.isEnded) return { done: true, value: undefined };
    if (this.readers.length >= this.limit) throw new TdosError('LIMIT', 'Too many wait for the next event.');
    return new Promise((resolve) => this.readers.push(resolve));
  }

  async return(): Promise<Step> {
    this.queue.length = 0;
    this.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
