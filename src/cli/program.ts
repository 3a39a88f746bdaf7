/**
 * The frame of the command line: which commands there are, the options that all share, and how a command ends.
 * Only the command that was asked for is loaded, so that `tdos read` answers soon after it was typed.
 *
 * @module
 */
import { inspect } from 'node:util';
import { Command, CommanderError } from 'commander';
import { version } from './about.ts';
import { CliError, EXIT, faultOf, faultText, isDebugging } from './faults.ts';
import { addNetworkOptions } from './options.ts';
import { print } from './print.ts';

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly define: (command: Command) => void }>;
}

const COMMANDS: readonly Entry[] = [
  {
    name: 'up',
    summary: 'a whole cluster on this machine: weather station, sensors, display, storage',
    load: () => import('./commands/up.ts'),
  },
  {
    name: 'ls',
    summary: 'services and nodes: where they are, how they are, since when',
    load: () => import('./commands/ls.ts'),
  },
  { name: 'info', summary: 'everything known of one service', load: () => import('./commands/info.ts') },
  { name: 'read', summary: 'read a resource once', load: () => import('./commands/read.ts') },
  { name: 'write', summary: 'write a text to a resource', load: () => import('./commands/write.ts') },
  { name: 'call', summary: 'call any operation of a service', load: () => import('./commands/call.ts') },
  { name: 'watch', summary: 'read a resource again and again', load: () => import('./commands/watch.ts') },
  {
    name: 'why',
    summary: 'why a value is missing, stale, slow or from a sibling',
    load: () => import('./commands/why.ts'),
  },
  { name: 'run', summary: 'run an app, or a script that uses boot()', load: () => import('./commands/run.ts') },
  { name: 'top', summary: 'a live view of the cluster', load: () => import('./commands/top.ts') },
  { name: 'kernel', summary: 'one kernel node, with or without apps', load: () => import('./commands/kernel.ts') },
  {
    name: 'sensor',
    summary: 'one node with a sensor, or with your own service',
    load: () => import('./commands/sensor.ts'),
  },
  { name: 'display', summary: 'one node with a display: this terminal', load: () => import('./commands/display.ts') },
  { name: 'storage', summary: 'one node that stores readings', load: () => import('./commands/storage.ts') },
  {
    name: 'log',
    summary: 'what was measured: query, latest, series, tail, export, stats, plot',
    load: () => import('./commands/log.ts'),
  },
  {
    name: 'logger',
    summary: 'one node that logs all sensors to storage',
    load: () => import('./commands/logger.ts'),
  },
  {
    name: 'key',
    summary: 'the key of the cluster: new, show, join, rotate, retire, list',
    load: () => import('./commands/key.ts'),
  },
  {
    name: 'board',
    summary: 'boards on USB: list, setup, push, logs, repl, status, reset',
    load: () => import('./commands/board.ts'),
  },
  {
    name: 'doctor',
    summary: 'check this machine and the cluster, and say what is wrong',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'completions',
    summary: 'completions of these commands for bash, zsh and fish',
    load: () => import('./commands/completions.ts'),
  },
  { name: 'sim', summary: 'simulate a cluster, to size it and to try it', load: () => import('./commands/sim.ts') },
];

/** The one command that must know all others. */
const TELLS_OF_ALL = 'completions';

const FOOTER = `
Names of resources:
  temp_sensor            any node that offers it; another takes over when that one dies
  temp_sensor@kitchen    the one on that node, or with that label value
  temp_sensor@room=hall  one with that label
  temp_sensor@*          all of them

Exit codes: 0 fine, 1 the operation failed, 2 wrong usage, 3 not found or no cluster.
Environment: TDOS_HOME (where nodes keep their state), TDOS_KEY_FILE (the cluster key), TDOS_PORT, NO_COLOR, TDOS_DEBUG=1 (stack traces).

\`tdos --version\` prints the version. Start with \`tdos up\`, and in a second terminal \`tdos ls\`.`;

/**
 * Runs one command line.
 *
 * @param args - what follows `tdos`.
 * @returns the exit code.
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  // Not an option of commander's: it would take `--version` from `tdos sensor` too.
  if (args[0] === '--version' || args[0] === '-V') {
    print(version());
    return EXIT.fine;
  }
  try {
    const program = await buildProgram(args);
    await program.parseAsync([...args], { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : EXIT.fine;
  } catch (error) {
    return report(error, args);
  }
}

async function buildProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('tdos')
    .description('Many boards, and the PCs beside them, act as one computer.')
    .usage('COMMAND [options]')
    .helpOption('-h, --help', 'help, also for one command: tdos read --help')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .addHelpText('after', FOOTER);
  addNetworkOptions(program);
  for (const { name, summary, load } of COMMANDS) {
    const command = program.command(name).summary(summary);
    if (args.includes(name) || args[0] === TELLS_OF_ALL) (await load()).define(command);
  }
  return program;
}

function report(error: unknown, args: readonly string[]): number {
  if (error instanceof CommanderError && isHelp(error)) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  const fault = faultOf(error instanceof CommanderError ? usageError(error, args) : error);
  console.error(faultText(fault, args.includes('--json')));
  if (isDebugging() && error instanceof Error) console.error(inspect(error));
  return fault.exit;
}

/** Help was asked for, or was shown because no command was. */
const isHelp = (error: CommanderError): boolean => /^commander\.(help|helpDisplayed)$/.test(error.code);

function usageError(error: CommanderError, args: readonly string[]): CliError {
  const command = COMMANDS.find(({ name }) => args.includes(name));
  const help = `tdos ${command === undefined ? '' : `${command.name} `}--help`;
  return new CliError('USAGE', `${error.message.replace(/^error: /, '')}\n      \`${help}\` shows how it is used.`);
}
