/**
 * A trial: a cluster under a schedule of faults, drawn from the seed unless given, with programs that call each other
 * all the time, and the rules that must hold whatever happens (`checks.ts`, `views.ts`, `tables.ts`).
 *
 * It ends in four steps: what can be mended is mended, all views must become equal, every living instance must be
 * usable, and nothing may be left once the nodes are closed.
 *
 * @module
 */
import { Random } from '../base/random.ts';
import { after, type Instant, instant } from '../base/time.ts';
import { BOARD, configure } from '../core/config.ts';
import type { Os } from '../os/os.ts';
import { type CallStats, Checks, type Rule, type Violation } from './checks.ts';
import { Cluster } from './cluster.ts';
import { describe, drawFaults, type Fault } from './faults.ts';
import { seedOf, TraceDigest } from './hash.ts';
import { CLEAR_AIR, type RadioOptions } from './radio.ts';
import { boundOf, tablesOf } from './tables.ts';
import { Truth } from './truth.ts';
import { type Observer, SETTLE_MS, Views } from './views.ts';
import { Workload } from './workload.ts';
import { World } from './world.ts';

/** All that a trial depends on: plain JSON. */
export interface TrialOptions {
  readonly seed: number;
  /** Boards. */
  readonly nodes: number;
  readonly kernels: number;
  /** ms in which faults come and calls are made. */
  readonly forMs: number;
  readonly radio: Partial<RadioOptions>;
  readonly faults: readonly Fault[] | 'drawn' | 'none';
  /** PCs that call and offer nothing, besides the nodes and kernels. @default 1 */
  readonly readers?: number;
  /** ms between the calls of one node, on average. @default 250 */
  readonly callEveryMs?: number;
}

export interface TrialHooks {
  /** Stops at the first break of that rule, or of any. @default never */
  readonly until?: Rule | 'any';
  /** Told of virtual time as it passes, about once a second of it. */
  readonly onTime?: (ms: number) => void;
  /** Told of the schedule before it begins. */
  readonly onFaults?: (faults: readonly Fault[]) => void;
  /** Gets every line of the trace. */
  readonly onTrace?: (line: string) => void;
  /** False spares the digest of the trace, which costs a tenth of the time. @default true */
  readonly hashes?: boolean;
}

/** What happened, for a picture. */
export interface Moment {
  readonly at: number;
  /** Empty when it is no node's. */
  readonly node: string;
  readonly what: string;
}

export interface Stats {
  /** ms from each death to the first who judges and suspects, and calls it dead. */
  readonly suspectMs: readonly number[];
  readonly deadMs: readonly number[];
  readonly falseDeaths: number;
  readonly nodeDays: number;
  /** ms from the beginning until all knew all; undefined when they did not before the first fault. */
  readonly discoveryMs: number | undefined;
  /** ms of reads of any sensor that another than the first asked had to answer. */
  readonly failoverMs: readonly number[];
  readonly calls: CallStats;
  /** Share of the time in which somebody sends. */
  readonly airtime: number;
  readonly messages: number;
  readonly bytes: number;
}

export interface TrialResult {
  readonly faults: readonly Fault[];
  /** In order of time; the first 20. */
  readonly violations: readonly Violation[];
  readonly stats: Stats;
  readonly timeline: readonly Moment[];
  /** Two runs with the same are the same; undefined nothing was hashed. */
  readonly traceHash: string;
}

/** ms at the beginning that are free of faults, and between looks at what should be. */
const CALM_MS = 2000;
const LOOK_MS = 250;
/** ms that a quick restart takes at most. */
const QUICK_MS = 400;
const TABLES_MS = 5000;
/** ms after the last call in which all calls have ended. */
const CALLS_END_MS = 4000;
/** Tries to use an instance before it counts as unusable. */
const TRIES = 3;
const MAX_MOMENTS = 10_000;
/** ms after the beginning in which discovery is looked at. */
const DISCOVERY_MS = 30_000;
const DAY_MS = 86_400_000;

