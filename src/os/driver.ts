/**
 * The one loop around the core: a change goes in, work comes out and is done, the alarm is set for the next change
 * that time will bring.
 *
 * What it calls out to (operations, listeners) may ask for further changes at once; they wait in line until the outputs
 * of this change are done, so that the core sees one change at a time. The alarm is left alone when it is early enough:
 * waking early costs a look, setting a timer for every call costs more.
 *
 * @module
 */
import { assert } from '../base/assert.ts';
import { TdosError } from '../base/errors.ts';
import { AT_ONCE, type Instant } from '../base/time.ts';
import type { Config } from '../core/config.ts';
import type { Endpoint } from '../core/endpoint.ts';
import type { CallCommand, ClusterEvent, Command, Door, Outcome, Output, Result } from '../core/model.ts';
import type { Address, Epoch, NodeId } from '../wire/message.ts';
import type { Clock, Network } from './host.ts';
import { conclude } from './result.ts';

/** An operation to run. */
export type Work = Extract<Output, { type: 'execute' }>;

/** The verbs of the core that drive it. */
export type Engine = Pick<Endpoint, 'receive' | 'command' | 'advance' | 'poll' | 'nextWake'>;

/** What the driver leaves to others. */
export interface DriverPort {
  /** Runs an operation; may throw, or return a promise. */
  execute(work: Work): unknown;
  emit(event: ClusterEvent): void;
  store(id: NodeId, epoch: Epoch, term: number): void;
  /** The older of two keys is to be forgotten for good. */
  dropKey(): void;
  /** All outputs of a change are done. */
  rested(): void;
  /** Something outside the core failed; the loop goes on. */
  fault(error: unknown): void;
}

export class Driver {
  private readonly clock: Clock;
  private readonly engine: Engine;
  private readonly network: Network;
  private readonly config: Config;
  private readonly port: DriverPort;
  private readonly waiting: ((now: Instant) => void)[] = [];
  private readonly calls = new Map<number, (outcome: Outcome) => void>();
  private lastCall = 0;
  private underWay = 0;
  private isBusy = false;
  private isStopped = false;
  /** Cancels what is to be done at once. */
  private soon: (() => void) | undefined;
  private alarm: { readonly at: Instant; readonly cancel: () => void } | undefined;

  constructor(clock: Clock, engine: Engine, network: Network, config: Config, port: DriverPort) {
    this.clock = clock;
    this.engine = engine;
    this.network = network;
    this.config = config;
    this.port = port;
  }

  /** A datagram came in. */
  receive(datagram: Uint8Array, from: Address, door: Door): void {
    this.change((now) => this.engine.receive(datagram, from, now, door));
  }

  /** Time has passed. */
  advance(): void {
    this.change((now) => this.engine.advance(now));
  }

  /** @throws TdosError what the core says of it; LIMIT when too much is waiting. */
  command(command: Command): void {
    this.change((now) => this.engine.command(command, now));
  }

  /** Begins a call. `settle` is called once, with how it ended; with CLOSED when it is cancelled or the driver stops. */
  call(asked: Omit<CallCommand, 'type' | 'call'>, settle: (outcome: Outcome) => void): number {
    const { selector, op, args, timeoutMs, prefer } = asked;
    const call = ++this.lastCall;
    this.calls.set(call, settle);
    try {
      if (this.isStopped) throw new TdosError('CLOSED');
      this.command({ type: 'call', call, selector, op, args, timeoutMs, prefer });
    } catch (error) {
      this.settle(call, unasked(error));
    }
    return call;
  }

  cancel(call: number): void {
    if (!this.calls.has(call)) return;
    this.settle(call, unasked(new TdosError('CLOSED')));
    this.command({ type: 'cancel', call });
  }

  /** Does nothing any more. Calls under way end as CLOSED. */
  stop(): void {
    this.isStopped = true;
    this.waiting.length = 0;
    this.soon?.();
    this.soon = undefined;
    this.alarm?.cancel();
    this.alarm = undefined;
    for (const call of [...this.calls.keys()]) this.settle(call, unasked(new TdosError('CLOSED')));
  }

  private change(apply: (now: Instant) => void): void {
    if (this.isStopped) return;
    if (this.isBusy) {
      if (this.waiting.length >= this.config.maxOutputs) throw new TdosError('LIMIT', 'Too much is asked for at once.');
      this.waiting.push(apply);
      return;
    }
    this.isBusy = true;
    try {
      apply(this.clock.now());
      this.drain();
    } finally {
      this.isBusy = false;
      this.setAlarm();
    }
    this.port.rested();
  }

  /** Does the outputs of one change, then what waited in line, each with its outputs. */
  private drain(): void {
    let count = 0;
    for (;;) {
      for (let output = this.engine.poll(); output !== undefined; output = this.engine.poll()) {
        assert(++count <= this.config.maxOutputs, 'the core comes to rest');
        if (this.isStopped) return;
        this.perform(output);
      }
      const next = this.waiting.shift();
      if (next === undefined) return;
      this.attempt(() => next(this.clock.now()));
    }
  }

  private perform(output: Output): void {
    switch (output.type) {
      case 'send':
        this.network.send(output.to, output.bytes, output.door);
        return;
      case 'broadcast':
        this.network.broadcast(output.bytes);
        return;
      case 'execute':
        this.execute(output);
        return;
      case 'settled':
        this.settle(output.call, output.outcome);
        return;
      case 'event':
        this.attempt(() => this.port.emit(output.event));
        return;
      case 'store':
        this.attempt(() => this.port.store(output.id, output.epoch, output.term));
        return;
      case 'drop-key':
        this.attempt(() => this.port.dropKey());
        return;
      case 'open-port':
        this.openPort(output.service);
        return;
      case 'close-port':
        this.network.closePort(output.service);
        return;
    }
  }

  private settle(call: number, outcome: Outcome): void {
    const settle = this.calls.get(call);
    this.calls.delete(call);
    if (settle !== undefined) this.attempt(() => settle(outcome));
  }

  private execute(work: Work): void {
    const { execution } = work;
    const answer = (result: Result): void => this.attempt(() => this.command({ type: 'answer', execution, result }));
    if (this.underWay >= this.config.maxSafe + this.config.maxUnsafe) {
      answer({ ok: false, code: 'BUSY', message: 'Too many operations run here at once.' });
      return;
    }
    this.underWay++;
    conclude(
      () => this.port.execute(work),
      (result) => {
        this.underWay--;
        answer(result);
      },
    );
  }

  private openPort(service: string): void {
    this.network.openPort(service).then(
      (port) => this.attempt(() => this.command({ type: 'port-opened', service, port })),
      (error: unknown) => this.port.fault(error),
    );
  }

  private setAlarm(): void {
    const at = this.isStopped ? undefined : this.engine.nextWake();
    if (at === AT_ONCE) {
      // After what has come in. The alarm stays as it is.
      this.soon ??= this.clock.timer(at, () => {
        this.soon = undefined;
        this.advance();
      });
      return;
    }
    if (at === undefined || (this.alarm !== undefined && this.alarm.at <= at)) return;
    this.alarm?.cancel();
    const cancel = this.clock.timer(at, () => {
      this.alarm = undefined;
      this.advance();
    });
    this.alarm = { at, cancel };
  }

  private attempt(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.port.fault(error);
    }
  }
}

/** How a call ends that never reached a node. */
function unasked(error: unknown): Outcome {
  const { code, message } = error instanceof TdosError ? error : new TdosError('FAILED', String(error));
  return { ok: false, code, message, node: 0, nodeName: '', sibling: false, tookMs: 0, tries: 0 };
}
