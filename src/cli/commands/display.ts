/**
 * `tdos display`: a node whose display is this terminal.
 *
 * @module
 */
import type { Command } from 'commander';
import { terminalScreen } from '../../hosts/node/terminal.ts';
import { display } from '../../services/display.ts';
import { runNode, type StayOptions } from '../node.ts';
import { addFor, collectLabel } from '../options.ts';

const EXAMPLES = `
Examples:
  tdos display --name hall
  tdos write display 'Dinner is ready'`;

export function define(command: Command): void {
  addFor(command)
    .description('Runs a node that shows what is written to `display`: in this terminal, or as lines when piped.')
    .option('--name <node>', 'name of the node; under it the node keeps its identity (default: name of this machine)')
    .option('--label <key=value>', 'such as room=kitchen; may be repeated', collectLabel)
    .addHelpText('after', EXAMPLES)
    .action(async (_options: unknown, self: Command) => {
      const options = self.optsWithGlobals<StayOptions & { readonly label?: Readonly<Record<string, string>> }>();
      await runNode(options, { services: () => [display(terminalScreen(), { labels: options.label ?? {} })] });
    });
}
