/**
 * `tdos sim`: a whole cluster in this process, on a virtual clock and a simulated radio, from one seed.
 *
 * @module
 */
import type { Command } from 'commander';
import { placeOf } from '../http.ts';
import { durationOf } from '../options.ts';
import { runLive } from '../sim-live.ts';
import { runOnce } from '../sim-once.ts';
import { airOf, burstOf, countOf, faultsOf, radioJsonOf, type SimOptions, shareOf } from '../sim-options.ts';
import { runSearch } from '../sim-search.ts';
import { showTargets } from '../sim-targets.ts';

const EXAMPLES = `
The same seed gives the same run, to the byte. It ends with 1 when a rule broke
that must always hold, and prints the command that shows it again.

Faults are drawn: 1 to 8, in a long run one a minute, 100 at most. Boards change
what they offer about once an hour. With --hasty, and in --search, they do so
every few seconds, and a quarter of the calls get less time than they may take.

Examples:
  tdos sim --nodes 30 --for 1h --loss 10%
  tdos sim --nodes 5 --seed 42 --html timeline.html
  tdos sim --faults '[{"at":5000,"kind":"kill","node":"n1","forMs":20000}]'
  tdos sim --burst 30s,2s,80%     (every 30 s, for 2 s, 80 % is lost)
  tdos sim --search 200           (until a seed breaks a rule; makes that small)
  tdos sim --targets --small      (what TDOS promises, measured)
  tdos sim --live --nodes 20      (at the speed of the wall clock; q ends it)
  tdos sim --live --http          (a dashboard, whose buttons do harm)`;

export function define(command: Command): void {
  command
    .description('Simulates a cluster: to size it and to try it before there is hardware.')
    .option('--nodes <count>', 'boards, with a service each (default: 10)', countOf(1))
    .option('--kernels <count>', 'kernels (default: 1)', countOf(0, 16))
    .option('--readers <count>', 'PCs that only read and call (default: 1)', countOf(0, 64))
    .option('--for <time>', 'virtual time, such as 24h (default: 1m)', durationOf)
    .option('--loss <share>', 'datagrams that get lost, such as 10%', shareOf)
    .option('--burst <every,for,loss>', 'bursts of loss at each station, such as 30s,2s,80%', burstOf)
    .option('--air <kind>', 'wifi: with delays and their long tail; clear: without (default: wifi)', airOf)
    .option('--radio <json>', 'all about the air, instead of the three above', radioJsonOf)
    .option('--seed <number>', 'the seed of everything (default: drawn)', countOf(0, 999_999_999))
    .option('--faults <list>', 'drawn, none, a list as JSON, or a file with one (default: drawn)', faultsOf)
    .option(
      '--calls <time>',
      'time between two calls of a kernel or reader (default: 250ms, or more: 5000 calls)',
      durationOf,
    )
    .option('--open', 'a cluster without a key, which seals nothing')
    .option('--attacked', 'somebody without the key hears everything, repeats it, changes it and invents more')
    .option('--hasty', 'callers in a hurry, and services that come and go, as in --search')
    .option('--no-original', 'do not run the rules of the original programs beside it')
    .option('--json', 'for scripts: seed, faults, violations, traceHash, tdos, original')
    .option('--trace <file>', 'write every datagram and event to a file')
    .option('--html <file>', 'draw the timeline into a file')
    .option('--scene <file>', 'write what broke as a scene into a file')
    .option('--search <count>', 'try so many seeds, until one breaks a rule', countOf(1, 1_000_000))
    .option('--targets', 'measure what TDOS promises, beside the rules of the original programs')
    .option('--small', 'with --targets: a small size, in a minute or two')
    .option('--live', 'run at the speed of the clock on the wall, and show it')
    .option('--http [place]', 'with --live: a dashboard, on 4080 or PORT or ADDRESS:PORT', placeOf)
    .addHelpText('after', EXAMPLES)
    .action(async (_options: unknown, self: Command) => {
      const options = self.optsWithGlobals<SimOptions>();
      if (options.targets) await showTargets(options);
      else if (options.live) await runLive(options);
      else if (options.search !== undefined) await runSearch(options, options.search);
      else await runOnce(options);
    });
}
