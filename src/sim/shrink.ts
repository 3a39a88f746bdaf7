/**
 * Makes a failing trial small: the fewest nodes, the fewest faults, the plainest air and the shortest time that still
 * break the same rule. Every step is a run of a seed, so what comes out is as repeatable as what went in.
 *
 * Faults are left out by delta debugging (Zeller and Hildebrandt, IEEE TSE 28, 2002).
 *
 * @module
 */
import type { Rule, Violation } from './checks.ts';
import type { Fault } from './faults.ts';
import { runTrial } from './trial.ts';
import { namesOf, type TrialOptions, type TrialResult } from './trial-model.ts';

/** A trial whose faults are written out. */
export type FixedTrial = Omit<TrialOptions, 'faults'> & { readonly faults: readonly Fault[] };

export interface Shrunk {
  readonly trial: FixedTrial;
  readonly violation: Violation;
  /** Trials run on the way. */
  readonly runs: number;
}

export interface ShrinkOptions {
  /** Trials to run at most. @default 300 */
  readonly maxRuns?: number;
  /** Told of each smaller trial that still fails. */
  readonly onStep?: (trial: FixedTrial, runs: number) => void;
  /** How a trial is run. @default runTrial, until the first break */
  readonly run?: (trial: TrialOptions) => Promise<TrialResult>;
}

const MAX_RUNS = 300;
const SECOND = 1000;
/** ms between the calls of a busy node. */
const BUSY_MS = 40;
/** What is added to the seed where chance is tried again. */
const OTHER_SEEDS = [1_000_000, 2_000_000, 3_000_000, 4_000_000];
/** ms: no trial is shorter. */
const SHORTEST_MS = 2000;

/** @throws Error when `trial` does not break `rule`. */
export async function shrink(trial: FixedTrial, rule: Rule, options: ShrinkOptions = {}): Promise<Shrunk> {
  const shrinking = new Shrinking(rule, options);
  const violation = await shrinking.attempt(trial);
  if (violation === undefined) throw new Error(`Seed ${trial.seed} does not break the rule \`${rule}\`.`);
  let smaller = true;
  while (smaller) {
    const before = JSON.stringify(shrinking.best);
    await shrinking.leaveAlone();
    await shrinking.dropNodes();
    await shrinking.dropFaults();
    await shrinking.clearAir();
    await shrinking.shorten();
    smaller = JSON.stringify(shrinking.best) !== before && !shrinking.isSpent;
  }
  return shrinking.outcome();
}

class Shrinking {
  private readonly rule: Rule;
  private readonly options: ShrinkOptions;
  private runs = 0;
  private found: { readonly trial: FixedTrial; readonly violation: Violation } | undefined;

  constructor(rule: Rule, options: ShrinkOptions) {
    this.rule = rule;
    this.options = options;
  }

  get best(): FixedTrial {
    if (this.found === undefined) throw new Error('nothing fails');
    return this.found.trial;
  }

  get isSpent(): boolean {
    return this.runs >= (this.options.maxRuns ?? MAX_RUNS);
  }

  outcome(): Shrunk {
    if (this.found === undefined) throw new Error('nothing fails');
    return { ...this.found, runs: this.runs };
  }

  /** Runs a trial; when it breaks the rule, it is the best so far. */
  async attempt(trial: FixedTrial): Promise<Violation | undefined> {
    if (this.isSpent) return undefined;
    this.runs += 1;
    const run = this.options.run ?? ((one) => runTrial(one, { until: this.rule }));
    const { violations } = await run(trial);
    const violation = violations.find(({ rule }) => rule === this.rule);
    if (violation === undefined) return undefined;
    this.found = { trial, violation };
    this.options.onStep?.(trial, this.runs);
    return violation;
  }

  /** Ends the trial where it broke, or in half the time; what would happen later is left out. */
  async shorten(): Promise<void> {
    const brokeAt = Math.ceil((this.found?.violation.at ?? 0) / SECOND) * SECOND;
    const lengths = [brokeAt, this.best.forMs / 2, this.best.forMs * 0.75].map((ms) => Math.ceil(ms / SECOND) * SECOND);
    for (const forMs of lengths) {
      if (forMs >= this.best.forMs || forMs < SHORTEST_MS) continue;
      const faults = this.best.faults.filter(({ at }) => at < forMs);
      if ((await this.attempt({ ...this.best, forMs, faults })) !== undefined) break;
    }
  }

