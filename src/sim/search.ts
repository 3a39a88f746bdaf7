/**
 * Looks for trouble: trial after trial, each a world of its own drawn from the next seed, until one breaks a rule.
 *
 * @module
 */
import { Random } from '../base/random.ts';
import { DEFAULTS } from '../core/config.ts';
import type { Violation } from './checks.ts';
import { seedOf } from './hash.ts';
import { WIFI } from './radio.ts';
import { type FixedTrial, type Shrunk, shrink } from './shrink.ts';
import { runTrial } from './trial.ts';
import type { TrialOptions, TrialResult } from './trial-model.ts';

export interface SearchOptions {
  /** The first seed; the next are the numbers after it. */
  readonly from: number;
  /** Seeds to try at most. */
  readonly count: number;
  /** What is not to be drawn. @default all is drawn from the seed */
  readonly shape?: Partial<TrialOptions>;
  /** Make the trial that breaks small. @default true */
  readonly shrinks?: boolean;
  /** Told of each trial that was run. */
  readonly onTrial?: (trial: TrialOptions, result: TrialResult) => void;
  /** Told of each smaller trial that still breaks. */
  readonly onStep?: (trial: FixedTrial, runs: number) => void;
}

/** A trial that breaks a rule. */
export interface Find {
  readonly trial: FixedTrial;
  readonly violation: Violation;
  /** Seeds tried, this one among them. */
  readonly tried: number;
  /** The smallest trial that breaks the same rule; undefined when none was asked for. */
  readonly smallest: Shrunk | undefined;
}

/** Small worlds break as well as large ones, and are easier to read. */
const MOST_NODES = 6;

/** No datagram is under way for longer than `flightMs`, with what reordering adds: that is what "at most once" rests on. */
const AIR = { ...WIFI, latencyMaxMs: DEFAULTS.flightMs - 100 };

/** The trial that a seed stands for, but for what `shape` says. */
export function trialOf(seed: number, shape: Partial<TrialOptions> = {}): TrialOptions {
  const random = new Random(seedOf(`${seed}/shape`));
  const nodes = shape.nodes ?? 2 + random.below(MOST_NODES - 1);
  const kernels = shape.kernels ?? Math.min(random.below(3), nodes - 1);
  const radio = { ...(random.below(2) === 0 ? AIR : {}), loss: random.below(5) / 20 };
  const forMs = 15_000 + 1000 * random.below(16);
  const callEveryMs = 50 * (1 + random.below(5));
  // Most are as they are by default: sealed, and let alone. Nobody is drawn to be without a key under attack.
  const drawn = [{ attacked: true }, { attacked: true }, { open: true }][random.below(8)] ?? {};
  const manner = shape.attacked === true || shape.open === true ? {} : drawn;
  return { seed, nodes, kernels, forMs, radio, faults: 'drawn', callEveryMs, ...manner, ...shape };
}

/** The first trial that breaks a rule; undefined when none does. */
export async function search(options: SearchOptions): Promise<Find | undefined> {
  const { from, count, shape, shrinks = true, onStep } = options;
  for (let tried = 1; tried <= count; tried++) {
    const drawn = trialOf(from + tried - 1, shape);
    const result = await runTrial(drawn, { until: 'any' });
    options.onTrial?.(drawn, result);
    const [violation] = result.violations;
    if (violation === undefined) continue;
    const trial: FixedTrial = { ...drawn, faults: result.faults };
    const smallest = shrinks ? await shrink(trial, violation.rule, onStep === undefined ? {} : { onStep }) : undefined;
    return { trial, violation, tried, smallest };
  }
  return undefined;
}
