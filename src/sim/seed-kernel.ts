/**
 * A kernel under the original's rules: its registry of services, and one client socket, so one read at a time.
 *
 * @module
 */
import { after, type Instant } from '../base/time.ts';
import type { V1Message } from '../wire/message.ts';
import { Station, TYPE } from './seed-station.ts';

/** ms, and tries; from the original's constants. */
const SERVICE_TIMEOUT_MS = 15_000;
const READ_TIMEOUT_MS = 2000;
const MAX_RETRIES = 3;
/** Datagrams that wait in a client's socket while it does not read. */
const SOCKET_QUEUE = 4;

interface Known {
  readonly ip: string;
  readonly port: number;
  seenAt: Instant;
  failures: number;
  forget: () => void;
}

interface Reading {
  readonly service: string;
  readonly call: number;
  readonly done: (value: number | undefined) => void;
}

export class Kernel extends Station {
  private readonly registry = new Map<string, Known>();
  private readonly waiting: Reading[] = [];
  private readonly socket: V1Message[] = [];
  private reading: { readonly of: Reading; attempt: number; giveUp: () => void } | undefined;

  nodes(): { readonly node: string; readonly state: 'alive' }[] {
    return [...this.registry.keys()].map((node) => ({ node, state: 'alive' as const }));
  }

  read(service: string, call: number, done: (value: number | undefined) => void): void {
    this.waiting.push({ service, call, done });
    if (this.reading === undefined) this.next();
  }

  override ipOf(service: string): string | undefined {
    return this.registry.get(service)?.ip;
  }

  protected listensAt(): boolean {
    return true;
  }

  protected async started(): Promise<void> {}

  protected heard(message: V1Message, from: string): void {
    const { type, payload } = message;
    const { service, port } = payload;
    const ip = from.slice(0, from.lastIndexOf(':'));
    if (type === TYPE.announce && typeof service === 'string' && typeof port === 'number')
      this.register(service, ip, port);
    else if (type === TYPE.heartbeat && typeof service === 'string') this.beaten(service, ip);
    else if (type === TYPE.response) this.answered(message);
  }

  private register(service: string, ip: string, port: number): void {
    const known = this.registry.get(service);
    known?.forget();
    const entry: Known = { ip, port, seenAt: this.machine.now(), failures: 0, forget: () => {} };
    this.registry.set(service, entry);
    this.watch(service, entry);
    if (known === undefined) this.tell(service, ip, 'alive', 'it announced itself');
  }

  private beaten(service: string, ip: string): void {
    const known = this.registry.get(service);
    if (known?.ip !== ip) return;
    known.seenAt = this.machine.now();
    known.failures = 0;
  }

  /** Removes it once it has been silent for too long. */
  private watch(service: string, entry: Known): void {
    const due = after(entry.seenAt, SERVICE_TIMEOUT_MS);
    if (this.machine.now() >= due) this.remove(service, entry, 'silence');
    else entry.forget = this.at(due, () => this.watch(service, entry));
  }

  private remove(service: string, { ip, forget }: Known, why: 'silence' | 'tries'): void {
    forget();
    this.registry.delete(service);
    this.removals[why] += 1;
    this.tell(service, ip, 'dead', why === 'silence' ? 'it timed out' : 'it failed too many times');
  }

  private next(): void {
    const of = this.waiting.shift();
    if (of === undefined) return;
    const known = this.registry.get(of.service);
    if (known === undefined) {
      of.done(undefined);
      this.next();
      return;
    }
    this.reading = { of, attempt: 0, giveUp: () => {} };
    this.attempt(known);
  }

  /** The address is that of the beginning of the read, also when another board has taken the name since. */
  private attempt(known: Known): void {
    const { reading } = this;
    if (reading === undefined) return;
    if (reading.attempt++ === MAX_RETRIES) {
      this.finish(undefined);
      return;
    }
    const request = this.message(TYPE.request, { op: 'read', call: reading.of.call });
    this.network?.send(`${known.ip}:${known.port}`, request, 'node');
    reading.giveUp = this.later(READ_TIMEOUT_MS, () => {
      this.failed(reading.of.service);
      this.attempt(known);
    });
    const old = this.socket.shift();
    if (old !== undefined) this.answered(old);
  }

  private failed(service: string): void {
    const known = this.registry.get(service);
    if (known !== undefined && ++known.failures >= MAX_RETRIES) this.remove(service, known, 'tries');
  }

  private answered(message: V1Message): void {
    if (this.reading === undefined) {
      if (this.socket.length < SOCKET_QUEUE) this.socket.push(message);
      return;
    }
    const { value } = message.payload;
    this.finish(typeof value === 'number' ? value : undefined);
  }

  private finish(value: number | undefined): void {
    const { reading } = this;
    this.reading = undefined;
    reading?.giveUp();
    reading?.of.done(value);
    this.next();
  }
}
