/**
 * Keeping a view of the whole cluster through the kernels that have one: ask, take the records in the order of
 * the kernel's chain, and ask again from the last unbroken link when one was lost.
 *
 * A node follows one kernel; a kernel follows every other. Without a kernel the question goes to everybody.
 *
 * @module
 */

import type { Random } from '../../base/random.ts';
import { after, type Instant } from '../../base/time.ts';
import type { Epoch, NodeId } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import { Timers } from '../timers.ts';

export interface FollowingPort {
  /** Asks the kernel for what changed since, or everybody for all when `kernel` is undefined. */
  query(kernel: NodeId | undefined, nonce: number, sinceEpoch: Epoch, since: number): void;
}

/** One record of a kernel's chain: the version before it, and whose it is. */
interface Link {
  readonly previous: number;
  readonly node: NodeId;
}

interface Source {
  epoch: Epoch;
  /** The chain is unbroken up to this version. */
  have: number;
  /** Records that are here but for one before them, by version. */
  readonly ahead: Map<number, Link>;
  /** The newest version that the kernel told of. */
  known: number;
  /** The kernel itself said which version is its newest; a record says only its own. */
  told: boolean;
  /** The chain grew since the last question. */
  progressed: boolean;
  tries: number;
}

const EVERYBODY: NodeId = 0;
/** ms that a pushed record may still be on its way when a beacon already tells its version. */
const PUSH_GRACE_MS = 50;
/** Links kept that lie behind a gap; more are asked for again. */
const MAX_AHEAD = 256;
/** A question is repeated so often before the pauses grow: whoever is asked may first want a proof, and that may be lost too. */
const QUICK_REPEATS = 2;
/** A kernel asks everybody so often; after that its beacons find the other kernels and the nodes. */
const KERNEL_QUESTIONS = 6;

export class Following {
  private readonly config: Config;
  private readonly random: Random;
  private readonly port: FollowingPort;
  private readonly kernel: boolean;
  /** A kernel follows all others, another node one. */
  private readonly limit: number;
  private readonly sources = new Map<NodeId, Source>();
  private readonly timers = new Timers<NodeId>();
  private wanted = false;
  private tries = 0;

  constructor(config: Config, random: Random, port: FollowingPort, kernel: boolean) {
    this.config = config;
    this.random = random;
    this.port = port;
    this.kernel = kernel;
    this.limit = kernel ? config.maxSubscribers : 1;
  }

  /** From now on. The first question goes out at once. */
  start(now: Instant): void {
    if (this.wanted) return;
    this.wanted = true;
    this.askEverybody(now);
  }

  get active(): boolean {
    return this.wanted;
  }

  follows(kernel: NodeId): boolean {
    return this.sources.has(kernel);
  }

  /**
   * Records of that kernel are wanted. Those of one that is not followed could not be told from old ones, and nobody
   * would notice which of them were lost.
   */
  wants(kernel: NodeId): boolean {
    return this.sources.has(kernel) || this.sources.size < this.limit;
  }

  /** Somebody may answer who has not: the next questions follow as fast as the first. @returns false when one answers already. */
  lookAgain(now: Instant): boolean {
    if (!this.wanted || this.sources.size > 0) return false;
    this.tries = 1;
    this.timers.set(EVERYBODY, after(now, this.wait(0)));
    return true;
  }

  /** The last question to that kernel was not taken. */
  askAgain(kernel: NodeId, now: Instant): void {
    const source = this.sources.get(kernel);
    if (source !== undefined) this.ask(kernel, source, now);
  }

  /** All that the followed kernels told of is here. */
  get complete(): boolean {
    if (this.sources.size === 0) return false;
    for (const { told, have, known } of this.sources.values()) if (!told || have < known) return false;
    return true;
  }

  /** A beacon, or any other word of a kernel about its version. */
  heardKernel(kernel: NodeId, epoch: Epoch, version: number, now: Instant): void {
    if (!this.wanted) return;
    const source = this.sourceFor(kernel, epoch, now);
    if (source === undefined) return;
    source.known = version;
    source.told = version > 0;
    if (source.have < version) this.askSoon(kernel, now);
  }

  /** A record of the kernel's chain is here, whole. */
  linked(kernel: NodeId, epoch: Epoch, { version, previous, node }: Link & { version: number }, now: Instant): void {
    const source = this.wanted ? this.sourceFor(kernel, epoch, now) : undefined;
    if (source === undefined) return;
    source.known = Math.max(source.known, version);
    if (version <= source.have) return;
    if (previous <= source.have) {
      advance(source, version);
      return;
    }
    if (source.ahead.size < MAX_AHEAD) source.ahead.set(version, { previous, node });
    this.askSoon(kernel, now);
  }

