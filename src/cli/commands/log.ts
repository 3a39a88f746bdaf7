/**
 * `tdos log`: what was measured, from storage.
 *
 * @module
 */
import { type Command, InvalidArgumentError } from 'commander';
import type { Handle } from '../../os/handle.ts';
import type { Os } from '../../os/os.ts';
import { withOs } from '../join.ts';
import { addSpan, addStep, addStorageOptions, type LogOptions } from '../log-options.ts';
import { latest, series, stats } from '../log-overview.ts';
import { exportAll, plot, query, type ReadingOptions, tail } from '../log-readings.ts';
import { addFor, durationOf } from '../options.ts';

const RESOURCE = 'temp_sensor, temp_sensor@kitchen (a node) or temp_sensor@room=kitchen (a label)';
/** Lines of a table, unless told. */
const LINES = 100;

const EXAMPLES = `
Examples:
  tdos log latest
  tdos log query temp_sensor --from '2 h ago' --step 1m
  tdos log plot temp_sensor@kitchen --from yesterday
  tdos log export temp_sensor --from 2026-03-01 --format csv > march.csv`;

export function define(command: Command): void {
  command.description('Shows what was measured: readings that storage keeps.').addHelpText('after', EXAMPLES);
  const sub = (name: string, text: string, keys: string): Command =>
    addStorageOptions(command.command(name).description(text), keys);

  addStep(addSpan(sub('query', 'Readings from when to when, or averages of each step.', 'node, step and items')))
    .argument('<resource>', RESOURCE)
    .option('--limit <count>', 'lines at most', countOf, LINES)
    .action(run(query));
  sub('latest', 'The newest reading of each series.', 'a list of readings')
    .argument('[resource]', RESOURCE)
    .action(run(latest));
  sub('series', 'What is kept, from when to when.', 'a list of series')
    .argument('[resource]', RESOURCE)
    .action(run(series));
  addFor(sub('tail', 'Readings as they come, until Ctrl-C.', 'one line each'))
    .argument('[resource]', RESOURCE)
    .option('--every <time>', 'time between looks', durationOf, 1000)
    .action(run(tail));
  addStep(addSpan(sub('export', 'All readings, or averages of each step, for other programs.', 'not used here')))
    .argument('[resource]', RESOURCE)
    .option('--format <format>', 'csv or jsonl', 'jsonl')
    .action(run(exportAll));
  sub('stats', 'What the storage nodes keep, and what waits at the loggers.', 'storage and loggers').action(
    (_options: unknown, self: Command) => {
      const options = self.optsWithGlobals<LogOptions>();
      return withOs(options, (os) => stats(os, options));
    },
  );
  addStep(addSpan(sub('plot', 'A chart in the terminal.', 'as `tdos log query`')))
    .argument('<resource>', RESOURCE)
    .option('--height <lines>', 'lines of the chart', countOf, 16)
    .action(run(plot));
}

type Work = (handle: Handle<unknown>, resource: string | undefined, options: ReadingOptions, os: Os) => Promise<void>;

/** Runs the work with the storage that was asked for. */
const run =
  (work: Work) =>
  (resource: string | undefined, _options: unknown, self: Command): Promise<void> => {
    const options = self.optsWithGlobals<ReadingOptions>();
    return withOs(options, async (os) => {
      const name = options.storage === undefined ? 'storage' : `storage@${options.storage}`;
      const handle = await os.open<unknown>(name, { timeoutMs: options.timeout, versions: '^2.0.0' });
      await work(handle, resource, options, os);
    });
  };

function countOf(text: string): number {
  const count = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (count < 1) throw new InvalidArgumentError('It is a whole number above 0.');
  return count;
}
