/**
 * Endpoints on a network in memory, without the os floor: for tests of the core. Virtual time, one seed; services
 * answer at once with what their function returns. Datagrams may get lost, come twice and change places; stations may
 * fall silent, stand still, restart and move.
 */
import { Random } from '../src/base/random.ts';
import { after, type Instant, instant } from '../src/base/time.ts';
import { type Config, configure } from '../src/core/config.ts';
import { Endpoint } from '../src/core/endpoint.ts';
import type { ClusterEvent, Command, Outcome, OwnService, Result, Selector } from '../src/core/model.ts';
import { v1Bridge } from '../src/core/v1/bridge.ts';
import { nodeCodec } from '../src/hosts/node/codec.ts';
import { type Abilities, decode, type Header, type Message, type Opener, sealKey } from '../src/wire/index.ts';

export const PC: Abilities = {
  kernel: false,
  helper: true,
  inflates: true,
  v1: false,
  takesKiB: 64,
  window: 16,
  bundles: true,
};

export interface StationOptions {
  readonly id?: number;
  readonly epoch?: number;
  readonly kernel?: boolean;
  readonly silent?: boolean;
  readonly config?: Partial<Config>;
  readonly abilities?: Partial<Abilities>;
  readonly allowV1?: boolean;
}

/** Runs an operation; undefined: no answer yet, see `Station.finish`. */
export type Serve = (op: string, args: unknown, execution: number) => Result | undefined;

export class Station {
  readonly events: ClusterEvent[] = [];
  readonly executed: string[] = [];
  readonly unfinished: number[] = [];
  readonly outcomes = new Map<number, Outcome>();
  endpoint: Endpoint;
  address: string;
  readonly name: string;
  isDown = false;
  /** It neither hears nor acts before this moment; what comes waits. */
  stalledUntil: Instant | undefined;
  /** When it wants to act next. */
  wake: Instant | undefined;
  /** Datagrams sent. */
  sent = 0;
  private readonly lan: Lan;
  private readonly options: StationOptions;
  private readonly offers = new Map<string, { readonly service: OwnService; readonly serve: Serve }>();
  private calls = 0;

  constructor(lan: Lan, name: string, address: string, options: StationOptions) {
    this.lan = lan;
    this.name = name;
    this.address = address;
    this.options = { ...options, id: options.id ?? lan.random.id() };
    this.endpoint = this.boot(options.epoch ?? 1000);
    lan.settle(this);
  }

  get id(): number {
    return this.endpoint.identity.id;
  }

  command(command: Command): void {
    this.endpoint.command(command, this.lan.now);
    this.lan.settle(this);
  }

  offer(service: Partial<OwnService> & { name: string }, serve: Serve): void {
    const own = { version: '1.0.0', labels: {}, capabilities: ['read'], ...service };
    this.offers.set(service.name, { service: own, serve });
    this.command({ type: 'offer', service: own });
  }

  withdraw(service: string): void {
    this.offers.delete(service);
    this.command({ type: 'withdraw', service });
  }

  /** Off and on again, with the same services. Its own calls and executions are gone. */
  restart(epoch = this.endpoint.identity.epoch + 1 + this.lan.random.below(1024)): void {
    this.isDown = false;
    this.unfinished.length = 0;
    this.endpoint = this.boot(epoch);
    for (const { service } of this.offers.values()) this.endpoint.command({ type: 'offer', service }, this.lan.now);
    this.lan.settle(this);
  }

  /** Stands still for `ms`, as a machine under load does. */
  stall(ms: number): void {
    this.stalledUntil = after(this.lan.now, ms);
  }

  /** Begins a call and returns its number. */
  call(
    service: string,
    op = 'read',
    args: unknown = undefined,
    timeoutMs = 3000,
    prefer = 0,
    which: Partial<Selector> = {},
  ): number {
    this.calls += 1;
    this.command({ type: 'call', call: this.calls, selector: { service, ...which }, op, args, timeoutMs, prefer });
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
    const result = this.offers.get(service)?.serve(op, args, execution);
    if (result === undefined) this.unfinished.push(execution);
    else this.endpoint.command({ type: 'answer', execution, result }, this.lan.now);
  }

  settled(call: number, outcome: Outcome): void {
    if (this.outcomes.has(call)) throw new Error(`call ${call} of ${this.name} ended twice`);
    this.outcomes.set(call, outcome);
  }

  private boot(epoch: number): Endpoint {
    const { id = 1, kernel = false, silent = false, allowV1 = false, config = {}, abilities = {} } = this.options;
    return new Endpoint({
      identity: { id, epoch, name: this.name, abilities: { ...PC, kernel, ...abilities } },
      config: configure(config),
      codec: nodeCodec,
      keys: this.lan.keys,
      random: this.lan.random.split(),
      now: this.lan.now,
      term: 0,
      wallClock: 1_700_000_000_000,
      remembered: [],
      v1: allowV1 ? v1Bridge : undefined,
      silent,
    });
  }
}

/** The key of a sealed network, unless a test has others. */
export const CLUSTER_KEY = new Uint8Array(32).fill(7);

interface Parcel {
  readonly at: Instant;
  readonly from: string;
  readonly to: Station;
  readonly bytes: Uint8Array;
}

