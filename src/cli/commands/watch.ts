/**
 * `tdos watch`: a resource, again and again.
 *
 * @module
 */
import type { Command } from 'commander';
import type { Survey } from '../../os/group.ts';
import type { Missing } from '../../os/handle.ts';
import type { Os } from '../../os/os.ts';
import type { Reading } from '../../os/reading.ts';
import { isGroup } from '../../os/resource.ts';
import { colours } from '../colours.ts';
import { ANSWER_MS, seeCluster, stay, withOs } from '../join.ts';
import { addFor, addJson, durationOf, type JsonOption, type NetworkOptions, resourceOf } from '../options.ts';
import { print, printJson } from '../print.ts';
import { missingJson, missingText, readingJson, readingText, surveyJson, surveyText } from '../readings.ts';

interface WatchOptions extends NetworkOptions, JsonOption {
  readonly every: number;
  readonly timeout: number;
  readonly maxAge?: number;
  readonly for?: number;
}

type Item = Reading<unknown> | Missing | Survey<unknown>;

const KEYS = `
With --json one line each time: time (ISO), and the keys of \`tdos read --json\`. A time without a value has value null,
quality "none" and error { code, message }.

Examples:
  tdos watch temp_sensor --every 1s
  tdos watch 'temp_sensor@*' --every 5s --json --for 1m`;

export function define(command: Command): void {
  addFor(addJson(command, 'one line each time'))
    .description('Reads a resource again and again, until Ctrl-C. It goes on when nodes die and come back.')
    .argument('<resource>', 'temp_sensor, temp_sensor@kitchen, temp_sensor@room=kitchen or temp_sensor@*', resourceOf)
    .option('--every <time>', 'time between readings', durationOf, 1000)
    .option('--max-age <time>', 'where no answer comes, the last value may stand in if it is not older', durationOf)
    .option('--timeout <time>', 'how long to wait for the first node that offers it', durationOf, ANSWER_MS)
    .addHelpText('after', KEYS)
    .action((resource: string, _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<WatchOptions>();
      return withOs(options, async (os) => {
        const stayed = stay(options.for, () => os.close());
        const items = await itemsOf(os, resource, options);
        for await (const item of items) show(resource, item, options.json === true);
        await stayed;
      });
    });
}

async function itemsOf(os: Os, resource: string, options: WatchOptions): Promise<AsyncIterable<Item>> {
  const { every, maxAge, timeout } = options;
  if (!isGroup(resource)) {
    const handle = await os.open<unknown>(resource, { timeoutMs: timeout });
    return handle.watch({ every, maxAge });
  }
  await seeCluster(os, options, timeout);
  const group = await os.open<unknown>(resource);
  return group.watch({ every, maxAge });
}

function show(resource: string, item: Item, json: boolean): void {
  const now = new Date();
  if (json) printJson({ time: now.toISOString(), resource, ...itemJson(item) });
  else print(`${colours.dim(now.toTimeString().slice(0, 8))}  ${itemText(item)}`);
}

function itemJson(item: Item): object {
  if ('readings' in item) return surveyJson(item);
  return item.quality === 'none' ? missingJson(item) : readingJson(item);
}

function itemText(item: Item): string {
  if ('readings' in item) return surveyText(item);
  return item.quality === 'none' ? missingText(item) : readingText(item);
}
