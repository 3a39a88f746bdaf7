/**
 * `tdos why`: why a resource gives what it gives, or nothing.
 *
 * @module
 */
import type { Command } from 'commander';
import { why } from '../../os/why/ask.ts';
import { Decisions } from '../../os/why/record.ts';
import { explanationLines } from '../../os/why/words.ts';
import { seeCluster, withOs } from '../join.ts';
import { addJson, type JsonOption, type NetworkOptions, resourceOf } from '../options.ts';
import { print, printJson } from '../print.ts';
import { printable } from '../table.ts';

interface WhyOptions extends NetworkOptions, JsonOption {
  readonly versions?: string;
}

const HELP = `
It tries the resource, asks the kernels what they saw, and says what is the matter, since when, and who stands in.

Keys of --json:
  resource, cause, by (the node that says so), findings [{ cause, what, since, because, history [{ at, text }] }], notes;
  moments in ms since 1970, 0 where not known. A cause is one of left, partition, dead, asleep, breaker-open, failing,
  slow, not-reached, lossy, suspect, stale, restarted, wrong-version, wrong-place, withdrawn, other-key, other-protocol,
  v1-not-allowed, never-seen, sibling, ok.

Examples:
  tdos why temp_sensor@kitchen
  tdos why temp_sensor --versions ^2 --json`;

export function define(command: Command): void {
  addJson(command, 'cause, findings and notes')
    .description('Says why a value is missing, stale, slow, refused or from a sibling: causes, with times.')
    .argument('<resource>', 'temp_sensor, temp_sensor@kitchen, temp_sensor@room=kitchen or temp_sensor@*', resourceOf)
    .option('--versions <range>', 'only instances with such a version, as an app may ask for them: ^1.2')
    .addHelpText('after', HELP)
    .action(async (resource: string, _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<WhyOptions>();
      const explanation = await withOs(options, async (os) => {
        const decisions = new Decisions(os);
        await seeCluster(os, options);
        return why(decisions, resource, options.versions);
      });
      if (options.json) printJson(explanation);
      else for (const line of explanationLines(explanation, clock)) print(printable(line));
    });
}

/** The time of day; with its date when that is not today's. */
function clock(at: number): string {
  const moment = new Date(at);
  const time = moment.toTimeString().slice(0, 8);
  return moment.toDateString() === new Date().toDateString() ? time : `${moment.toISOString().slice(0, 10)} ${time}`;
}
