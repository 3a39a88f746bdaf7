/**
 * The air between the machines: what gets lost, late, twice, out of order or broken, and how much airtime it takes.
 *
 * Stations talk through an access point, so a datagram can be lost at its sender's end or at its receiver's: half of
 * the loss at each. A broadcast that is lost at its sender's end reaches nobody. Each station draws from streams of its
 * own, one to send and one to receive, so that the fate of its datagrams depends on no other station's traffic. All
 * draws use only operations that every engine rounds alike.
 *
 * @module
 */
import { Random } from '../base/random.ts';
import type { Instant } from '../base/time.ts';
import { type Burst, BurstyChannel } from './burst.ts';
import { seedOf } from './hash.ts';

export interface Latency {
  /** ms: half of the datagrams are faster. */
  readonly median: number;
  /**
   * 0: all take the median. 1: the distribution is log-logistic with shape 2; one in 100 takes 10 times the median, one
   * in 10,000 takes 100 times. Between them in proportion.
   */
  readonly spread: number;
}

/** How the air behaves. All of it may be set for one link or for one station too. */
export interface RadioOptions {
  /** Share of unicast datagrams lost between sender and receiver, 0 to 1. @default 0 */
  readonly loss: number;
  /** Bursts of loss at each station's end, on top of `loss`. @default none */
  readonly burst: Burst | undefined;
  /** @default { median: 0, spread: 0 } */
  readonly latencyMs: Latency;
  /** ms at most, whatever the distribution says. @default 2000 */
  readonly latencyMaxMs: number;
  /** Share held back by up to `reorderMs`, so that later ones overtake them. @default 0 */
  readonly reorder: number;
  /** @default 50 */
  readonly reorderMs: number;
  /** Share that arrives twice. @default 0 */
  readonly duplicate: number;
  /** Share that arrives with one bit flipped. @default 0 */
  readonly corrupt: number;
  /** Broadcast is sent once and not acknowledged: its loss is `loss` times this, at most 1. @default 1 */
  readonly broadcastLoss: number;
  /** ms more that a broadcast waits at the access point. @default 0 */
  readonly broadcastDelayMs: number;
}

/** What a station's own hardware does to what it receives. */
export interface Habits {
  /** Datagrams that its sockets keep while it is busy or hung: 1 or 4 on a Pico W. More are dropped. @default 64 */
  readonly queue: number;
  /** ms of work on each datagram, one after the other. Timers wait for it too. @default 0 */
  readonly processingMs: number;
  /**
   * ms between the moments at which a dozing radio fetches what the access point has kept for it; 0: it never dozes. It
   * stays awake for 200 ms after it sent or fetched something, as the CYW43439 does.
   * @default 0
   */
  readonly powerSaveMs: number;
  /** Its clock tells the time of day. @default true */
  readonly knowsTime: boolean;
}

export const QUICK: Habits = { queue: 64, processingMs: 0, powerSaveMs: 0, knowsTime: true };

/** A Pico W under MicroPython: a queue of 4, about 2 ms a message, dozing between the access point's beacons, without a battery for its clock. */
export const PICO_W: Habits = { queue: 4, processingMs: 2, powerSaveMs: 100, knowsTime: false };

export const CLEAR_AIR: RadioOptions = {
  loss: 0,
  burst: undefined,
  latencyMs: { median: 0, spread: 0 },
  latencyMaxMs: 2000,
  reorder: 0,
  reorderMs: 50,
  duplicate: 0,
  corrupt: 0,
  broadcastLoss: 1,
  broadcastDelayMs: 0,
};

/** A Wi-Fi room as the Pico W knows it: short delays with a long tail, and broadcasts that wait for a beacon. */
export const WIFI: RadioOptions = {
  ...CLEAR_AIR,
  latencyMs: { median: 3, spread: 0.5 },
  reorder: 0.01,
  duplicate: 0.001,
  broadcastDelayMs: 2,
};

/** ms of airtime of one datagram: broadcast goes out at the lowest rate. */
export const AIRTIME_MS = { broadcast: 2, unicast: 0.35 };

/** What happens to a datagram at one receiver. */
export interface Fate {
  /** ms until it arrives: one a copy; none when it is lost. */
  readonly delays: readonly number[];
  readonly isCorrupt: boolean;
}

const LOST: Fate = { delays: [], isCorrupt: false };

/** One station's ends of the air: its two streams of chance, and its bursts. */
class Ends {
  readonly sending: Random;
  readonly receiving: Random;
  readonly bursts: Random;
  channel: { readonly burst: Burst; readonly state: BurstyChannel } | undefined;

  constructor(seed: number, name: string) {
    this.sending = new Random(seedOf(`${seed}/radio/${name}/sending`));
    this.receiving = new Random(seedOf(`${seed}/radio/${name}/receiving`));
    this.bursts = new Random(seedOf(`${seed}/radio/${name}/bursts`));
  }

  burstLoss(burst: Burst | undefined, now: Instant): number {
    if (burst === undefined) {
      this.channel = undefined;
      return 0;
    }
    if (this.channel?.burst !== burst)
      this.channel = { burst, state: new BurstyChannel(burst, this.bursts.split(), now) };
    return this.channel.state.loss(now);
  }
}

/** What one station or link has of its own, and all that follows from it. */
interface Air {
  readonly changes: Partial<RadioOptions>;
  readonly options: RadioOptions;
}

