/**
 * `tdos sim --search`: seed after seed, until one breaks a rule.
 *
 * @module
 */
import { commandOf } from '../sim/command.ts';
import { search } from '../sim/search.ts';
import { EXIT } from './faults.ts';
import { print, printJson } from './print.ts';
import { drawSeed, type SimOptions, shapeOf } from './sim-options.ts';
import { Progress } from './sim-progress.ts';
import { shrinkingText, tellBroken, tellSmallest } from './sim-verdict.ts';

/** Ends with 1 when one does. */
export async function runSearch(options: SimOptions, count: number): Promise<void> {
  const { json = false, seed: from = drawSeed() } = options;
  const progress = new Progress();
  if (!json) print(`Seeds ${from} to ${from + count - 1}, until one breaks a rule.`);
  let tried = 0;
  const find = await search({
    ...{ from, count, shape: shapeOf(options) },
    onTrial: ({ seed }, { violations }) =>
      progress.show(`${++tried} of ${count}  seed ${seed}${violations.length > 0 ? ' breaks' : ''}`),
    onStep: (trial, runs) => progress.show(shrinkingText(trial, runs)),
  });
  progress.end();
  if (find === undefined) {
    if (json) printJson({ from, tried: count, violation: null, command: null });
    else print(`No rule broke under ${count} seeds.`);
    return;
  }
  process.exitCode = EXIT.failed;
  const { trial, violation, smallest } = find;
  if (json) {
    const command = commandOf(smallest?.trial ?? trial);
    printJson({ from, tried: find.tried, seed: trial.seed, violation, command });
  } else {
    tellBroken(trial, [violation]);
  }
  tellSmallest(options, smallest);
}
