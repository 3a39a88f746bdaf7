/**
 * `tdos kernel`: a node that keeps the registry, judges the health of the others, and runs apps.
 *
 * @module
 */
import type { Command } from 'commander';
import { levelOf } from '../../gateway/journal.ts';
import type { Os } from '../../os/os.ts';
import { whyService } from '../../os/why/ask.ts';
import { isRemarkable, namesOf } from '../../os/words.ts';
import { superviseApp } from '../apps.ts';
import { isChild } from '../child.ts';
import { describe } from '../events.ts';
import { addHttp, type HttpOptions, openHttp } from '../http.ts';
import { addLog, tell } from '../log.ts';
import { runNode, type StayOptions } from '../node.ts';
import { addFor, collect, durationOf } from '../options.ts';
import { loadApp, nameOf } from '../user-code.ts';

interface KernelOptions extends StayOptions, HttpOptions {
  readonly app?: readonly string[];
  readonly every?: number;
}

const EXAMPLES = `
Examples:
  tdos kernel
  tdos kernel --app examples/weather-station.ts --every 2s
  tdos kernel --http                 (a dashboard and an API, for this machine alone)
  tdos kernel --http 0.0.0.0:4080    (for everybody who has a token)

An app is a file with a default export: async function (os, { signal, every }) { ... }. One that fails is started again.
More than one kernel may run: all know the same, and where one dies the others go on.`;

export function define(command: Command): void {
  addHttp(addLog(addFor(command)))
    .description('Runs a kernel node: the registry, the judge of health, and a place for apps. Until Ctrl-C.')
    .option('--app <file>', 'an app to run and to look after; may be repeated', collect)
    .option('--every <time>', 'how often apps do what they do, where they ask for it', durationOf)
    .option('--name <node>', 'name of the node; under it the node keeps its identity (default: name of this machine)')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: unknown, self: Command) => {
      const options = self.optsWithGlobals<KernelOptions>();
      const apps = await Promise.all(
        (options.app ?? []).map(async (file) => ({ name: nameOf(file), run: await loadApp(file) })),
      );
      await runNode(options, {
        kernel: true,
        open: async (os) => {
          await os.provide(whyService());
          return openHttp(os, options);
        },
        begin: (os) => {
          tellEvents(os);
          for (const { name, run } of apps) superviseApp(os, name, run, options.every);
        },
      });
    });
}

/** What happens in the cluster, in words; under `tdos up` only what is out of the ordinary. */
function tellEvents(os: Os): void {
  const nameOf = namesOf(() => os.nodes());
  os.on((event) => {
    // A node that is new is told of with what it offers: it may be heard before it has said its name.
    const isNew = event.type === 'service' && event.change === 'offered';
    if (isRemarkable(event) || (isNew && !isChild())) tell(levelOf(event), describe(event, nameOf), { event });
  });
}