export class Radio {
  /** Of all stations and links that have none of their own. */
  options: RadioOptions;
  private readonly seed: number;
  private readonly stations = new Map<string, Air>();
  private readonly links = new Map<string, Air>();
  private readonly cuts = new Set<string>();
  private readonly islands = new Map<string, number>();
  private readonly ends = new Map<string, Ends>();

  constructor(seed: number, options: Partial<RadioOptions> = {}) {
    this.seed = seed;
    this.options = { ...CLEAR_AIR, ...options };
  }

  /** Changes the air for everybody. */
  set(changes: Partial<RadioOptions>): void {
    this.options = { ...this.options, ...changes };
    for (const airs of [this.stations, this.links])
      for (const [name, { changes: own }] of airs) airs.set(name, this.airOf(own));
  }

  /** Gives one station air of its own, in both directions; undefined takes it back. */
  setStation(name: string, changes: Partial<RadioOptions> | undefined): void {
    if (changes === undefined) this.stations.delete(name);
    else this.stations.set(name, this.airOf(changes));
  }

  /**
   * Gives one direction between two stations air of its own; undefined takes it back. Its loss is all at the
   * receiver's end: what the sender's end loses, it loses as before.
   */
  setLink(from: string, to: string, changes: Partial<RadioOptions> | undefined): void {
    if (changes === undefined) this.links.delete(link(from, to));
    else this.links.set(link(from, to), this.airOf(changes));
  }

  /** Nothing passes from one station to the other any more; the way back is another link. */
  cut(from: string, to: string): void {
    this.cuts.add(link(from, to));
  }

  mend(from: string, to: string): void {
    this.cuts.delete(link(from, to));
  }

  /** Stations of different groups do not reach each other. Those that are named in none form one group together. */
  partition(groups: readonly (readonly string[])[]): void {
    this.islands.clear();
    for (const [index, names] of groups.entries()) for (const name of names) this.islands.set(name, index + 1);
  }

  /** One network again; single links that were cut stay cut. */
  heal(): void {
    this.islands.clear();
  }

  /** Nothing but chance keeps them apart. A station always reaches itself. */
  connects(from: string, to: string): boolean {
    if (from === to) return true;
    if (this.islands.size > 0 && (this.islands.get(from) ?? 0) !== (this.islands.get(to) ?? 0)) return false;
    return this.cuts.size === 0 || !this.cuts.has(link(from, to));
  }

  /** Whether a datagram gets past its sender's end. Asked once for a broadcast, for all receivers. */
  leaves(from: string, isBroadcast: boolean, now: Instant): boolean {
    const options = this.stations.get(from)?.options ?? this.options;
    const ends = this.endsOf(from);
    return !isHit(ends.sending, atOneEnd(options, isBroadcast), ends.burstLoss(options.burst, now));
  }

  /** What happens to a datagram that left its sender. */
  fate(from: string, to: string, isBroadcast: boolean, now: Instant): Fate {
    const own = this.links.size === 0 ? undefined : this.links.get(link(from, to))?.options;
    const options = own ?? this.stations.get(to)?.options ?? this.options;
    const ends = this.endsOf(to);
    const random = ends.receiving;
    const loss = own === undefined ? atOneEnd(options, isBroadcast) : lossOf(own, isBroadcast);
    if (from !== to && isHit(random, loss, ends.burstLoss(options.burst, now))) return LOST;
    const isTwice = options.duplicate > 0 && random.unit() < options.duplicate;
    const isCorrupt = options.corrupt > 0 && random.unit() < options.corrupt;
    const delays = [delay(options, isBroadcast, random)];
    if (isTwice) delays.push(delay(options, isBroadcast, random));
    return { delays, isCorrupt };
  }

  /** A copy with one bit flipped. */
  corrupt(to: string, bytes: Uint8Array): Uint8Array {
    const copy = bytes.slice();
    const bit = this.endsOf(to).receiving.below(copy.length * 8);
    const place = bit >> 3;
    copy[place] = (copy[place] ?? 0) ^ (1 << (bit & 7));
    return copy;
  }

  private airOf(changes: Partial<RadioOptions>): Air {
    return { changes, options: { ...this.options, ...changes } };
  }

  private endsOf(name: string): Ends {
    const known = this.ends.get(name);
    if (known !== undefined) return known;
    const ends = new Ends(this.seed, name);
    this.ends.set(name, ends);
    return ends;
  }
}

const link = (from: string, to: string): string => `${from}\n${to}`;

const lossOf = ({ loss, broadcastLoss }: RadioOptions, isBroadcast: boolean): number =>
  Math.min(1, isBroadcast ? loss * broadcastLoss : loss);

/** The loss at each of two ends that together make the loss of the way. */
const atOneEnd = (options: RadioOptions, isBroadcast: boolean): number =>
  1 - Math.sqrt(1 - lossOf(options, isBroadcast));

const isHit = (random: Random, loss: number, burstLoss: number): boolean => {
  const hit = loss > 0 && random.unit() < loss;
  return (burstLoss > 0 && random.unit() < burstLoss) || hit;
};

function delay(options: RadioOptions, isBroadcast: boolean, random: Random): number {
  const { median, spread } = options.latencyMs;
  let ms = median;
  if (median > 0 && spread > 0) {
    const chance = random.unit();
    ms = Math.min(options.latencyMaxMs, median * (1 - spread + spread * Math.sqrt(chance / (1 - chance))));
  }
  if (options.reorder > 0 && random.unit() < options.reorder) ms += random.unit() * options.reorderMs;
  return isBroadcast ? ms + options.broadcastDelayMs : ms;
}
