/**
 * `tdos sim`: a whole cluster in this process, on a virtual clock and a simulated radio, from one seed.
 *
 * @module
 */
import { createWriteStream, writeFileSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Command } from 'commander';
import { hostError } from '../../hosts/node/faults.ts';
import { runOriginal } from '../../sim/compare.ts';
import { describe } from '../../sim/faults.ts';
import { type ReportRow, reportJson, reportRows, time } from '../../sim/report.ts';
import { printTrial } from '../../sim/scene-trial.ts';
import { search } from '../../sim/search.ts';
import { type FixedTrial, type Shrunk, shrink } from '../../sim/shrink.ts';
import { timelineHtml } from '../../sim/timeline-html.ts';
import { runTrial, type TrialOptions, type TrialResult } from '../../sim/trial.ts';
import { colours } from '../colours.ts';
import { formatDuration } from '../duration.ts';
import { EXIT } from '../faults.ts';
import { durationOf } from '../options.ts';
import { print, printJson } from '../print.ts';
import { runLive } from '../sim-live.ts';
import {
  airOf,
  burstOf,
  commandOf,
  countOf,
  drawSeed,
  faultsOf,
  radioJsonOf,
  type SimOptions,
  shapeOf,
  shareOf,
  trialOf,
} from '../sim-options.ts';
import { Progress } from '../sim-progress.ts';
import { showTargets } from '../sim-targets.ts';
import { tableText } from '../table.ts';

const EXAMPLES = `
The same seed gives the same run, to the byte. It ends with 1 when a rule broke that must always hold, and prints the
command that shows it again.

Examples:
  tdos sim --nodes 30 --for 1h --loss 10%
  tdos sim --nodes 5 --seed 42 --html timeline.html
  tdos sim --nodes 5 --faults '[{"at":5000,"kind":"kill","node":"n1","forMs":20000}]'
  tdos sim --burst 30s,2s,80%         (every 30 s, for 2 s, 80 % is lost)
  tdos sim --search 200               (tries seeds until one breaks a rule, and makes that small)
  tdos sim --targets --small          (what TDOS promises, measured, beside the rules of the original programs)
  tdos sim --live --nodes 20          (at the speed of the clock on the wall; q ends it)`;

export function define(command: Command): void {
  command
    .description('Simulates a cluster: to size it and to try it before there is hardware.')
    .option('--nodes <count>', 'boards, with a service each (default: 10)', countOf(1))
    .option('--kernels <count>', 'kernels (default: 1)', countOf(0, 16))
    .option('--readers <count>', 'PCs that only read and call (default: 1)', countOf(0, 64))
    .option('--for <time>', 'virtual time, such as 24h (default: 1m)', durationOf)
    .option('--loss <share>', 'datagrams that get lost, such as 10%', shareOf)
    .option('--burst <every,for,loss>', 'bursts of loss at each station, such as 30s,2s,80%', burstOf)
    .option('--air <kind>', 'wifi: with delays and their long tail; clear: without (default: wifi)', airOf)
    .option('--radio <json>', 'all about the air, instead of the three above', radioJsonOf)
    .option('--seed <number>', 'the seed of everything (default: drawn)', countOf(0, 999_999_999))
    .option('--faults <list>', 'drawn, none, a list as JSON, or a file with one (default: drawn)', faultsOf)
    .option('--calls <time>', 'time between two calls of a kernel or reader (default: 250ms)', durationOf)
    .option('--no-original', 'do not run the rules of the original programs beside it')
    .option('--json', 'for scripts: seed, faults, violations, traceHash, tdos, original')
    .option('--trace <file>', 'write every datagram and event to a file')
    .option('--html <file>', 'draw the timeline into a file')
    .option('--scene <file>', 'write what broke as a scene into a file')
    .option('--search <count>', 'try so many seeds, until one breaks a rule', countOf(1, 1_000_000))
    .option('--targets', 'measure what TDOS promises, beside the rules of the original programs')
    .option('--small', 'with --targets: a small size, in a minute or two')
    .option('--live', 'run at the speed of the clock on the wall, and show it')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: unknown, self: Command) => {
      const options = self.optsWithGlobals<SimOptions>();
      if (options.targets) await showTargets(options);
      else if (options.live) await runLive(options);
      else if (options.search !== undefined) await runSearch(options, options.search);
      else await runOnce(options);
    });
}

