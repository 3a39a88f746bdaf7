/**
 * A handle: an app's hold on a *choice* of instances, not on a board. It survives their reboots and deaths. It prefers
 * the instance that answered last, and remembers the last value, which may stand in where the caller says so.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import type { Outcome, Selector } from '../core/model.ts';
import type { NodeId } from '../wire/message.ts';
import { type CallOptions, type CallPort, callOnce, checkMaxAge, checkSpan, isTrusted } from './calling.ts';
import { nextBeat, pauseUntil } from './pause.ts';
import { accept, fresher, type Kept, type Reading, readingOf } from './reading.ts';
import { type Signal, Stop } from './signal.ts';

export interface ReadOptions extends CallOptions {
  /**
   * ms: the value may be this old. A live one that is older is refused with STALE; where no answer comes, the last known
   * one stands in if it is not older. Without it only an answer to this very read will do, of any age that its service states.
   */
  readonly maxAge?: number | undefined;
}

export interface WatchOptions extends ReadOptions {
  /** ms between readings. Reads never overlap: when one takes longer, the beats meanwhile are left out. */
  readonly every: number;
}

/** A beat of a watch that got no value. */
export interface Missing {
  readonly quality: 'none';
  readonly value: undefined;
  /** Why. */
  readonly error: TdosError;
}

export interface Handle<Value = number> {
  /** As it was opened. */
  readonly resource: string;

  /**
   * Reads the value.
   *
   * @throws TdosError STALE when no value is as fresh as asked; TIMEOUT, UNAVAILABLE, FAILED and so on when the call
   * failed and nothing may stand in; CLOSED.
   */
  read(options?: ReadOptions): Promise<Reading<Value>>;

  /** Calls `write`. @throws what {@link Handle.call} throws. */
  write(value: unknown, options?: CallOptions): Promise<unknown>;

  /**
   * Calls an operation.
   *
   * @param args - any JSON; undefined when it takes none.
   * @returns what it returned.
   * @throws TdosError OUTCOME_UNKNOWN when an unsafe operation may have run; BAD_OPERATION, BAD_ARGUMENT, FAILED, BUSY,
   * TIMEOUT, UNAVAILABLE, TOO_LARGE, CLOSED.
   */
  call(op: string, args?: unknown, options?: CallOptions): Promise<unknown>;

  /**
   * Reads again and again, the first time at once, on a steady grid of the monotonic clock. A fault that may pass does
   * not end it: the last known value is given, as `stale` and with the `error`, if there is one (and `maxAge` allows it
   * where given), else a {@link Missing}. It ends when the handle closes or the signal aborts.
   *
   * @throws TdosError BAD_OPERATION or BAD_ARGUMENT, which will not pass.
   */
  watch(options: WatchOptions): AsyncGenerator<Reading<Value> | Missing, void, void>;

  /** Ends reads and calls under way with CLOSED, and watches. */
  close(): void;
}

export class ServiceHandle<Value> implements Handle<Value> {
  readonly resource: string;
  private readonly port: CallPort;
  private readonly selector: Selector;
  private readonly closed = new Stop();
  /** What ends a call to which the caller gives no signal. */
  private readonly stops: readonly Signal[] = [this.closed];
  private readonly onClose: (handle: ServiceHandle<Value>) => void;
  /** The node that served last; 0 for none. */
  private preferred = 0;
  private kept: Kept | undefined;

  constructor(port: CallPort, resource: string, selector: Selector, onClose: (handle: ServiceHandle<Value>) => void) {
    this.port = port;
    this.resource = resource;
    this.selector = selector;
    this.onClose = onClose;
  }

  async read(options: ReadOptions = {}): Promise<Reading<Value>> {
    const { maxAge } = options;
    checkMaxAge(maxAge);
    const prefer = this.preferred;
    const fresh = this.take(await this.ask('read', undefined, options), prefer);
    return this.typed(accept(fresh, this.kept, maxAge, this.port.clock.now()));
  }

  write(value: unknown, options?: CallOptions): Promise<unknown> {
    return this.call('write', value, options);
  }

  async call(op: string, args?: unknown, options: CallOptions = {}): Promise<unknown> {
    const outcome = await this.ask(op, args, options);
    if (!outcome.ok) throw new TdosError(outcome.code, outcome.message);
    this.preferred = outcome.node;
    return outcome.value;
  }

  async *watch(options: WatchOptions): AsyncGenerator<Reading<Value> | Missing, void, void> {
    const { every, signal, maxAge } = options;
    checkSpan('every', every);
    checkMaxAge(maxAge);
    const { clock } = this.port;
    const signals = signal === undefined ? [this.closed] : [this.closed, signal];
    const start = clock.now();
    do {
      const item = await this.beat(options);
      if (signals.some(({ aborted }) => aborted)) return;
      yield item;
    } while (await pauseUntil(clock, nextBeat(start, every, clock.now()).at, ...signals));
  }

  close(): void {
    if (this.closed.aborted) return;
    this.closed.abort();
    this.onClose(this);
  }

  /** One beat of a watch. */
  private async beat(options: WatchOptions): Promise<Reading<Value> | Missing> {
    const prefer = this.preferred;
    const fresh = this.take(await this.ask('read', undefined, options), prefer);
    if (fresh instanceof TdosError && (fresh.code === 'BAD_OPERATION' || fresh.code === 'BAD_ARGUMENT')) throw fresh;
    try {
      return this.typed(accept(fresh, this.kept, options.maxAge ?? Number.POSITIVE_INFINITY, this.port.clock.now()));
    } catch (error) {
      if (error instanceof TdosError) return { quality: 'none', value: undefined, error };
      throw error;
    }
  }

  /** The reading that a call brought, which is kept; or why there is none. */
  private take(outcome: Outcome, prefer: NodeId): Reading<unknown> | TdosError {
    if (!outcome.ok) return new TdosError(outcome.code, outcome.message);
    const { clock } = this.port;
    const { service } = this.selector;
    const trusted = isTrusted(this.port, service, outcome.node);
    const reading = readingOf(service, outcome, prefer, trusted, clock.wallClock());
    this.preferred = outcome.node;
    this.kept = fresher(this.kept, { reading, at: clock.now() });
    return reading;
  }

  private ask(op: string, args: unknown, options: CallOptions): Promise<Outcome> {
    const { timeoutMs = this.port.config.callTimeoutMs, signal } = options;
    const signals = signal === undefined ? this.stops : [this.closed, signal];
    return callOnce(this.port, this.selector, op, args, this.preferred, timeoutMs, signals);
  }

  /** The one place where the caller's claim about the type of the value is taken for granted. */
  private typed(reading: Reading<unknown>): Reading<Value> {
    return reading as Reading<Value>;
  }
}
