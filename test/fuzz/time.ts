// How long a property is tried: a fixed number of runs, or with FUZZ_SECONDS=60 for so long each.

import type { Parameters } from 'fast-check';

const seconds = Number(process.env.FUZZ_SECONDS ?? 0);

export const runs = (numRuns: number): Parameters<unknown> =>
  seconds > 0
    ? { numRuns: 1_000_000_000, interruptAfterTimeLimit: seconds * 1_000, markInterruptAsFailure: false }
    : { numRuns };

/** ms that a test of one property may take. */
export const PATIENCE_MS = 30_000 + seconds * 1_000;
