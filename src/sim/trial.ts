/**
 * A trial: a cluster under a schedule of faults, drawn from the seed unless given, with programs that call each other
 * all the time, and the rules that must hold whatever happens (`checks.ts`, `views.ts`, `tables.ts`).
 *
 * It ends in four steps: what can be mended is mended, all views must become equal, every living instance must be
 * usable, and nothing may be left once the nodes are closed.
 *
 * @module
 */
import { after, type Instant } from '../base/time.ts';
import { configure } from '../core/config.ts';
import type { Os } from '../os/os.ts';
import { Attacker } from './attacker.ts';
import { Checks, type Violation } from './checks.ts';
import { Cluster } from './cluster.ts';
import { discoveryLookMs } from './discovery.ts';
import { describe, type Fault } from './faults.ts';
import type { TraceDigest } from './hash.ts';
import { promisingClock } from './promising.ts';
import { isOs } from './resident.ts';
import { TableWatch } from './table-watch.ts';
import { traffic } from './traffic.ts';
import { faultsOf, mendAll, momentsOf } from './trial-faults.ts';
import type { Moment, Stats, TrialHooks, TrialOptions, TrialResult } from './trial-model.ts';
import { Truth } from './truth.ts';
import { isUsable } from './usable.ts';
import { type Observer, SETTLE_MS, Views } from './views.ts';
import { Workload } from './workload.ts';
import { World } from './world.ts';

/** ms between looks at what should be: at first, and once nothing has begun or ended for `QUIET_MS`. */
const LOOK_MS = 250;
const QUIET_LOOK_MS = 5000;
const QUIET_MS = 60_000;
/** ms between rounds of housekeeping. */
const SWEEP_MS = 5000;
/** ms after the last call in which all calls have ended. */
const CALLS_END_MS = 4000;
const MAX_MOMENTS = 10_000;
/** ms after the beginning in which discovery is looked at. */
const DISCOVERY_MS = 30_000;
const DAY_MS = 86_400_000;

