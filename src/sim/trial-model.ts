/**
 * A trial as plain data: all that it depends on, and all that it finds.
 *
 * @module
 */
import type { CallStats, Rule, Violation } from './checks.ts';
import type { Fault } from './faults.ts';
import type { RadioOptions } from './radio.ts';

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
  /**
   * All is as in a house: callers wait for as long as calls take, and boards seldom change what they offer. @default false:
   * to find faults, a quarter of the calls get less time than they may take, and services come and go every few seconds
   */
  readonly calm?: boolean;
  /** Nobody has a key. @default false */
  readonly open?: boolean;
  /** Somebody without the key hears everything and sends what he likes (`attacker.ts`). @default false */
  readonly attacked?: boolean;
}

export interface TrialHooks {
  /** Stops at the first break of that rule, or of any. @default never */
  readonly until?: Rule | 'any';
  /** Told of virtual time as it passes, some seconds of it at a time. */
  readonly onTime?: (ms: number) => void;
  /** Told of the schedule before it begins. */
  readonly onFaults?: (faults: readonly Fault[]) => void;
  /** Gets every line of the trace. */
  readonly onTrace?: (line: string) => void;
  /** False spares the digest of the trace. @default true */
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
  /** Two runs with the same are the same; undefined where nothing was hashed. */
  readonly traceHash: string | undefined;
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
