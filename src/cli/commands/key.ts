/**
 * `tdos key`: the key of the cluster, on this machine.
 *
 * @module
 */
import type { Command } from 'commander';
import { joinKey, listKeys, makeKey, retireKey, showKey } from '../keys.ts';
import { addJson, durationOf } from '../options.ts';
import { type RotateOptions, rotateKey } from '../rotation.ts';

/** ms to wait for the nodes of other machines, unless told. */
const WAIT_MS = 60_000;

const EXAMPLES = `
Who has the key can read, write and forge everything in the cluster. It lies in TDOS_HOME/key, or where TDOS_KEY_FILE says,
and only its owner may read it. Nodes that run follow its changes.

Examples:
  tdos key new                     (the first machine of a cluster on a network)
  tdos key show --qr               (on it, for the next one)
  tdos key join                    (on the next one; it asks for the key)
  tdos key rotate                  (another key for all, while everything goes on)`;

export function define(command: Command): void {
  command.description('Makes, shows, takes and changes the key of the cluster.').addHelpText('after', EXAMPLES);
  command
    .command('new')
    .description('Makes a key: the beginning of a cluster.')
    .option('--force', 'in the place of the one that is here: another cluster')
    .action((options: { force?: boolean }) => makeKey(options));
  command
    .command('show')
    .description('Shows the key, to be typed or scanned elsewhere.')
    .option('--qr', 'also as a QR code')
    .option('--yes', 'also where no terminal is: into a file or another program')
    .action((options: { qr?: boolean; yes?: boolean }) => showKey(options));
  command
    .command('join')
    .description('Takes the key of another machine. The key that is here stays valid until the kernels use it no more.')
    .argument('[key...]', 'the key, as `tdos key show` gives it; without it, it is read from the input, or asked for')
    .option('--replace', 'forget the key that is here at once: for another cluster')
    .action((words: string[], options: { replace?: boolean }) => joinKey(words, options));
  command
    .command('rotate')
    .description('Makes another key, waits until all nodes use it, and retires the old one. No call fails for it.')
    .option('--wait <time>', 'how long to wait for nodes of other machines', durationOf, WAIT_MS)
    .action((_options: unknown, self: Command) => rotateKey(self.optsWithGlobals<RotateOptions>()));
  command
    .command('retire')
    .description('Retires the older of two keys at once. Nodes that have no other are lost until they join.')
    .action(retireKey);
  addJson(command.command('list'), 'a list of { id, state }, state newest or older')
    .description('Lists the keys that are valid on this machine, by id.')
    .action((options: { json?: boolean }) => listKeys(options));
}
