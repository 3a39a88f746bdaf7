/**
 * `tdos board`: boards on this machine's USB, from new to a node of the cluster.
 *
 * @module
 */
import type { Command } from 'commander';
import { withBoard } from '../../hosts/node/board/board.ts';
import { allLibraryFiles, libraryFiles } from '../../hosts/node/board/library.ts';
import { listPorts, onlyPort, UF2_ADVICE, waitingBoards } from '../../hosts/node/board/ports.ts';
import { KINDS } from '../../hosts/node/board/program.ts';
import { type BoardStatus, statusOf } from '../../hosts/node/board/status.ts';
import type { SetupOptions } from '../board-answers.ts';
import { openRepl, showLogs } from '../board-console.ts';
import { fileOf, pushFiles } from '../board-push.ts';
import { setUpBoard } from '../board-setup.ts';
import { addFor, addJson, collect, collectLabel, type JsonOption } from '../options.ts';
import { print, printJson } from '../print.ts';
import { faint, tableText } from '../table.ts';

interface DeviceOption {
  readonly device?: string;
}

const EXAMPLES = `
With one board on USB, nothing needs to be named.

Examples:
  tdos board list
  tdos board setup                 (asks what it needs to know)
  tdos board setup --name kitchen --wifi home --password-from wifi.txt --sensor bme280 --sensor light:27
  tdos board push                  (the library and its drivers, after an update of TDOS)
  tdos board push my.py:main.py    (a program of your own)
  tdos board logs`;

const SENSORS = `
Sensors, and the pins they have unless you say others:
${Object.entries(KINDS)
  .map(
    ([name, { title, pins }]) =>
      `  ${[name, pins.map(([, pin]) => pin).join(',')].filter(Boolean).join(':').padEnd(12)} ${title}`,
  )
  .join('\n')}`;

export function define(command: Command): void {
  command.description('Sets up boards with MicroPython over USB.').addHelpText('after', EXAMPLES);
  addJson(command.command('list'), 'a list of { path, isPico, maker, serial }')
    .description('Lists the boards on USB.')
    .action((options: JsonOption) => list(options));
  addDevice(command.command('setup'))
    .description('Makes a board a node: library, drivers, settings and program. It asks for what is not said here.')
    .option('--name <node>', 'name of the node')
    .option('--wifi <name>', 'name of the Wi-Fi')
    .option('--password-from <file>', 'a file with its password, - for the input; empty for an open Wi-Fi')
    .option('--country <code>', 'two letters: which channels the radio may use')
    .option('--sensor <kind[:pins]>', 'such as chip, light:26, bme280:4,5; may be repeated (default: chip)', collect)
    .option('--label <key=value>', 'such as room=kitchen; may be repeated', collectLabel)
    .option('--replace', 'a main.py that was not made here is replaced')
    .addHelpText('after', SENSORS)
    .action(async (_options: unknown, self: Command) => {
      const options = self.optsWithGlobals<Omit<SetupOptions, 'device'> & DeviceOption>();
      await setUpBoard({ ...options, device: await deviceOf(options) });
    });
  addDevice(command.command('push'))
    .description('Puts files on a board, compares them by SHA-256, and restarts it.')
    .argument('[file...]', 'files, or FILE:NAME for another name there; without any, the library and its drivers')
    .option('--no-reset', 'leave the program stopped')
    .action(async (names: string[], options: DeviceOption & { readonly reset: boolean }) => {
      const files = names.length === 0 ? allLibraryFiles() : names.map(fileOf);
      await withBoard(await deviceOf(options), (repl) => pushFiles(repl, files), options.reset);
    });
  addFor(addDevice(command.command('logs')))
    .description('Shows what a board prints, also after it restarts, until Ctrl-C.')
    .action(async (options: DeviceOption & { readonly for?: number }) =>
      showLogs(await deviceOf(options), options.for),
    );
  addDevice(command.command('repl'))
    .description('Types Python to a board, until Ctrl-].')
    .action(async (options: DeviceOption) => openRepl(await deviceOf(options)));
  addJson(addDevice(command.command('status')), 'what the table has, by the same names')
    .description('Stops the program, asks the board how it is, and restarts it.')
    .action(async (options: DeviceOption & JsonOption) => showStatus(await deviceOf(options), options));
  addDevice(command.command('reset'))
    .description('Restarts a board, and with it its program.')
    .action(async (options: DeviceOption) => withBoard(await deviceOf(options), async () => undefined));
}

const addDevice = (command: Command): Command =>
  command.option('--device <port>', 'serial port of the board, such as /dev/ttyACM0 (default: the only one)');

const deviceOf = async ({ device }: DeviceOption): Promise<string> => device ?? onlyPort(await listPorts());

async function list({ json = false }: JsonOption): Promise<void> {
  const ports = await listPorts();
  if (json) return printJson(ports);
  const rows = ports.map(({ path, isPico, maker, serial }) => [
    path,
    isPico ? 'Pico' : 'perhaps a board',
    faint([maker, serial].filter(Boolean).join(' ')),
  ]);
  const waiting = waitingBoards();
  if (rows.length > 0) print(tableText(['DEVICE', 'BOARD', 'WHAT IT SAYS'], rows));
  for (const drive of waiting) print(`A board waits for its MicroPython: drop on its drive ${drive} ${UF2_ADVICE}.`);
  // Throws what to do.
  if (rows.length + waiting.length === 0) onlyPort(ports, waiting);
}

async function showStatus(device: string, { json = false }: JsonOption): Promise<void> {
  const [library] = libraryFiles([]);
  if (library === undefined) return;
  const status = await withBoard(device, (repl) => statusOf(repl, library));
  if (json) printJson(status);
  else print(tableText(['', device], rowsOf(status)));
}

const LIBRARY: Readonly<Record<BoardStatus['library'], string>> = {
  same: 'tdos.py of this version',
  other: 'tdos.py of another version: `tdos board push` brings this one',
  none: 'no tdos.py: `tdos board setup` brings it',
};

function rowsOf(status: BoardStatus): string[][] {
  const { joined, counts, flash } = status;
  return [
    ['board', status.machine ?? 'unknown'],
    ['MicroPython', status.python],
    ['heap', `${status.heap} bytes free`],
    ['flash', flash === null ? 'unknown' : `${flash} bytes free`],
    ['files', status.files.sort().join(' ')],
    ['library', LIBRARY[status.library]],
    ['node', status.name ?? 'none: the program has none, or ended with an error; `tdos board logs`, then reset'],
    ['services', status.services.join(' ')],
    [
      'cluster',
      joined === null ? 'unknown' : joined ? 'joined a kernel' : 'not joined: no kernel answers, or no Wi-Fi',
    ],
    [
      'not taken',
      Object.entries(counts)
        .map(([why, count]) => `${why} ${count}`)
        .join(', '),
    ],
    ['last fault', status.fault ?? 'none'],
  ];
}
