/**
 * `tdos sim --targets`: a table of what TDOS promises and what was measured, row by row as it is found.
 *
 * @module
 */
import { FULL, type Measured, SMALL, targets } from '../sim/targets.ts';
import { colours } from './colours.ts';
import { EXIT } from './faults.ts';
import { print, printJson } from './print.ts';
import type { SimOptions } from './sim-options.ts';
import { Progress } from './sim-progress.ts';

const DEFAULT_SEED = 1;
const WIDTHS = [62, 18, 34] as const;

/** Ends with 1 when TDOS misses one. */
export async function showTargets(options: SimOptions): Promise<void> {
  const { seed = DEFAULT_SEED, small = false, json = false, original = true } = options;
  const progress = new Progress();
  const found: object[] = [];
  let missed = 0;
  if (!json) print(colours.dim(line('WHAT', 'TARGET', 'TDOS', 'THE ORIGINAL’S RULES')));
  for (const { what, target, measure } of targets(seed, small ? SMALL : FULL)) {
    progress.show(`measuring: ${what}`);
    const tdos = await measure('tdos');
    const theirs = original ? await measure('original') : undefined;
    progress.end();
    if (tdos.reached === false) missed += 1;
    found.push({ what, target, tdos: jsonOf(tdos), original: theirs === undefined ? null : jsonOf(theirs) });
    if (!json) print(line(what, target, marked(tdos), theirs === undefined ? '' : marked(theirs)));
  }
  if (json) printJson({ seed, size: small ? 'small' : 'full', targets: found });
  else print(missed === 0 ? 'TDOS reaches all of them.' : colours.red(`TDOS misses ${missed} of them.`));
  if (missed > 0) process.exitCode = EXIT.failed;
}

const marked = ({ text, reached }: Measured): string => `${reached === undefined ? ' ' : reached ? '✓' : '✗'} ${text}`;

const jsonOf = ({ text, reached }: Measured): object => ({ measured: text, reached: reached ?? null });

const line = (...cells: readonly string[]): string =>
  cells
    .map((cell, column) => cell.padEnd(WIDTHS[column] ?? 0))
    .join('  ')
    .trimEnd();
