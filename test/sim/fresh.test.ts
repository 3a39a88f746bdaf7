/** Worlds that nobody has seen before: each run tries other seeds, and prints them. */
import { expect, test } from 'vitest';
import { commandOf } from '../../src/sim/command.ts';
import { search } from '../../src/sim/search.ts';

const SEEDS = 200;
/** Ten seconds of two idle cores; others may be at work. */
const LONGEST_MS = 300_000;

test(
  `No rule is broken in ${SEEDS} worlds of fresh seeds`,
  async () => {
    // A number of its own each second; TDOS_SEED plays those of another run again.
    const from = Number(process.env.TDOS_SEED ?? Math.floor(Date.now() / 1000) % 1_000_000_000) || 1;
    console.log(`seeds ${from} to ${from + SEEDS - 1} (TDOS_SEED=${from} plays them again)`);
    const found = await search({ from, count: SEEDS });
    if (found === undefined) return;
    const { trial, violation, smallest } = found;
    expect.fail(
      [
        `seed ${trial.seed} breaks \`${violation.rule}\`: ${violation.detail}`,
        commandOf(trial),
        `the smallest: ${smallest === undefined ? 'not found' : commandOf(smallest.trial)}`,
      ].join('\n'),
    );
  },
  LONGEST_MS,
);