export async function runTrial(options: TrialOptions, hooks: TrialHooks = {}): Promise<TrialResult> {
  const trial = new Trial(options, hooks);
  return trial.run();
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
  private readonly tables: TableWatch;
  /** Those that call and keep a view of everything. */
  private readonly callers: readonly string[];
  private digest: TraceDigest | undefined;
  private readonly timeline: Moment[] = [];
  private readonly config = configure();
  private nodeMs = 0;
  private discoveryMs: number | undefined;
  private sweptAt = 0;
  /** The moments at which faults begin or end, from the next on. */
  private readonly moments: number[];
  private isBroken = false;

  constructor(options: TrialOptions, hooks: TrialHooks) {
    const { seed, nodes, kernels, readers = 1, radio, callEveryMs = 250, calm = false } = options;
    const clock = (): Instant => this.world.now();
    this.options = options;
    this.hooks = hooks;
    this.faults = faultsOf(options);
    this.moments = [...momentsOf(this.faults)];
    this.world = new World(seed, { radio, sealed: options.open !== true });
    this.checks = new Checks(clock, (violation) => this.broken(violation));
    this.truth = new Truth(clock());
    this.workload = new Workload({ seed, everyMs: callEveryMs, calm }, this.checks, clock);
    this.cluster = new Cluster(this.world, {
      nodes,
      kernels,
      readers,
      services: (name, machine, role) =>
        role === 'reader' ? [] : this.workload.services(name, promisingClock(machine)),
    });
    this.tables = new TableWatch(this.cluster, this.checks, [this.workload]);
    this.callers = this.cluster.names().filter((name) => this.isCaller(name));
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
      traceHash: this.digest?.hex(),
    };
  }

  private async play(): Promise<void> {
    const { forMs } = this.options;
    await this.cluster.start();
    this.cluster.schedule(this.faults);
    if (this.options.attacked === true) new Attacker(this.world, this.cluster.names()).start(forMs + SETTLE_MS);
    await this.pass(Math.max(forMs, ...this.moments) - this.world.now());
    mendAll(this.cluster, this.faults, this.options.radio);
    this.truth.mended(this.world.now());
    this.note('', 'everything is mended');
    this.workload.settle();
    await this.pass(SETTLE_MS);
    if (this.isBroken) return;
    this.workload.end();
    this.views.compare();
    await this.pass(CALLS_END_MS);
    await this.useAll();
    this.tables.check();
    if (this.isBroken) return;
    for (const { name, os } of this.observers())
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
      const step = Math.min(this.nextLookMs(), end - this.world.now());
      await this.world.run(step);
      this.nodeMs += step * this.truth.running();
      this.look();
    }
  }

  /** Not beyond the next beginning or end of a fault, so that what follows from it is looked at often. */
  private nextLookMs(): number {
    const now = this.world.now();
    while (this.moments[0] !== undefined && this.moments[0] <= now) this.moments.shift();
    if (this.discoveryMs === undefined && now < DISCOVERY_MS) return discoveryLookMs(now);
    if (now < QUIET_MS || this.truth.quietMs(now) < QUIET_MS) return LOOK_MS;
    return Math.min(QUIET_LOOK_MS, Math.max(LOOK_MS, (this.moments[0] ?? now + QUIET_LOOK_MS) - now));
  }

  private look(): void {
    const now = this.world.now();
    this.views.look();
    if (this.discoveryMs === undefined && now < DISCOVERY_MS && this.views.agree()) this.discoveryMs = now;
    if (now >= this.sweptAt) {
      this.sweptAt = now + SWEEP_MS;
      this.checks.sweep();
      this.hooks.onTime?.(now);
    }
    this.tables.look(now);
  }

  /** Every node runs its programs as soon as it is up. */
  private listen(): void {
    const { cluster, world } = this;
    world.trace.onLine = this.hooks.onTrace;
    if (this.hooks.hashes !== false) this.digest = world.trace.digests();
    cluster.onLife = (name, change) => {
      this.note(name, change);
      if (change === 'up') this.up(name);
      else this.off(name);
    };
    cluster.onEvent = (name, event) => {
      if (event.type === 'node' && cluster.roleOf(name) !== 'node')
        this.note(name, `${event.name} is ${event.state}: ${event.reason}`);
      const observer = this.isCaller(name) ? this.observer(name) : undefined;
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
    const machine = this.cluster.machine(name);
    const { life } = machine;
    if (this.isCaller(name)) void this.workload.call(this.cluster.os(name), life, this.servers());
    const board = this.cluster.roleOf(name) === 'node' ? this.osOf(name) : undefined;
    if (board !== undefined) void this.workload.change(board, promisingClock(machine), life);
  }

  private off(name: string): void {
    this.truth.died(name, this.world.now());
    this.views.died(name);
  }

  /** Every caller uses every instance. */
  private async useAll(): Promise<void> {
    for (const { name, os } of this.observers())
      for (const server of this.servers()) {
        if (this.isBroken) return;
        if (
          this.truth.isUp(server) &&
          !(await isUsable(os, server, {
            finish: (promise) => this.world.finish(promise, CALLS_END_MS),
            pass: () => this.pass(this.config.breakerOpenMaxMs),
            failed: (error) => this.note(name, `temp_sensor@${server}: ${String(error)}`),
          }))
        )
          this.checks.break('usable', `${name} cannot read temp_sensor@${server}, which is alive and reachable`);
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
    const resident = this.truth.isUp(name) ? this.cluster.resident(name) : undefined;
    return isOs(resident) ? resident : undefined;
  }

  /** Readers and kernels call and keep a view of everything; where there are none, the boards do. */
  private isCaller(name: string): boolean {
    const { kernels, readers = 1 } = this.options;
    return this.cluster.roleOf(name) !== 'node' || kernels + readers === 0;
  }

  private observers(): Observer[] {
    return this.callers.flatMap((name) => this.observer(name) ?? []);
  }

  private observer(name: string): Observer | undefined {
    const os = this.osOf(name);
    return os === undefined ? undefined : { name, os, isKernel: this.cluster.roleOf(name) === 'kernel' };
  }

  private servers(): string[] {
    return this.cluster.names().filter((name) => this.cluster.roleOf(name) !== 'reader');
  }

  private stats(): Stats {
    return {
      suspectMs: this.views.suspectMs,
      deadMs: this.views.deadMs,
      falseDeaths: this.views.falseDeaths,
      nodeDays: this.nodeMs / DAY_MS,
      discoveryMs: this.discoveryMs,
      failoverMs: this.checks.failoverMs,
      calls: this.checks.calls,
      ...traffic(this.cluster),
    };
  }
}
