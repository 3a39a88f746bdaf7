/**
 * `tdos sim` without another word: one trial with TDOS, the same with the rules of the original, and a table.
 *
 * @module
 */

import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { hostError } from '../hosts/node/faults.ts';
import { commandOf } from '../sim/command.ts';
import { describe, type Fault } from '../sim/faults.ts';
import { LEGEND, moment, type ReportRow, reportJson, reportRows } from '../sim/report.ts';
import { timelineHtml } from '../sim/timeline-html.ts';
import { runTrial } from '../sim/trial.ts';
import type { Stats, TrialHooks, TrialOptions, TrialResult } from '../sim/trial-model.ts';
import { colours } from './colours.ts';
import { formatDuration } from './duration.ts';
import { counted, print, printJson } from './print.ts';
import { callersOf, type SimOptions, trialOf } from './sim-options.ts';
import { Original } from './sim-original.ts';
import { Progress } from './sim-progress.ts';
import { makeSmall, tellBroken, tellSmallest, writeTo } from './sim-verdict.ts';
import { tableText } from './table.ts';

/** Faults that are printed; all are in `--json` and in the picture. */
const MAX_FAULTS = 20;
/** ms of real time: what takes longer is not run again and again to make it small. */
const SHRINK_BELOW_MS = 60_000;

/** Ends with 1 when a rule broke. */
export async function runOnce(options: SimOptions): Promise<void> {
  const trial = trialOf(options);
  const original = options.original === false ? undefined : new Original(trial);
  try {
    await runBeside(options, trial, original);
  } finally {
    await original?.end();
  }
}

async function runBeside(options: SimOptions, trial: TrialOptions, thread: Original | undefined): Promise<void> {
  const progress = new Progress();
  const { json = false } = options;
  if (!json) print(headline(trial));
  const begun = performance.now();
  const result = await traced(options.trace, (hooks) =>
    runTrial(trial, {
      ...hooks,
      onFaults: (faults) => {
        if (!json) printFaults(faults);
      },
      onTime: (ms) => progress.time(ms, trial.forMs),
    }),
  );
  const isShort = performance.now() - begun < SHRINK_BELOW_MS;
  progress.end();
  const original = await ended(thread, trial.forMs);
  if (options.html !== undefined) writeTo(options.html, timelineHtml(trial, result, original));
  if (!json) {
    printTable(reportRows(result.stats, original), original !== undefined);
    print(colours.dim(`seed ${trial.seed}, trace ${result.traceHash}`));
    tellBroken(trial, result.violations);
  }
  const smallest = await makeSmall(trial, result, isShort, progress);
  if (json) {
    const command = smallest === undefined ? null : commandOf(smallest.trial);
    printJson({ ...reportJson(trial, result, original), command });
  }
  tellSmallest(options, smallest);
}

/** What came of the rules of the original, waited for. */
async function ended(thread: Original | undefined, forMs: number): Promise<Stats | undefined> {
  if (thread === undefined) return undefined;
  const progress = new Progress();
  thread.onTime = (ms) => progress.time(ms, forMs, 'the original’s rules: ');
  const stats = await thread.stats;
  progress.end();
  return stats;
}

/** Runs a trial, its trace written to a file if one is given. */
async function traced(
  path: string | undefined,
  run: (hooks: Pick<TrialHooks, 'onTrace'>) => Promise<TrialResult>,
): Promise<TrialResult> {
  if (path === undefined) return run({});
  const file = createWriteStream(path);
  const written = finished(file);
  // Told when it is awaited below.
  written.catch(() => {});
  const result = await run({ onTrace: (line) => void file.write(`${line}\n`) });
  file.end();
  try {
    await written;
  } catch (error) {
    throw hostError(`The trace cannot be written to ${path}`, error);
  }
  return result;
}

function headline(trial: TrialOptions): string {
  const { seed, nodes, kernels, readers = 1, forMs, radio, callEveryMs = 0 } = trial;
  const { loss = 0, burst } = radio;
  const who = `${counted(nodes, 'board')}, ${counted(kernels, 'kernel')}, ${counted(readers, 'reader')}`;
  const callers = callersOf(trial);
  return [
    `Seed ${seed}: ${who} for ${formatDuration(forMs)}, ${Math.round(1000 * loss) / 10} % loss`,
    ...(burst === undefined
      ? []
      : [
          `Bursts: ${100 * burst.loss} % loss for ${formatDuration(burst.forMs)} every ${formatDuration(burst.everyMs)}`,
        ]),
    `Calls: ${counted(callers, 'caller')}, every ${formatDuration(callEveryMs)} on average (--calls)`,
  ].join('\n');
}

function printFaults(faults: readonly Fault[]): void {
  for (const fault of faults.slice(0, MAX_FAULTS))
    print(colours.dim(clipped(`${moment(fault.at).padStart(10)}  ${describe(fault)}`)));
  if (faults.length > MAX_FAULTS) print(colours.dim(`${' '.repeat(12)}and ${faults.length - MAX_FAULTS} more`));
}

/** One line of the terminal. */
function clipped(line: string): string {
  const { isTTY, columns } = process.stdout;
  return isTTY && line.length > columns ? `${line.slice(0, columns - 1)}…` : line;
}

function printTable(rows: readonly ReportRow[], hasOriginal: boolean): void {
  print('');
  print(
    tableText(
      hasOriginal ? ['', 'TDOS', 'THE ORIGINAL’S RULES'] : [],
      rows.map(([what, ...values]) => [what, ...values.slice(0, hasOriginal ? 2 : 1)]),
    ),
  );
  print(colours.dim(LEGEND));
}