async function runOnce(options: SimOptions): Promise<void> {
  const trial = trialOf(options);
  const progress = new Progress();
  if (!options.json) print(headline(trial));
  const trace = options.trace === undefined ? undefined : createWriteStream(options.trace);
  const ended = trace === undefined ? undefined : finished(trace);
  // Told when it is awaited below.
  ended?.catch(() => {});
  const result = await runTrial(trial, {
    hashes: true,
    onFaults: (faults) => {
      if (!options.json)
        for (const fault of faults) print(colours.dim(`  ${time(fault.at).padStart(8)}  ${describe(fault)}`));
    },
    onTime: (ms) => progress.time(ms, trial.forMs),
    ...(trace === undefined ? {} : { onTrace: (line: string) => void trace.write(`${line}\n`) }),
  });
  const original =
    options.original === false
      ? undefined
      : await runOriginal(trial, (ms) => progress.time(ms, trial.forMs, 'original: '));
  progress.end();
  await closeTrace(options.trace, trace, ended);
  if (options.html !== undefined) writeTo(options.html, timelineHtml(trial, result, original));
  const smallest = result.violations.length > 0 ? await makeSmall(trial, result, progress) : undefined;
  if (options.json)
    printJson({
      ...reportJson(trial, result, original),
      command: smallest === undefined ? null : commandOf(smallest.trial),
    });
  else {
    printTable(reportRows(result.stats, original), original !== undefined);
    print(colours.dim(`seed ${trial.seed}, trace ${result.traceHash}`));
  }
  tell(options, trial, result, smallest);
}

async function closeTrace(
  path: string | undefined,
  trace: NodeJS.WritableStream | undefined,
  ended: Promise<void> | undefined,
): Promise<void> {
  trace?.end();
  try {
    await ended;
  } catch (error) {
    throw hostError(`The trace cannot be written to ${path}`, error);
  }
}

async function runSearch(options: SimOptions, count: number): Promise<void> {
  const from = options.seed ?? drawSeed();
  const progress = new Progress();
  if (!options.json) print(`Seeds ${from} to ${from + count - 1}, until one breaks a rule.`);
  let tried = 0;
  const find = await search({
    ...{ from, count, shape: shapeOf(options) },
    onTrial: ({ seed }, { violations }) =>
      progress.show(`${++tried} of ${count}  seed ${seed}${violations.length > 0 ? ' breaks' : ''}`),
    onStep: ({ nodes, faults }, runs) =>
      progress.show(`shrinking: ${nodes} nodes, ${faults.length} faults after ${runs} runs`),
  });
  progress.end();
  if (find === undefined) {
    if (options.json) printJson({ from, tried: count, violation: null, command: null });
    else print(`No rule broke under ${count} seeds.`);
    return;
  }
  const { trial, violation, smallest } = find;
  if (options.json) {
    const command = commandOf(smallest?.trial ?? trial);
    printJson({ from, tried: find.tried, seed: trial.seed, violation, command });
  }
  tell(options, trial, { violations: [violation] }, smallest);
}

async function makeSmall(trial: TrialOptions, result: TrialResult, progress: Progress): Promise<Shrunk | undefined> {
  const [violation] = result.violations;
  if (violation === undefined) return undefined;
  const fixed: FixedTrial = { ...trial, faults: result.faults };
  const onStep = ({ nodes, faults }: FixedTrial, runs: number): void =>
    progress.show(`shrinking: ${nodes} nodes, ${faults.length} faults after ${runs} runs`);
  const smallest = await shrink(fixed, violation.rule, { onStep });
  progress.end();
  return smallest;
}

/** Says what broke and how to see it again, and sets the exit code. */
function tell(
  { json, scene }: SimOptions,
  trial: TrialOptions,
  { violations }: Pick<TrialResult, 'violations'>,
  smallest: Shrunk | undefined,
): void {
  if (violations.length === 0) return;
  process.exitCode = EXIT.failed;
  if (scene !== undefined && smallest !== undefined)
    writeTo(scene, printTrial(smallest.trial, `${smallest.violation.rule}: ${smallest.violation.detail}`));
  if (json) return;
  print('');
  print(colours.red(`Seed ${trial.seed} breaks what must always hold:`));
  for (const { at, rule, detail } of violations) print(`  ${time(at)}  ${rule}: ${detail}`);
  if (smallest === undefined) return;
  const { trial: small, runs } = smallest;
  print(
    `\nThe smallest run that breaks it (${runs} runs): ${small.nodes} nodes, ${small.kernels} kernels, ${small.faults.length} faults`,
  );
  print(`  npx ${commandOf(small)}`);
  print(colours.dim(`\n${printTrial(small, `${smallest.violation.rule}: ${smallest.violation.detail}`)}`));
}

function headline({ seed, nodes, kernels, readers = 1, forMs, radio }: TrialOptions): string {
  const { loss = 0, burst } = radio;
  const bursts =
    burst === undefined
      ? ''
      : `, bursts of ${100 * burst.loss} % for ${formatDuration(burst.forMs)} every ${formatDuration(burst.everyMs)}`;
  return `Seed ${seed}: ${counted(nodes, 'board')}, ${counted(kernels, 'kernel')}, ${counted(readers, 'reader')} for ${formatDuration(forMs)}, ${Math.round(1000 * loss) / 10} % loss${bursts}`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

function printTable(rows: readonly ReportRow[], hasOriginal: boolean): void {
  print('');
  if (hasOriginal) print(tableText(['', 'TDOS', 'THE ORIGINAL’S RULES'], rows));
  else
    print(
      tableText(
        [],
        rows.map(([what, tdos]) => [what, tdos]),
      ),
    );
}

function writeTo(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw hostError(`${path} cannot be written`, error);
  }
}