export async function runTrial(options: TrialOptions, hooks: TrialHooks = {}): Promise<TrialResult> {
  const trial = new Trial(options, hooks);
  return trial.run();
}

/** The names of a trial's nodes, as its cluster names them. */
export function namesOf({
  nodes,
  kernels,
  readers = 1,
}: Pick<TrialOptions, 'nodes' | 'kernels' | 'readers'>): string[] {
  const numbered = (letter: string, count: number) => Array.from({ length: count }, (_, at) => `${letter}${at + 1}`);
  return [...numbered('k', kernels), ...numbered('n', nodes), ...numbered('r', readers)];
}

/** The faults of a trial, as they are or as its seed draws them. */
export function faultsOf(options: TrialOptions): readonly Fault[] {
  const { faults, seed, forMs } = options;
  if (faults === 'none') return [];
  if (faults !== 'drawn') return faults;
  const random = new Random(seedOf(`${seed}/faults`));
  const drawn = drawFaults(random, namesOf(options), { fromMs: CALM_MS, untilMs: forMs });
  return drawn.map((fault) => {
    if (fault.kind !== 'kill') return fault;
    const { at, kind, node } = fault;
    const fate = random.below(3);
    // Some stay dead, if there is time left to notice it; some are back before anybody could.
    if (fate === 0 && at <= forMs - SETTLE_MS) return { at, kind, node };
    return fate === 1 ? { at, kind, node, forMs: Math.min(20 + random.below(QUICK_MS), forMs - at) } : fault;
  });
}

class Trial {
  private readonly options: TrialOptions;
  private readonly hooks: TrialHooks;
  private readonly faults: readonly Fault[];
  private readonly world: World;
  private readonly cluster: Cluster;
  private readonly checks: Checks;
  private readonly truth: Truth;
  private readonly views: Views;
  private readonly workload: Workload;
  private readonly digest = new TraceDigest();
  private readonly timeline: Moment[] = [];
  private readonly config = configure();
  private readonly boardConfig = configure(BOARD);
  private nodeMs = 0;
  private discoveryMs: number | undefined;
  private tablesAt = 0;
  private isBroken = false;

  constructor(options: TrialOptions, hooks: TrialHooks) {
    const { seed, nodes, kernels, readers = 1, radio, callEveryMs = 250 } = options;
    const clock = (): Instant => this.world.now();
    this.options = options;
    this.hooks = hooks;
    this.faults = faultsOf(options);
    this.world = new World(seed, { radio });
    this.checks = new Checks(clock, (violation) => this.broken(violation));
    this.truth = new Truth(clock());
    this.workload = new Workload({ seed, everyMs: callEveryMs }, this.checks, clock);
    this.cluster = new Cluster(this.world, {
      nodes,
      kernels,
      readers,
      services: (name, machine, role) => (role === 'reader' ? [] : this.workload.services(name, machine)),
    });
    this.views = new Views(this.config, this.truth, this.checks, {
      now: clock,
      observers: () => this.observers(),
      running: () => this.cluster.names().filter((name) => this.truth.isUp(name)),
      connects: (from, to) => this.world.radio.connects(from, to),
      self: (name) =>
        this.osOf(name)
          ?.nodes()
          .find(({ own }) => own),
      loss: () => this.world.radio.options.loss,
    });
  }

