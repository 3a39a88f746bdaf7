/**
 * `tdos info`: everything known of one service.
 *
 * @module
 */
import type { Command } from 'commander';
import { TdosError } from '../../base/errors.ts';
import type { ServiceInfo } from '../../os/os.ts';
import { clusterTable, instanceJson } from '../cluster.ts';
import { seeCluster, withOs } from '../join.ts';
import { addJson, type JsonOption, type NetworkOptions } from '../options.ts';
import { print, printJson } from '../print.ts';
import { measureRoundTrips } from '../rtt.ts';
import { printable, tableText } from '../table.ts';

const KEYS = `
Keys of --json:
  service, operations [{ name, safe }], instances (as the services of \`tdos ls --json\`)

Example:
  tdos info temp_sensor`;

export function define(command: Command): void {
  addJson(command, 'service, operations and instances')
    .description('Shows what a service can do and who offers it.')
    .argument('<service>', 'its name, as in `tdos ls`')
    .addHelpText('after', KEYS)
    .action(async (service: string, _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<NetworkOptions & JsonOption>();
      const info = await withOs(options, async (os) => {
        await seeCluster(os, options);
        await measureRoundTrips(os, service);
        const known = os.info(service);
        if (known === undefined)
          throw new TdosError('NOT_FOUND', `No node offers ${service}. There is ${namesOf(os.list())}.`);
        return known;
      });
      if (options.json) printJson({ ...info, instances: info.instances.map(instanceJson) });
      else print(infoText(info));
    });
}

function infoText({ service, operations, instances }: ServiceInfo): string {
  const rows = operations.map(({ name, safe }) => [name, safe ? 'may be repeated' : 'runs at most once']);
  return [
    printable(service),
    '',
    tableText(['OPERATION', ''], rows),
    '',
    clusterTable({ services: instances, nodes: [] }, process.stdout.columns),
  ].join('\n');
}

const namesOf = (instances: readonly { readonly service: string }[]): string =>
  [...new Set(instances.map(({ service }) => service))].join(', ') || 'no service at all';
