/**
 * What boards and kernels of the original have in common: sockets, timers, listeners, and datagrams of v1.
 *
 * @module
 */
import { after, type Instant } from '../base/time.ts';
import type { ClusterEvent, Door } from '../core/model.ts';
import type { Network } from '../os/host.ts';
import type { V1Message } from '../wire/message.ts';
import { decodeV1, encodeV1, looksLikeV1 } from '../wire/v1.ts';
import { seedOf } from './hash.ts';
import type { Machine } from './machine.ts';
import type { Resident, Seat } from './resident.ts';

/** The types of v1 messages. */
export const TYPE = { announce: 1, request: 3, response: 4, heartbeat: 5 } as const;

/** What boots under these rules: a board that offers one service, or a kernel that finds and reads services. */
export interface SeedResident extends Resident {
  /** Requests that a board has carried out again, since it knows no call from another. */
  readonly repeated: number;
  /** Requests that a board has carried out, counted once a call. */
  readonly executed: number;
  /** Why services were removed, counted; kernels alone remove any. */
  readonly removals: Readonly<Record<'silence' | 'tries', number>>;
  /**
   * Reads a service. `done` is called once, within 6 s: with the value, or undefined when there is none.
   *
   * @param call - goes along in the request, so that a board can tell that it carries out a call again.
   */
  read(service: string, call: number, done: (value: number | undefined) => void): void;
  /** The address of the board that has the name of that service now. */
  ipOf(service: string): string | undefined;
}

export abstract class Station implements SeedResident {
  readonly name: string;
  repeated = 0;
  executed = 0;
  readonly removals = { silence: 0, tries: 0 };
  protected readonly machine: Machine;
  protected network: Network | undefined;
  private readonly timers = new Set<() => void>();
  private readonly listeners = new Set<(event: ClusterEvent) => void>();
  private messages = 0;

  constructor(machine: Machine, { name }: Seat) {
    this.machine = machine;
    this.name = name;
  }

  async open(): Promise<void> {
    this.network = await this.machine.open((bytes, from, door) => {
      if (!this.listensAt(door) || !looksLikeV1(bytes)) return;
      const decoded = decodeV1(bytes, this.machine.codec);
      if (decoded.ok && decoded.protocol === 1) this.heard(decoded.message, from);
    });
    await this.started();
  }

  abstract nodes(): readonly { readonly node: string; readonly state: 'alive' }[];
  abstract read(service: string, call: number, done: (value: number | undefined) => void): void;

  ipOf(_service: string): string | undefined {
    return undefined;
  }

  on(listener: (event: ClusterEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    for (const cancel of this.timers) cancel();
    this.timers.clear();
    await this.network?.close();
    this.network = undefined;
  }

  protected abstract listensAt(door: Door): boolean;
  protected abstract started(): Promise<void>;
  protected abstract heard(message: V1Message, from: string): void;

  protected later(ms: number, run: () => void): () => void {
    return this.at(after(this.machine.now(), ms), run);
  }

  /** Does something at a moment. The returned function cancels it. */
  protected at(moment: Instant, run: () => void): () => void {
    const cancel = this.machine.timer(moment, () => {
      this.timers.delete(cancel);
      run();
    });
    this.timers.add(cancel);
    return () => {
      this.timers.delete(cancel);
      cancel();
    };
  }

  protected message(type: number, payload: V1Message['payload'], replyTo?: string): Uint8Array {
    const id = (++this.messages).toString(16).padStart(8, '0');
    const ts = this.machine.wallClock() / 1000;
    return encodeV1({ type, id, ts, payload, replyTo }, this.machine.codec) ?? new Uint8Array();
  }

  protected tell(service: string, ip: string, state: 'alive' | 'dead', reason: string): void {
    const was = state === 'dead' ? 'alive' : undefined;
    for (const listener of this.listeners)
      listener({ type: 'node', node: seedOf(service), name: service, address: ip, was, state, reason });
  }
}
