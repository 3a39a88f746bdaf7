/**
 * `tdos call`: any operation of a service.
 *
 * @module
 */
import type { Command } from 'commander';
import { CliError } from '../faults.ts';
import { ANSWER_MS, withOs } from '../join.ts';
import { addJson, durationOf, type JsonOption, type NetworkOptions, resourceOf } from '../options.ts';
import { print, printJson } from '../print.ts';
import { printable } from '../table.ts';

const KEYS = `
Keys of --json: resource, operation, result.

Examples:
  tdos call storage latest '{"limit":3}'
  tdos call soil_sensor calibrate '{"dry":1}'`;

export function define(command: Command): void {
  addJson(command, 'resource, operation and result')
    .description('Calls an operation. `tdos info SERVICE` lists those that a service has.')
    .argument('<service>', 'a resource: soil_sensor, soil_sensor@greenhouse, ...', resourceOf)
    .argument('<operation>', 'its name')
    .argument('[json]', 'what is passed to it, as JSON')
    .option('--timeout <time>', 'give up after this long', durationOf, ANSWER_MS)
    .addHelpText('after', KEYS)
    .action((resource: string, operation: string, json: string | undefined, _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<NetworkOptions & JsonOption & { timeout: number }>();
      const args = json === undefined ? undefined : parseArgs(json);
      return withOs(options, async (os) => {
        const handle = await os.open(resource, { timeoutMs: options.timeout });
        const result = await handle.call(operation, args, { timeoutMs: options.timeout });
        if (options.json) printJson({ resource, operation, result });
        else print(resultText(result));
      });
    });
}

function parseArgs(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CliError('USAGE', `\`${text}\` is not JSON. Quote it for the shell: '{"dry":1}', or '"a text"'.`);
  }
}

function resultText(result: unknown): string {
  if (result === null || result === undefined) return 'done';
  if (typeof result === 'string') return printable(result);
  return JSON.stringify(result, undefined, 2);
}
