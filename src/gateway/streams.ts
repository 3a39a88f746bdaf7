/**
 * Streams of server-sent events, one for each who listens. What a slow reader has not taken yet waits in its connection,
 * up to a bound; then it is dropped, so that it costs nobody else anything. A silent stream gives a sign of life now and
 * then, by which dead readers are noticed.
 *
 * @module
 */
import type { ServerResponse } from 'node:http';
import type { Os } from '../os/os.ts';
import { pause } from '../os/pause.ts';
import { Stop } from '../os/signal.ts';
import { MAX_BACKLOG, MAX_STREAMS, STREAM_BEAT_MS } from './limits.ts';
import { ApiError } from './problems.ts';

/** One message, as it goes over the wire. Made once, sent to many. */
export function messageOf(event: string, data: unknown, id?: number): string {
  const head = id === undefined ? '' : `id: ${id}\n`;
  return `${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** One reader. */
export class Subscriber {
  /** Aborts when the reader is gone, or was dropped. */
  readonly gone = new Stop();
  private readonly response: ServerResponse;
  private readonly onDrop: () => void;

  constructor(response: ServerResponse, onDrop: () => void) {
    this.response = response;
    this.onDrop = onDrop;
    response.once('close', () => this.gone.abort());
    // A reader that goes away in the middle of a message is no fault.
    response.on('error', () => this.gone.abort());
  }

  /** Sends a message; drops a reader that has too much to read. */
  send(message: string): void {
    if (this.gone.aborted) return;
    if (this.response.writableLength + message.length > MAX_BACKLOG) {
      this.onDrop();
      this.gone.abort();
      this.response.destroy();
      return;
    }
    this.response.write(message);
  }

  end(): void {
    this.gone.abort();
    this.response.end();
  }
}

export class Streams {
  /** Readers that were dropped for being slow. */
  dropped = 0;
  private readonly os: Pick<Os, 'clock' | 'closed'>;
  private readonly open = new Set<Subscriber>();

  constructor(os: Pick<Os, 'clock' | 'closed'>) {
    this.os = os;
  }

  get size(): number {
    return this.open.size;
  }

  /** @throws ApiError TOO_MANY */
  begin(response: ServerResponse): Subscriber {
    if (this.open.size >= MAX_STREAMS)
      throw new ApiError('TOO_MANY', `${MAX_STREAMS} streams are open already. Close some.`);
    const subscriber = new Subscriber(response, () => {
      this.dropped++;
    });
    this.open.add(subscriber);
    subscriber.gone.addEventListener('abort', () => this.open.delete(subscriber));
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    response.flushHeaders();
    void this.beat(subscriber);
    return subscriber;
  }

  close(): void {
    for (const subscriber of [...this.open]) subscriber.end();
  }

  private async beat(subscriber: Subscriber): Promise<void> {
    while (await pause(this.os.clock, STREAM_BEAT_MS, subscriber.gone, this.os.closed)) subscriber.send(': here\n\n');
  }
}