  /** A record that comes late or twice: the chain is here beyond it, or a newer record of that node. */
  isOld(kernel: NodeId, epoch: Epoch, version: number, node: NodeId): boolean {
    const source = this.sources.get(kernel);
    if (source?.epoch !== epoch) return false;
    if (version <= source.have) return true;
    for (const [at, link] of source.ahead) if (link.node === node && at > version) return true;
    return false;
  }

  /** All that was told so far is to be told again. */
  startOver(now: Instant): void {
    for (const [kernel, source] of this.sources) {
      restart(source, source.epoch);
      this.askSoon(kernel, now);
    }
  }

  /** The kernel answered a question: all it was going to send is on its way. */
  welcomed(kernel: NodeId, epoch: Epoch, version: number, now: Instant): void {
    if (!this.wanted) return;
    const source = this.sourceFor(kernel, epoch, now);
    if (source === undefined) return;
    this.timers.clear(EVERYBODY);
    source.known = Math.max(source.known, version);
    source.told = true;
    source.tries = 0;
    if (source.have >= source.known) this.renew(kernel, now);
    else if (source.progressed) this.ask(kernel, source, now);
    else this.timers.set(kernel, after(now, this.config.joinRetryMs));
  }

  lost(kernel: NodeId, now: Instant): void {
    this.timers.clear(kernel);
    if (!this.sources.delete(kernel) || this.sources.size > 0) return;
    this.tries = 0;
    this.askEverybody(now);
  }

  stop(): void {
    this.wanted = false;
    for (const kernel of this.sources.keys()) this.timers.clear(kernel);
    this.timers.clear(EVERYBODY);
    this.sources.clear();
  }

  nextWake(): Instant | undefined {
    return this.timers.next();
  }

  advance(now: Instant): void {
    for (const kernel of this.timers.due(now)) {
      const source = this.sources.get(kernel);
      if (kernel === EVERYBODY) this.askEverybody(now);
      else if (source !== undefined) this.ask(kernel, source, now);
    }
  }

  private sourceFor(kernel: NodeId, epoch: Epoch, now: Instant): Source | undefined {
    const known = this.sources.get(kernel);
    if (known !== undefined) {
      if (epoch > known.epoch) restart(known, epoch);
      return epoch === known.epoch ? known : undefined;
    }
    if (this.sources.size >= this.limit) return undefined;
    const source: Source = { epoch, have: 0, ahead: new Map(), known: 0, told: false, progressed: false, tries: 0 };
    this.sources.set(kernel, source);
    this.timers.set(kernel, after(now, this.config.joinRetryMs));
    return source;
  }

  private askSoon(kernel: NodeId, now: Instant): void {
    const at = this.timers.at(kernel);
    const soon = after(now, PUSH_GRACE_MS);
    if (at === undefined || at > soon) this.timers.set(kernel, soon);
  }

  private ask(kernel: NodeId, source: Source, now: Instant): void {
    source.progressed = false;
    this.port.query(kernel, this.random.id(), source.epoch, source.have);
    this.timers.set(kernel, after(now, this.wait(source.tries)));
    source.tries += 1;
  }

  private askEverybody(now: Instant): void {
    this.port.query(undefined, this.random.id(), 0, 0);
    this.tries += 1;
    if (!this.kernel || this.tries < KERNEL_QUESTIONS)
      this.timers.set(EVERYBODY, after(now, this.wait(this.tries - 1)));
  }

  /** Nothing is missing, so the next question is the one that renews the subscription. A kernel's lives by its beacons. */
  private renew(kernel: NodeId, now: Instant): void {
    if (this.kernel) this.timers.clear(kernel);
    else this.timers.set(kernel, after(now, this.config.renewMs));
  }

  private wait(tries: number): number {
    const { joinRetryMs, joinRetryMaxMs } = this.config;
    const doublings = Math.min(Math.max(0, tries - QUICK_REPEATS), 16);
    return Math.min(joinRetryMs * 2 ** doublings, joinRetryMaxMs) * this.random.between(0.8, 1.2);
  }
}

function restart(source: Source, epoch: Epoch): void {
  source.ahead.clear();
  Object.assign(source, { epoch, have: 0, known: 0, told: false, progressed: false });
}

/** Goes along the chain from `to` as far as its links are here. A record that changed since may be left behind: its new one is on. */
function advance(source: Source, to: number): void {
  source.progressed = true;
  source.have = to;
  const links = [...source.ahead].sort(([a], [b]) => a - b);
  for (const [version, { previous }] of links)
    if (previous <= source.have) source.have = Math.max(source.have, version);
  for (const [version] of links) if (version <= source.have) source.ahead.delete(version);
}
