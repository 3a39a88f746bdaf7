import { Command } from 'commander';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commandOf } from '../sim/command.ts';
import { CLEAR_AIR, WIFI } from '../sim/radio.ts';
import { trialOf as drawnTrial } from '../sim/search.ts';
import type { FixedTrial } from '../sim/shrink.ts';
import { define } from './commands/sim.ts';
import { type SimOptions, trialOf } from './sim-options.ts';

/** What `tdos sim` would run. */
function parsed(command: string): unknown {
  // As a shell takes it apart: words, and what stands between quotes as one.
  const words = command.match(/'[^']*'|\S+/g)?.map((word) => word.replaceAll("'", '')) ?? [];
  const sim = new Command();
  define(sim);
  sim.action(() => undefined).exitOverride();
  sim.parse(words.slice(2), { from: 'user' });
  return trialOf(sim.opts<SimOptions>());
}

test('The command of a trial stands for exactly that trial, whatever its air and its faults', () => {
  const faults = [[], [{ at: 5000, kind: 'kill', node: 'n1', forMs: 20_000 }]] as const;
  const airs = [{}, { loss: 0 }, WIFI, { ...WIFI, loss: 0.1 }, CLEAR_AIR, { ...WIFI, latencyMaxMs: 900 }];
  const trial = fc
    .record({
      seed: fc.integer({ min: 1, max: 999_999_999 }),
      radio: fc.constantFrom(undefined, ...airs),
      faults: fc.constantFrom(...faults),
      calm: fc.boolean(),
    })
    .map(({ seed, radio, faults, calm }): FixedTrial => {
      const drawn = drawnTrial(seed);
      return { open: false, attacked: false, readers: 1, ...drawn, radio: radio ?? drawn.radio, faults, calm };
    });
  fc.assert(
    fc.property(trial, (one) => {
      expect(parsed(commandOf(one))).toEqual({ ...one, faults: one.faults.length === 0 ? 'none' : one.faults });
    }),
  );
});
