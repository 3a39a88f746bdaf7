/**
 * `tdos run`: an app in a node of its own, or a script that boots its own.
 *
 * @module
 */
import type { Command } from 'commander';
import { abortSignalOf } from '../apps.ts';
import { joinAsNode, stay } from '../join.ts';
import type { StayOptions } from '../node.ts';
import { addFor, durationOf } from '../options.ts';
import { type AppFunction, faultIn, isApp, loadDefault, nameOf } from '../user-code.ts';

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
    .action((file: string, _options: unknown, self: Command) => runFile(file, self.optsWithGlobals<RunOptions>()));
}

async function runFile(file: string, options: RunOptions): Promise<void> {
  // What a script of its own boots finds the cluster by this.
  process.env.TDOS_PORT = String(options.port);
  let end = endScript;
  const stayed = stay(options.for, () => end());
  // A script may never come to its end; an app is loaded at once.
  const app = await Promise.race([loadDefault(file), stayed]);
  if (isApp(app)) {
    const running = await startApp(app, nameOf(file), options);
    end = running.stop;
    try {
      await running.ended;
    } catch (error) {
      throw faultIn(file, error);
    } finally {
      await running.stop();
    }
    return;
  }
  warnScript(file, options);
  if (options.for === undefined) return;
  await stayed;
  process.exit();
}

/** A node of its own for the app; `stop` tells the app, waits for it, and leaves. */
async function startApp(app: AppFunction, name: string, options: RunOptions) {
  const os = await joinAsNode(options, { name: options.name ?? name });
  const asked = new AbortController();
  const signal = AbortSignal.any([abortSignalOf(os.closed), asked.signal]);
  const ended = (async () => void (await app(os, { signal, every: options.every })))();
  const stop = async (): Promise<void> => {
    asked.abort();
    await ended.catch(() => undefined);
    await os.close();
  };
  return { ended, stop };
}

/** All that is known of what a script booted. */
async function endScript(): Promise<void> {
  const { tinyos } = await import('../../tinyos.ts');
  await tinyos.shutdown();
}

function warnScript(file: string, options: RunOptions): void {
  if (
    options.interface === undefined &&
    options.peer === undefined &&
    !options.allowV1 &&
    !options.open &&
    options.name === undefined
  )
    return;
  console.error(
    `tdos: ${file} boots by itself: of the options only --port and --for reach it. Its boot() takes the others.`,
  );
}
