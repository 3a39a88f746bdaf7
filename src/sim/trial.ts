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
import { type CallStats, Checks, type Rule, type Violation } from './checks.ts';
import { Cluster } from './cluster.ts';
import { apply, describe, drawFaults, type Fault } from './faults.ts';
import { seedOf } from './hash.ts';
import type { RadioOptions } from './radio.ts';
import { boundOf, tablesOf } from './tables.ts';
import { Truth } from './truth.ts';
import { SETTLE_MS, Views } from './views.ts';
import { Workload } from './workload.ts';
import { World } from './world.ts';

/** All that a trial depends on: plain JSON. */
export interface TrialOptions {
  readonly seed: number;
  /** Of all kinds. */
  readonly nodes: number;
  /** How many of them are kernels. */
  readonly kernels: number;
  /** ms in which faults come and calls are made. */
  readonly forMs: number;
  readonly radio: Partial<RadioOptions>;
  readonly faults: readonly Fault[] | 'drawn' | 'none';
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
}

/** What happened, for a picture. */
export interface Moment {
  readonly at: number;
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
  /** Two runs with the same are the same. */
  readonly traceHash: string;
}
