/**
 * Endpoints on a network in memory, without the os floor: for tests of the core. Virtual time, one seed; services
 * answer at once with what their function returns.
 */
import { Random } from '../src/base/random.ts';
import { after, type Instant, instant } from '../src/base/time.ts';
import { type Config, configure } from '../src/core/config.ts';
import { Endpoint } from '../src/core/endpoint.ts';
import type { ClusterEvent, Command, Outcome, OwnService, Result } from '../src/core/model.ts';
import { nodeCodec } from '../src/hosts/node/codec.ts';
import { type Abilities, decode, type Message } from '../src/wire/index.ts';

export const PC: Abilities = { kernel: false, helper: true, inflates: true, v1: false, takesKiB: 64, window: 16 };

export interface StationOptions {
  readonly id?: number;
  readonly epoch?: number;
  readonly kernel?: boolean;
  readonly silent?: boolean;
  readonly config?: Partial<Config>;
}

/** Runs an operation; undefined: no answer yet, see `Station.finish`. */
export type Serve = (op: string, args: unknown) => Result | undefined;

export class Station {
  readonly events: ClusterEvent[] = [];
  readonly executed: string[] = [];
  readonly unfinished: number[] = [];
  readonly outcomes = new Map<number, Outcome>();
  readonly endpoint: Endpoint;
  readonly address: string;
  readonly name: string;
  isDown = false;
  private readonly lan: Lan;
  private readonly serves = new Map<string, Serve>();
  private calls = 0;

  constructor(lan: Lan, name: string, address: string, options: StationOptions) {
    this.lan = lan;
    this.name = name;
    this.address = address;
    const { id = lan.random.id(), epoch = 1000, kernel = false, silent = false, config = {} } = options;
    this.endpoint = new Endpoint({
      identity: { id, epoch, name, abilities: { ...PC, kernel } },
      config: configure(config),
      codec: nodeCodec,
      random: lan.random.split(),
      now: lan.now,
      term: 0,
      wallClock: 1_700_000_000_000,
      remembered: [],
      allowV1: false,
      silent,
    });
    lan.settle(this);
  }

  command(command: Command): void {
    this.endpoint.command(command, this.lan.now);
    this.lan.settle(this);
  }

  offer(service: Partial<OwnService> & { name: string }, serve: Serve): void {
    this.serves.set(service.name, serve);
    this.command({ type: 'offer', service: { version: '1.0.0', labels: {}, capabilities: ['read'], ...service } });
  }

  /** Begins a call and returns its number. */
  call(service: string, op = 'read', args: unknown = undefined, timeoutMs = 3000): number {
    this.calls += 1;
    this.command({ type: 'call', call: this.calls, selector: { service }, op, args, timeoutMs, prefer: 0 });
    return this.calls;
  }

  finish(execution: number, result: Result): void {
    this.command({ type: 'answer', execution, result });
  }

  /** What it knows of another node, in words. */
  states(): Record<string, string> {
    return Object.fromEntries([...this.endpoint.nodes()].map((node) => [node.name, node.state]));
  }

  execute(execution: number, service: string, op: string, args: unknown): void {
    this.executed.push(`${service}.${op}`);
    const result = this.serves.get(service)?.(op, args);
    if (result === undefined) this.unfinished.push(execution);
    else this.endpoint.command({ type: 'answer', execution, result }, this.lan.now);
  }
}

interface Parcel {
  readonly at: Instant;
  readonly order: number;
  readonly from: Station;
  readonly to: Station;
  readonly bytes: Uint8Array;
}

export class Lan {
  now: Instant = instant(0);
  readonly random: Random;
  readonly stations: Station[] = [];
  loss = 0;
  latencyMs = 1;
  jitterMs = 0;
  reaches: (from: Station, to: Station) => boolean = () => true;
  /** Every datagram sent, decoded. */
  onMessage: ((message: Message, from: Station, to: Station | undefined) => void) | undefined;
  private parcels: Parcel[] = [];
  private order = 0;
  private addresses = 0;

  constructor(seed = 1) {
    this.random = new Random(seed);
  }

  station(name: string, options: StationOptions = {}, at?: string): Station {
    this.addresses += 1;
    const station = new Station(this, name, at ?? `10.0.0.${this.addresses}:5000`, options);
    this.stations.push(station);
    this.settle(station);
    return station;
  }

  /** Does what the endpoint wants done. */
  settle(station: Station): void {
    for (let output = station.endpoint?.poll(); output !== undefined; output = station.endpoint.poll()) {
      if (output.type === 'send') this.carry(station, output.to, output.bytes);
      else if (output.type === 'broadcast') this.carry(station, undefined, output.bytes);
      else if (output.type === 'execute') station.execute(output.execution, output.service, output.op, output.args);
      else if (output.type === 'settled') station.outcomes.set(output.call, output.outcome);
      else if (output.type === 'event') station.events.push(output.event);
    }
  }

  /** Lets `ms` pass. */
  run(ms: number): void {
    this.runUntil(() => false, ms);
  }

  /** Lets time pass until `holds`, for `boundMs` at most. */
  runUntil(holds: () => boolean, boundMs: number): boolean {
    const end = after(this.now, boundMs);
    while (!holds()) {
      const next = this.nextMoment();
      if (next === undefined || next > end) {
        this.now = end;
        return holds();
      }
      if (next > this.now) this.now = next;
      this.step();
    }
    return true;
  }

  private nextMoment(): Instant | undefined {
    let next = this.parcels[0]?.at;
    for (const { endpoint, isDown } of this.stations) {
      const wake = isDown ? undefined : endpoint.nextWake();
      if (wake !== undefined && (next === undefined || wake < next)) next = wake;
    }
    return next;
  }

  private step(): void {
    const parcel = this.parcels[0];
    if (parcel !== undefined && parcel.at <= this.now) {
      this.parcels.shift();
      if (parcel.to.isDown) return;
      parcel.to.endpoint.receive(parcel.bytes, parcel.from.address, this.now);
      this.settle(parcel.to);
      return;
    }
    for (const station of this.stations) {
      const wake = station.isDown ? undefined : station.endpoint.nextWake();
      if (wake === undefined || wake > this.now) continue;
      station.endpoint.advance(this.now);
      this.settle(station);
    }
  }

  private carry(from: Station, to: string | undefined, bytes: Uint8Array): void {
    const decoded = decode(bytes, nodeCodec);
    const receivers = this.stations.filter(
      (station) => station !== from && (to === undefined || station.address === to),
    );
    if (decoded.ok && decoded.protocol === 2)
      this.onMessage?.(decoded.message, from, to === undefined ? undefined : receivers[0]);
    for (const station of receivers) {
      if (!this.reaches(from, station) || this.random.unit() < this.loss) continue;
      this.order += 1;
      const at = after(this.now, this.latencyMs + this.random.unit() * this.jitterMs);
      this.parcels.push({ at, order: this.order, from, to: station, bytes });
    }
    this.parcels.sort((a, b) => a.at - b.at || a.order - b.order);
  }
}
