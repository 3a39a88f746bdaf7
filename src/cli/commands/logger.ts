/**
 * `tdos logger`: a node that brings what the sensors say to storage, again and again.
 *
 * @module
 */
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { fileNameOf } from '../../hosts/node/files.ts';
import { openJournal } from '../../hosts/node/storage/journal.ts';
import { homeFolder } from '../../hosts/node/store.ts';
import type { Os } from '../../os/os.ts';
import { type Logger, loggerService, startLogger } from '../../services/logger/logger.ts';
import { warn } from '../join.ts';
import { addLog } from '../log.ts';
import { runNode, type StayOptions } from '../node.ts';
import { addFor, collect, durationOf } from '../options.ts';

interface LoggerOptions extends StayOptions {
  readonly every: number;
  readonly only?: readonly string[];
  readonly except?: readonly string[];
  readonly journal: number;
}

const MIB = 1024 * 1024;

const EXAMPLES = `
Readings carry the time at which they were taken. Until a storage node has them they are in TDOS_HOME/logger/NAME: a process that is
killed loses none, a power failure those of the last second. When the journal is full, the oldest readings become averages of
minutes; when that is not enough, the oldest go. \`tdos log stats\` counts both.

Examples:
  tdos logger --every 1s
  tdos logger --only temp_sensor --only humidity_sensor
  tdos log plot temp_sensor`;

export function define(command: Command): void {
  addLog(addFor(command))
    .description('Runs a node that logs all sensors of the cluster to storage, until Ctrl-C.')
    .option('--every <time>', 'time between two readings of a sensor', durationOf, 10_000)
    .option('--only <service>', 'log this service alone; may be repeated (default: all that can be read)', collect)
    .option('--except <service>', 'do not log this service; may be repeated', collect)
    .option('--journal <size>', 'MiB for readings that wait', sizeOf, 256)
    .option('--name <node>', 'name of the node, and of its journal', 'logger')
    .addHelpText('after', EXAMPLES)
    .action((_options: unknown, self: Command) => runLogger(self.optsWithGlobals<LoggerOptions>()));
}

async function runLogger(options: LoggerOptions): Promise<void> {
  let logger: Logger | undefined;
  await runNode(options, {
    services: (os) => {
      logger = begin(os, options);
      return [loggerService(logger)];
    },
    end: async () => logger?.stop(),
  });
}

function begin(os: Os, { every, only, except, journal: size }: LoggerOptions): Logger {
  const journal = openJournal({
    folder: join(homeFolder(), 'logger', fileNameOf(os.name)),
    source: os.name,
    epoch: os.nodes().find(({ own }) => own)?.epoch ?? 0,
    offset: () => os.clock.wallClock() - os.clock.now(),
    maxBytes: size * MIB,
    notice: warn,
  });
  return startLogger(os, { journal, every, only, except, tell: warn });
}

function sizeOf(text: string): number {
  const size = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (size < 1) throw new InvalidArgumentError('A size is a whole number of MiB, 1 or more.');
  return size;
}
