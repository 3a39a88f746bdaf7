/**
 * `tdos board setup`: from what a person says of a board to its files. Wi-Fi password and key go into `config.json` on the
 * board, and nowhere else.
 *
 * @module
 */
import { stdin } from 'node:process';
import { TdosError } from '../base/errors.ts';
import { withBoard } from '../hosts/node/board/board.ts';
import type { BoardFile } from '../hosts/node/board/files.ts';
import { libraryFiles } from '../hosts/node/board/library.ts';
import { configFile, driversOf, isOurs, parsePart, programOf } from '../hosts/node/board/program.ts';
import type { RawRepl } from '../hosts/node/board/raw-repl.ts';
import { nodeCodec } from '../hosts/node/codec.ts';
import { keyFile, readKeys } from '../hosts/node/key-file.ts';
import { isLabelValue } from '../wire/index.ts';
import { formatKey } from '../wire/key-text.ts';
import { type Answers, nameFault, passwordFault, passwordOf, type SetupOptions, ssidFault } from './board-answers.ts';
import { pushFiles } from './board-push.ts';
import { CliError } from './faults.ts';
import { DEFAULT_PORT } from './options.ts';
import { print } from './print.ts';

const DEFAULT_SENSORS = ['chip'];

/** @throws CliError USAGE, TdosError NO_KEY, BAD_CONFIG, HOST */
export async function setUpBoard(options: SetupOptions): Promise<void> {
  const keys = options.open ? undefined : keyTexts();
  for (const sensor of options.sensor ?? []) parsePart(sensor);
  const answers = stdin.isTTY ? await (await import('./board-ask.ts')).ask(options) : await fromFlags(options);
  const files = filesOf(options, answers, keys);
  await withBoard(options.device, async (repl) => {
    await keepForeignProgram(repl, options);
    await pushFiles(repl, files);
  });
  print(
    `\n${answers.name ?? 'The board'} is set up, and starts now. \`tdos board logs\` shows what it says. See it from this PC:`,
  );
  print('  tdos ls --interface NAME     (the network interface of this PC that is in the same network)');
  if (options.port !== DEFAULT_PORT)
    print(`Boards meet on port ${DEFAULT_PORT}, and here it is ${options.port}: they will not find each other.`);
}

function keyTexts(): readonly string[] {
  const keys = readKeys(keyFile());
  if (keys === undefined) throw new TdosError('NO_KEY');
  return keys.map((key) => formatKey(key, nodeCodec)).reverse();
}

async function fromFlags(options: SetupOptions): Promise<Answers> {
  const { wifi, passwordFrom, name, sensor = DEFAULT_SENSORS } = options;
  if (wifi === undefined || passwordFrom === undefined)
    throw new CliError(
      'USAGE',
      'without a terminal to ask, give --wifi NAME and --password-from FILE (- is the input; empty for an open Wi-Fi).',
    );
  return { ssid: wifi, password: await passwordOf(passwordFrom), name, sensors: sensor };
}

function filesOf(options: SetupOptions, answers: Answers, keys: readonly string[] | undefined): readonly BoardFile[] {
  const { ssid, password, name, sensors } = answers;
  const { country, label = {}, allowV1 = false } = options;
  const fault =
    passwordFault(password) ??
    (name === undefined ? undefined : nameFault(name)) ??
    ssidFault(ssid) ??
    (country === undefined || /^[A-Z]{2}$/.test(country) ? undefined : 'A country is two letters: DE, US.') ??
    (Object.values(label).every(isLabelValue) ? undefined : 'A label has at most 64 letters.');
  if (fault !== undefined) throw new TdosError('BAD_CONFIG', fault);
  const parts = sensors.map(parsePart);
  const program = { name: 'main.py', bytes: Buffer.from(programOf(parts, label)) };
  const config = configFile({ name, keys, wifi: { ssid, password, country }, allowV1 });
  return [...libraryFiles(driversOf(parts)), config, program];
}

/** A program that somebody wrote is not overwritten unasked. */
async function keepForeignProgram(repl: RawRepl, { replace = false }: SetupOptions): Promise<void> {
  if (replace) return;
  const begin = await repl.run('try:\n    print(open("main.py").read(64))\nexcept OSError:\n    pass');
  if (begin.trim() === '' || isOurs(begin)) return;
  if (stdin.isTTY && (await (await import('./board-ask.ts')).mayReplace())) return;
  throw new CliError(
    'USAGE',
    'the board has a main.py that was not made here, and it was left as it is. --replace puts another in its place;\n' +
      '      `tdos board push` brings the library alone up to date.',
  );
}
