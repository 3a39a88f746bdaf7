/**
 * `tdos ls`: services and nodes.
 *
 * @module
 */
import type { Command } from 'commander';
import { clusterJson, clusterText } from '../cluster.ts';
import { seeCluster, withOs } from '../join.ts';
import { addJson, type JsonOption, type NetworkOptions } from '../options.ts';
import { print, printJson } from '../print.ts';
import { measureRoundTrips } from '../rtt.ts';

const KEYS = `
Keys of --json:
  kernel    name of the leading kernel, or null
  services  [{ service, node, nodeId, address, version, labels, operations, health, sinceMs, heardMs, rttMs,
            breaker, v1, trusted }]; rttMs is null where nothing was measured
  nodes     [{ node, nodeId, address, health, sinceMs, heardMs, kernel, v1, trusted, load, services }]

Example:
  tdos ls --json | jq -r '.services[] | select(.health != "alive") | .node'`;

export function define(command: Command): void {
  addJson(command, 'kernel, services and nodes')
    .description('Lists the services of the cluster, where they are, how they are and since when; and its nodes.')
    .addHelpText('after', KEYS)
    .action(async (_options: unknown, self: Command) => {
      const options = self.optsWithGlobals<NetworkOptions & JsonOption>();
      const view = await withOs(options, async (os) => {
        await seeCluster(os, options);
        await measureRoundTrips(os);
        return { services: os.list(), nodes: os.nodes() };
      });
      if (options.json) printJson(clusterJson(view));
      else print(clusterText(view, process.stdout.columns));
    });
}
