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
/** Columns from which on a row fits a line. */
const WIDE = 150;
const HEADS = ['WHAT', 'TARGET', 'TDOS', 'THE ORIGINAL’S RULES'] as const;

/** Ends with 1 when TDOS misses one. */
export async function showTargets(options: SimOptions): Promise<void> {
  const { seed = DEFAULT_SEED, small = false, json = false, original = true } = options;
  const progress = new Progress();
  const found: object[] = [];
  let missed = 0;
  if (!json) print(colours.dim(row(...HEADS)));
  for (const { what, target, measure } of targets(seed, small ? SMALL : FULL)) {
    progress.show(`measuring: ${what}`);
    const tdos = await measure('tdos');
    const theirs = original ? await measure('original') : undefined;
    progress.end();
    if (tdos.reached === false) missed += 1;
    found.push({ what, target, tdos: jsonOf(tdos), original: theirs === undefined ? null : jsonOf(theirs) });
    if (!json) print(row(what, target, marked(tdos), theirs === undefined ? '' : marked(theirs)));
  }
  if (json) printJson({ seed, size: small ? 'small' : 'full', targets: found });
  else print(missed === 0 ? 'TDOS reaches all of them.' : colours.red(`TDOS misses ${missed} of them.`));
  if (missed > 0) process.exitCode = EXIT.failed;
}

const marked = ({ text, reached }: Measured): string => `${reached === undefined ? ' ' : reached ? '✓' : '✗'} ${text}`;

const jsonOf = ({ text, reached }: Measured): object => ({ measured: text, reached: reached ?? null });

/** A line, or two on a narrow terminal. */
function row(what: string, target: string, tdos: string, original: string): string {
  const [whatWidth, targetWidth, tdosWidth] = WIDTHS;
  const values = `${tdos.padEnd(tdosWidth)}  ${original}`.trimEnd();
  if ((process.stdout.columns ?? WIDE) < WIDE) return `${what}: ${target}\n    ${values}`;
  return `${what.padEnd(whatWidth)}  ${target.padEnd(targetWidth)}  ${values}`;
}