  /** Leaves out as many faults as it can: halves first, then quarters, down to single ones. */
  async dropFaults(): Promise<void> {
    let pieces = 1;
    while (this.best.faults.length > 0 && !this.isSpent) {
      const { faults } = this.best;
      const size = Math.ceil(faults.length / pieces);
      let dropped = false;
      for (let start = 0; start < faults.length && !dropped; start += size) {
        const left = [...faults.slice(0, start), ...faults.slice(start + size)];
        dropped = (await this.attempt({ ...this.best, faults: left })) !== undefined;
      }
      if (dropped) pieces = Math.max(1, Math.min(pieces - 1, this.best.faults.length));
      else if (size <= 1) return;
      else pieces = Math.min(2 * pieces, faults.length);
    }
  }

  /** Takes away who attacks it, and the seal. */
  async leaveAlone(): Promise<void> {
    const { attacked = false, open = false } = this.best;
    if (attacked) await this.attempt({ ...this.best, attacked: false });
    if (open || this.best.attacked === true) return;
    const bare = { ...this.best, open: true };
    if ((await this.attempt(bare)) === undefined) await this.attempt({ ...bare, callEveryMs: BUSY_MS });
  }

  /** Tries small clusters first. Faults of nodes that are no more are left out, or befall another. */
  async dropNodes(): Promise<void> {
    for (let nodes = 1; nodes < this.best.nodes; nodes++) {
      const { kernels } = this.best;
      const smaller = [fewer(this.best, nodes, kernels, false), fewer(this.best, nodes, kernels, true)];
      for (const trial of withChance(smaller)) if ((await this.attempt(trial)) !== undefined) break;
    }
    for (let kernels = 0; kernels < this.best.kernels; kernels++)
      for (const trial of withChance([fewer(this.best, this.best.nodes, kernels, true)]))
        if ((await this.attempt(trial)) !== undefined) break;
  }

  /** Takes away one property of the air after the other. */
  async clearAir(): Promise<void> {
    for (const name of Object.keys(this.best.radio)) {
      const radio = Object.fromEntries(Object.entries(this.best.radio).filter(([other]) => other !== name));
      await this.attempt({ ...this.best, radio });
    }
  }
}

/**
 * With fewer nodes there are fewer calls, and what breaks by chance breaks more seldom: so they may call more often, and
 * chance may be tried again under some other seeds.
 */
function withChance(trials: readonly FixedTrial[]): FixedTrial[] {
  const busier = trials.map((trial) => ({ ...trial, callEveryMs: BUSY_MS }));
  const others = busier.flatMap((trial) => OTHER_SEEDS.map((step) => ({ ...trial, seed: trial.seed + step })));
  return [...trials, ...busier, ...others];
}

/** The trial with fewer nodes. What befell those that are no more befalls others of their kind, or nobody. */
function fewer(trial: FixedTrial, nodes: number, kernels: number, isKept: boolean): FixedTrial {
  const before = namesOf(trial);
  const names = namesOf({ ...trial, nodes, kernels });
  const place = (name: string): string | undefined =>
    names.includes(name) || !isKept ? name : names[before.indexOf(name) % names.length];
  const faults = trial.faults.map((fault) => renamed(fault, place)).filter((fault) => concerns(fault, names));
  return { ...trial, nodes, kernels, faults };
}

/** The fault, befalling others. */
function renamed(fault: Fault, place: (name: string) => string | undefined): Fault {
  const other = (name: string): string => place(name) ?? name;
  if (fault.kind === 'partition')
    return { ...fault, groups: fault.groups.map((group) => [...new Set(group.map(other))]) };
  if ('from' in fault) return { ...fault, from: other(fault.from), to: other(fault.to) };
  return fault.node === undefined ? fault : { ...fault, node: other(fault.node) };
}

/** Whether it names only nodes that are there. */
function concerns(fault: Fault, names: readonly string[]): boolean {
  if (fault.kind === 'partition') return fault.groups.some((group) => group.some((name) => names.includes(name)));
  if ('from' in fault) return names.includes(fault.from) && names.includes(fault.to) && fault.from !== fault.to;
  return !('node' in fault) || fault.node === undefined || names.includes(fault.node);
}