  async run(): Promise<TrialResult> {
    this.hooks.onFaults?.(this.faults);
    this.listen();
    try {
      await this.play();
    } catch (error) {
      this.checks.break('crash', error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    return {
      faults: this.faults,
      violations: this.checks.violations,
      stats: this.stats(),
      timeline: this.timeline,
      traceHash: this.digest.hex(),
    };
  }

  private async play(): Promise<void> {
    const { forMs } = this.options;
    await this.cluster.start();
    this.cluster.schedule(this.faults);
    await this.pass(lastMoment(this.faults, forMs) - this.world.now());
    this.mendAll();
    this.workload.settle();
    await this.pass(SETTLE_MS);
    if (this.isBroken) return;
    this.workload.end();
    this.views.compare();
    await this.pass(CALLS_END_MS);
    await this.useAll();
    if (this.isBroken) return;
    for (const { name, os } of this.callers())
      if (this.workload.outstanding(os) > 0)
        this.checks.break('leaks', `${this.workload.outstanding(os)} calls of ${name} never ended`);
    for (const what of await this.cluster.stop()) this.checks.break('leaks', `${what} after it was closed`);
    for (const { node, error } of this.cluster.complaints)
      this.checks.break('crash', `${node} complained of ${String(error)}`);
  }

  /** Lets time pass, and looks now and then. */
  private async pass(ms: number): Promise<void> {
    const end = after(this.world.now(), ms);
    while (this.world.now() < end && !this.isBroken) {
      const step = Math.min(LOOK_MS, end - this.world.now());
      await this.world.run(step);
      this.nodeMs += step * this.cluster.names().filter((name) => this.truth.isUp(name)).length;
      this.look();
    }
  }

  private look(): void {
    const now = this.world.now();
    this.views.look();
    if (this.discoveryMs === undefined && now <= DISCOVERY_MS && this.views.agree()) this.discoveryMs = now;
    if (now < this.tablesAt) return;
    this.tablesAt = now + TABLES_MS;
    this.checks.sweep();
    this.checkTables();
    this.hooks.onTime?.(now);
  }

  /** Every node runs its programs as soon as it is up. */
  private listen(): void {
    const { cluster, world } = this;
    if (this.hooks.onTrace !== undefined || this.hooks.hashes !== false)
      world.trace = (line) => {
        this.digest.add(line);
        this.hooks.onTrace?.(line);
      };
    cluster.onLife = (name, change) => {
      this.note(name, change);
      if (change === 'up') this.up(name);
      else this.off(name);
    };
    cluster.onEvent = (name, event) => {
      if (event.type === 'node' && cluster.roleOf(name) !== 'node')
        this.note(name, `${event.name} is ${event.state}: ${event.reason}`);
      const observer = this.observers().find((one) => one.name === name);
      if (observer !== undefined) this.views.told(observer, event);
    };
    cluster.onFault = (fault, phase) => {
      this.note('node' in fault ? (fault.node ?? '') : '', `${describe(fault)} ${phase}`);
      if (phase === 'begins') this.truth.befell(fault, world.now());
      else this.truth.eased(fault, world.now());
    };
  }

  private up(name: string): void {
    this.truth.booted(name, this.world.now());
    this.views.booted(name);
    const os = this.cluster.os(name);
    const { life } = this.cluster.machine(name);
    if (this.isCaller(name)) void this.workload.call(os, life, this.servers());
    if (this.cluster.roleOf(name) === 'node') void this.workload.change(os, life);
  }

  private off(name: string): void {
    this.truth.died(name, this.world.now());
    this.views.died(name);
  }

  /** Ends all faults that last, but raises no dead. */
  private mendAll(): void {
    const { cluster, world } = this;
    world.radio.heal();
    world.radio.set({ ...CLEAR_AIR, ...this.options.radio });
    for (const fault of this.faults) if ('from' in fault) world.radio.mend(fault.from, fault.to);
    for (const name of cluster.names()) {
      const machine = cluster.machine(name);
      world.radio.setStation(name, undefined);
      const sleeps = machine.state === 'asleep';
      machine.resume();
      if (sleeps) this.osOf(name)?.sleep(0);
      machine.mend();
      machine.isDeaf = false;
    }
    this.truth.mended(world.now());
    this.note('', 'everything is mended');
  }

  /** Every caller uses every instance, once its breaker admits it. */
  private async useAll(): Promise<void> {
    for (const { name, os } of this.callers())
      for (const server of this.servers()) {
        if (this.isBroken) return;
        if (this.truth.isUp(server) && !(await this.isUsable(name, os, server)))
          this.checks.break('usable', `${name} cannot read temp_sensor@${server}, which is alive and reachable`);
      }
  }

  private async isUsable(name: string, os: Os, server: string): Promise<boolean> {
    for (let tries = 0; tries < TRIES; tries++) {
      const sensor = os.list().find(({ service, node }) => service === 'temp_sensor' && node === server);
      // An open breaker is to admit a trial in due time; one that does not is what this looks for.
      if (sensor?.breaker === 'open') await this.pass(this.config.breakerOpenMaxMs);
      const reading = os.read<unknown>(`temp_sensor@${server}`).then(
        () => true,
        (error: unknown) => {
          this.note(name, `temp_sensor@${server}: ${String(error)}`);
          return false;
        },
      );
      if (await this.world.finish(reading, CALLS_END_MS)) return true;
    }
    return false;
  }

  private checkTables(): void {
    const foreign = new Set<unknown>([this.world, this.cluster, this.workload, this.checks]);
    const population = this.cluster.names().length;
    for (const name of this.cluster.names()) {
      const os = this.osOf(name);
      if (os === undefined) continue;
      foreign.add(this.cluster.machine(name));
      const config = this.cluster.roleOf(name) === 'node' ? this.boardConfig : this.config;
      for (const { path, size } of tablesOf(os, foreign)) {
        const bound = boundOf(path, config, population);
        if (size > bound) this.checks.break('tables', `${path} of ${name} has ${size} entries (bound ${bound})`);
      }
    }
  }

  private broken(violation: Violation): void {
    const { rule, detail } = violation;
    const { until } = this.hooks;
    this.note('', `BROKEN ${rule}: ${detail}`);
    if (until === 'any' || until === rule) this.isBroken = true;
  }

  private note(node: string, what: string): void {
    if (this.timeline.length < MAX_MOMENTS) this.timeline.push({ at: this.world.now(), node, what });
  }

  private osOf(name: string): Os | undefined {
    if (!this.truth.isUp(name) || this.cluster.resident(name) === undefined) return undefined;
    return this.cluster.os(name);
  }

  /** Readers and kernels call and keep a view of everything; where there are none, the boards do. */
  private isCaller(name: string): boolean {
    const { kernels, readers = 1 } = this.options;
    return this.cluster.roleOf(name) !== 'node' || kernels + readers === 0;
  }

  private callers(): Observer[] {
    return this.observers();
  }

  private observers(): Observer[] {
    return this.cluster.names().flatMap((name) => {
      const os = this.isCaller(name) ? this.osOf(name) : undefined;
      return os === undefined ? [] : [{ name, os, isKernel: this.cluster.roleOf(name) === 'kernel' }];
    });
  }

  private servers(): string[] {
    return this.cluster.names().filter((name) => this.cluster.roleOf(name) !== 'reader');
  }

  private stats(): Stats {
    const sent = this.cluster.names().map((name) => this.world.airtime(name));
    const sum = (pick: (one: (typeof sent)[number]) => number): number => sent.reduce((all, one) => all + pick(one), 0);
    return {
      suspectMs: this.views.suspectMs,
      deadMs: this.views.deadMs,
      falseDeaths: this.views.falseDeaths,
      nodeDays: this.nodeMs / DAY_MS,
      discoveryMs: this.discoveryMs,
      failoverMs: this.checks.failoverMs,
      calls: this.checks.calls,
      airtime: sum(({ airtimeMs }) => airtimeMs) / Math.max(1, this.world.now()),
      messages: sum(({ unicasts, broadcasts }) => unicasts + broadcasts),
      bytes: sum(({ bytes }) => bytes),
    };
  }
}

/** When the last of the faults that end has ended, or when the trial's time is over. */
function lastMoment(faults: readonly Fault[], forMs: number): Instant {
  const ends = faults.map((fault) => fault.at + ('forMs' in fault ? (fault.forMs ?? 0) : 0));
  return instant(Math.max(forMs, ...ends));
}
