/**
 * `tdos write`: a text to a resource, a display above all.
 *
 * @module
 */
import type { Command } from 'commander';
import { ANSWER_MS, withOs } from '../join.ts';
import { addJson, durationOf, type JsonOption, type NetworkOptions, resourceOf } from '../options.ts';
import { print, printJson } from '../print.ts';

const KEYS = `
Keys of --json: resource, result (what the service answered; null for nothing).

Example:
  tdos write display 'Dinner is ready'`;

export function define(command: Command): void {
  addJson(command, 'resource and result')
    .description('Writes a text to a resource. It is written at most once.')
    .argument('<resource>', 'display, display@hall, ...', resourceOf)
    .argument('<text>', 'what to write; `\\n` in it starts a new line')
    .option('--timeout <time>', 'give up after this long', durationOf, ANSWER_MS)
    .addHelpText('after', KEYS)
    .action((resource: string, text: string, _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<NetworkOptions & JsonOption & { timeout: number }>();
      return withOs(options, async (os) => {
        const handle = await os.open(resource, { timeoutMs: options.timeout });
        const result = await handle.write(text.replaceAll('\\n', '\n'), { timeoutMs: options.timeout });
        if (options.json) printJson({ resource, result });
        else print('written');
      });
    });
}
