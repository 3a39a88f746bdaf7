/**
 * `tdos run`: an app in a node of its own, or a script that boots its own.
 *
 * @module
 */
import type { Command } from 'commander';
import { STOP_SIGNALS, stopOn } from '../../hosts/node/process.ts';
import { abortSignalOf } from '../apps.ts';
import { joinAsNode, stay } from '../join.ts';
import type { StayOptions } from '../node.ts';
import { addFor, durationOf } from '../options.ts';
import { type AppFunction, isApp, loadDefault, nameOf } from '../user-code.ts';

interface RunOptions extends StayOptions {
  readonly every?: number;
}

const EXAMPLES = `
Examples:
  tdos run examples/weather-station.ts
  tdos run examples/data-logger.ts --every 1s --for 1m

The file is TypeScript or JavaScript, and can import 'tdos' wherever it lies. Either it is an app, with a default export
(os, { signal, every }) => Promise; or it is a script that calls boot() itself.`;

export function define(command: Command): void {
  addFor(command)
    .description('Runs an app until it ends, or until Ctrl-C, which its signal tells it.')
    .argument('<file>', 'an app, or a script that uses boot()')
    .option('--every <time>', 'how often the app does what it does, where it asks for it', durationOf)
    .option('--name <node>', 'name of the node (default: that of the file)')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<RunOptions>();
      // What a script of its own boots finds the cluster by this.
      process.env.TDOS_PORT = String(options.port);
      const app = await loadDefault(file);
      if (isApp(app)) await runApp(app, nameOf(file), options);
      else await letRun(file, options);
    });
}

async function runApp(app: AppFunction, name: string, options: RunOptions): Promise<void> {
  const os = await joinAsNode(options, { name: options.name ?? name });
  const done = new AbortController();
  const signal = AbortSignal.any([abortSignalOf(os.closed), done.signal]);
  const running = (async () => app(os, { signal, every: options.every }))();
  stay(options.for, async () => {
    done.abort();
    await running.catch(() => undefined);
    await os.close();
  });
  try {
    await running;
  } finally {
    await os.close();
  }
}

/** A script that boots by itself runs since it was loaded; all that is left is to end it. */
async function letRun(file: string, options: RunOptions): Promise<void> {
  if (options.interface !== undefined || options.peer.length > 0 || options.allowV1 || options.name !== undefined)
    console.error(
      `tdos: ${file} boots by itself: of the options only --port and --for reach it. Its boot() takes the others.`,
    );
  const { tinyos } = await import('../../tinyos.ts');
  if (options.for === undefined) return void stopOn(STOP_SIGNALS, () => tinyos.shutdown());
  await stay(options.for, () => tinyos.shutdown());
  process.exit();
}
