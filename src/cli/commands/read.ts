/**
 * `tdos read`: one reading of a resource, or one of each node that offers it.
 *
 * @module
 */
import type { Command } from 'commander';
import { TdosError } from '../../base/errors.ts';
import type { GroupHandle } from '../../os/group.ts';
import type { Os } from '../../os/os.ts';
import { isGroup } from '../../os/resource.ts';
import { ANSWER_MS, seeCluster, withOs } from '../join.ts';
import { addJson, durationOf, type JsonOption, type NetworkOptions, resourceOf } from '../options.ts';
import { print, printJson } from '../print.ts';
import { GROUP_HEAD, readingJson, readingText, surveyJson, surveyRows } from '../readings.ts';
import { tableText } from '../table.ts';

interface ReadOptions extends NetworkOptions, JsonOption {
  readonly maxAge?: number;
  readonly timeout: number;
}

const KEYS = `
Keys of --json:
  resource, value, unit, quality (live, sibling or stale), ageMs (the value is at most this old), node, nodeId, service,
  trusted, and error { code, message } on a stale one. Of service@*: resource, readings [...] and failures
  [{ node, nodeId, error }].

Examples:
  tdos read temp_sensor
  tdos read temp_sensor@kitchen --json
  tdos read 'temp_sensor@*'`;

export function define(command: Command): void {
  addJson(command, 'value, unit, quality, ageMs, node and more')
    .description('Reads a resource once. Another node stands in where the first one does not answer.')
    .argument('<resource>', 'temp_sensor, temp_sensor@kitchen, temp_sensor@room=kitchen or temp_sensor@*', resourceOf)
    .option('--max-age <time>', 'refuse a value that is older, such as 5s', durationOf)
    .option('--timeout <time>', 'give up after this long', durationOf, ANSWER_MS)
    .addHelpText('after', KEYS)
    .action((resource: string, _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<ReadOptions>();
      return withOs(options, (os) =>
        isGroup(resource) ? readAll(os, resource, options) : readOne(os, resource, options),
      );
    });
}

async function readOne(os: Os, resource: string, options: ReadOptions): Promise<void> {
  const reading = await os.read<unknown>(resource, { timeoutMs: options.timeout, maxAge: options.maxAge });
  if (options.json) printJson({ resource, ...readingJson(reading) });
  else print(readingText(reading));
}

async function readAll(os: Os, resource: `${string}@*`, options: ReadOptions): Promise<void> {
  await seeCluster(os, options, options.timeout);
  const group: GroupHandle<unknown> = await os.open<unknown>(resource);
  const survey = await group.survey({ timeoutMs: options.timeout, maxAge: options.maxAge });
  if (survey.readings.length + survey.failures.length === 0)
    throw new TdosError('NOT_FOUND', `No node offers ${resource.slice(0, -2)}. \`tdos ls\` shows what there is.`);
  if (options.json) printJson({ resource, ...surveyJson(survey) });
  else print(tableText(GROUP_HEAD, surveyRows(survey)));
  if (survey.readings.length === 0) throw new TdosError('UNAVAILABLE', `None of the nodes that offer it gave a value.`);
}
