/**
 * `tdos up`: a whole cluster on this machine, each node a process of its own. A node that is killed stays down: that is
 * what there is to see here. How to bring it back is said when it happens.
 *
 * @module
 */
import type { Command } from 'commander';
import { hostError } from '../../hosts/node/faults.ts';
import { makeFolder } from '../../hosts/node/files.ts';
import { keyFile, readOrMakeKeys } from '../../hosts/node/key-file.ts';
import { commandFor, demoCluster, homeOf } from '../demo.ts';
import { Family } from '../family.ts';
import { CliError } from '../faults.ts';
import { seeCluster, stay, withOs } from '../join.ts';
import { addFor, durationOf, type NetworkOptions } from '../options.ts';

interface UpOptions extends NetworkOptions {
  readonly every: number;
  readonly for?: number;
  /** Where the dashboard is; false: none. */
  readonly http?: string | boolean;
}

/** ms to wait for a cluster that is here already. On one machine a kernel answers in 5, other nodes within 20. */
const LOOK_MS = 250;

const EXAMPLES = `
It starts no second cluster on a port where one runs: the two would be one, with each name twice.

Examples:
  tdos up
  tdos up --for 20s --port 4100`;

export function define(command: Command): void {
  addFor(command)
    .description('Starts a cluster on this machine: a kernel with the weather station, sensors, a display and storage.')
    .option('--every <time>', 'time between two lines of the weather station', durationOf, 2000)
    .option('--http <place>', 'where the dashboard is: PORT or ADDRESS:PORT (default: 4080 of this machine, or any)')
    .option('--no-http', 'no dashboard')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: unknown, self: Command) => {
      const options = self.optsWithGlobals<UpOptions>();
      if (!options.open) readOrMakeKeys(keyFile());
      await refuseSecond(options);
      const members = demoCluster(options);
      // Where the state of each port is kept apart, the key is still one.
      process.env.TDOS_KEY_FILE = keyFile();
      process.env.TDOS_HOME = prepareHome(options);
      const family = new Family(members, {
        where: `port ${options.port} of ${options.interface ?? 'loopback'}`,
        command: (text) => commandFor(text, options),
      });
      const stayed = stay(options.for, () => family.stop());
      try {
        await Promise.race([stayed, family.failed]);
      } finally {
        await family.stop();
      }
    });
}

/** Makes the folder before nine processes want to make it at once. @throws TdosError HOST when it cannot be made. */
function prepareHome(options: UpOptions): string {
  const home = homeOf(options);
  try {
    makeFolder(home);
  } catch (error) {
    throw hostError(`The nodes cannot keep their state in ${home}`, error);
  }
  return home;
}

/** @throws CliError ALREADY_RUNNING when a cluster answers on this port. */
async function refuseSecond(options: UpOptions): Promise<void> {
  const nodes = await withOs(options, async (os) => {
    try {
      await seeCluster(os, options, LOOK_MS);
    } catch (error) {
      if (!(error instanceof CliError && error.code === 'NO_CLUSTER')) throw error;
    }
    return os.nodes().filter(({ state }) => state === 'alive' || state === 'suspect');
  });
  if (nodes.length === 0) return;
  const names = nodes.map(({ node }) => node);
  const shown = names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');
  throw new CliError(
    'ALREADY_RUNNING',
    `a cluster already runs on port ${options.port}: ${shown}.\n` +
      '      `tdos ls` and `tdos top` show it, `tdos sensor ...` adds to it.\n' +
      `      For another one beside it: tdos up --port ${options.port + 100}`,
  );
}
