/**
 * `tdos storage`: a node that keeps readings in a file.
 *
 * @module
 */
import type { Command } from 'commander';
import { type FileLedger, ledgerPath, openLedger } from '../../hosts/node/ledger.ts';
import { homeFolder } from '../../hosts/node/store.ts';
import { storage } from '../../services/storage.ts';
import { warn } from '../join.ts';
import { runNode, type StayOptions } from '../node.ts';
import { addFor } from '../options.ts';

const EXAMPLES = `
It keeps its rows in TDOS_HOME/storage/NAME.jsonl; a row that was answered for is on the disk.

Examples:
  tdos storage
  tdos call storage count
  tdos call storage latest '{"service":"temp_sensor","limit":3}'`;

export function define(command: Command): void {
  addFor(command)
    .description('Runs a node that stores readings, until Ctrl-C.')
    .option('--name <node>', 'name of the node, and of its file', 'storage')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: unknown, self: Command) => {
      let ledger: FileLedger | undefined;
      await runNode(self.optsWithGlobals<StayOptions>(), {
        services: async (os) => {
          ledger = await openLedger(ledgerPath(homeFolder(), os.name), warn);
          return [storage(ledger)];
        },
        end: async () => ledger?.close(),
      });
    });
}