export class Lan {
  now: Instant = instant(0);
  readonly random: Random;
  readonly stations: Station[] = [];
  loss = 0;
  /** Share of the datagrams that come twice. */
  duplication = 0;
  latencyMs = 1;
  jitterMs = 0;
  reaches: (from: Station, to: Station) => boolean = () => true;
  /** Every message sent, those of bundles one by one. */
  onMessage: ((message: Message, from: Station, to: Station | undefined, header: Header) => void) | undefined;
  /** Every datagram sent, as it goes over the wire; to nobody in particular when `to` is undefined. */
  onDatagram: ((bytes: Uint8Array, from: Station, to: Station | undefined) => void) | undefined;
  private readonly parcels: Parcel[] = [];
  private addresses = 0;

  /** The keys that stations boot with; undefined: an open cluster. */
  keys: readonly Uint8Array[] | undefined;

  constructor(seed = 1, keys: readonly Uint8Array[] | 'open' = [CLUSTER_KEY]) {
    this.random = new Random(seed);
    this.keys = keys === 'open' ? undefined : keys;
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
      else if (output.type === 'settled') station.settled(output.call, output.outcome);
      else if (output.type === 'event') station.events.push(output.event);
    }
    station.wake = station.endpoint?.nextWake();
  }

  /** Lets `ms` pass. */
  run(ms: number): void {
    this.runUntil(() => false, ms);
  }

  /** Lets time pass until `holds`, for `boundMs` at most. */
  runUntil(holds: () => boolean, boundMs: number): boolean {
    const end = after(this.now, boundMs);
    for (let atOnce = 0; !holds(); atOnce++) {
      const next = this.nextMoment();
      if (next === undefined || next > end) {
        this.now = end;
        return holds();
      }
      if (next > this.now) atOnce = 0;
      if (atOnce > MAX_AT_ONCE) throw new Error(`time stands still at ${this.now} ms`);
      if (next > this.now) this.now = next;
      this.step();
    }
    return true;
  }

  /** Hands a datagram from anywhere to a station at once. */
  deliver(to: Station, from: string, bytes: Uint8Array): void {
    to.endpoint.receive(bytes, from, this.now);
    this.settle(to);
  }

  private nextMoment(): Instant | undefined {
    let next = this.parcels[0]?.at;
    for (const station of this.stations) {
      const wake = station.stalledUntil ?? this.wakeOf(station);
      if (wake !== undefined && (next === undefined || wake < next)) next = wake;
    }
    return next;
  }

  private wakeOf({ wake, isDown, stalledUntil }: Station): Instant | undefined {
    return isDown || stalledUntil !== undefined ? undefined : wake;
  }

  private step(): void {
    const awake = this.stations.find(({ stalledUntil }) => stalledUntil !== undefined && stalledUntil <= this.now);
    if (awake !== undefined) {
      // A machine that stood still finds its timers due before it reads its socket.
      awake.stalledUntil = undefined;
      if (!awake.isDown) awake.endpoint.advance(this.now);
      this.settle(awake);
      return;
    }
    const parcel = this.parcels[0];
    if (parcel !== undefined && parcel.at <= this.now) {
      this.parcels.shift();
      const { to, from, bytes } = parcel;
      if (to.stalledUntil !== undefined) this.put({ ...parcel, at: to.stalledUntil });
      else if (!to.isDown) this.deliver(to, from, bytes);
      return;
    }
    for (const station of this.stations) {
      const wake = this.wakeOf(station);
      if (wake === undefined || wake > this.now) continue;
      station.endpoint.advance(this.now);
      this.settle(station);
    }
  }

  private carry(from: Station, to: string | undefined, bytes: Uint8Array): void {
    from.sent += 1;
    const receivers = this.stations.filter(
      (station) => station !== from && (to === undefined || station.address === to),
    );
    this.onDatagram?.(bytes, from, to === undefined ? undefined : receivers[0]);
    const decoded = this.onMessage === undefined ? undefined : decode(bytes, nodeCodec, this.openerFor(receivers[0]));
    if (decoded?.ok && decoded.protocol === 2) {
      const { header, message } = decoded;
      for (const one of message.type === 'bundle' ? message.messages : [message])
        this.onMessage?.(one, from, to === undefined ? undefined : receivers[0], header);
    }
    for (const station of receivers) {
      const copies = this.random.unit() < this.duplication ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        if (!this.reaches(from, station) || this.random.unit() < this.loss) continue;
        const at = after(this.now, this.latencyMs + this.random.unit() * this.jitterMs);
        this.put({ at, from: from.address, to: station, bytes });
      }
    }
  }

  private openerFor(to: Station | undefined): Opener | undefined {
    const keys = this.keys?.map((key) => sealKey(key, nodeCodec));
    return keys && { self: to?.id ?? 0, key: (id) => keys.find((key) => key.id === id) };
  }

  private put(parcel: Parcel): void {
    let low = 0;
    for (let high = this.parcels.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((this.parcels[middle] as Parcel).at <= parcel.at) low = middle + 1;
      else high = middle;
    }
    this.parcels.splice(low, 0, parcel);
  }
}

/** Changes at one moment after which the network is taken to go round in a circle. */
const MAX_AT_ONCE = 100_000;
