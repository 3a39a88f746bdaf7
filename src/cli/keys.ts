/**
 * What `tdos key` does with the keys of this machine: makes, shows, takes, retires and lists them. The key itself is shown by
 * `show` alone; all others tell it by its id, which travels in every datagram.
 *
 * @module
 */
import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline/promises';
import { text as textOf } from 'node:stream/consumers';
import encodeQR from 'qr';
import { TdosError } from '../base/errors.ts';
import { nodeCodec } from '../hosts/node/codec.ts';
import { changeKeys, isSameKey, type Keys, keyFile, newKey, readKeys, writeKeys } from '../hosts/node/key-file.ts';
import { formatKey, parseKey } from '../wire/key-text.ts';
import { sealKey } from '../wire/seal.ts';
import { CliError } from './faults.ts';
import { print, printJson } from './print.ts';
import { tableText } from './table.ts';

/** Dark on light, whatever the colours of the terminal. */
const QR_COLOURS = ['\u001b[97;40m', '\u001b[0m'] as const;

/** What people and datagrams call a key. */
export const idOf = (key: Uint8Array): string => sealKey(key, nodeCodec).id.toString(16).toUpperCase().padStart(2, '0');

/** @throws TdosError NO_KEY */
export function heldKeys(): Keys {
  const keys = readKeys(keyFile());
  if (keys === undefined) throw new TdosError('NO_KEY');
  return keys;
}

/** A key that no datagram confuses with those. */
export function anotherKey(keys: Keys): Uint8Array {
  const taken = keys.map(idOf);
  let key = newKey();
  while (taken.includes(idOf(key))) key = newKey();
  return key;
}

/** @throws CliError KEY_EXISTS */
export function makeKey({ force = false }: { readonly force?: boolean }): void {
  const key = newKey();
  // Even where what is there cannot be read.
  if (force) writeKeys(keyFile(), [key]);
  else
    changeKeys(keyFile(), (keys) => {
      if (keys === undefined) return [key];
      throw new CliError(
        'KEY_EXISTS',
        'this machine has a cluster key already. `tdos key show` shows it to another machine, `tdos key rotate` goes over\n' +
          '      to another one; --force starts another cluster, and loses the nodes of this one elsewhere.',
      );
    });
  print(
    `The cluster has the new key ${idOf(key)}. For another machine: \`tdos key show\` here, \`tdos key join\` there.`,
  );
}

/** @throws CliError USAGE where it would not go to a person; TdosError NO_KEY */
export function showKey({ qr = false, yes = false }: { readonly qr?: boolean; readonly yes?: boolean }): void {
  if (!stdout.isTTY && !yes)
    throw new CliError('USAGE', 'the key is a secret, and this is no terminal. --yes gives it out all the same.');
  const key = heldKeys().at(-1) as Uint8Array;
  const text = formatKey(key, nodeCodec);
  print(text);
  if (qr) print(qrText(text));
}

export async function joinKey(
  words: readonly string[],
  { replace = false }: { readonly replace?: boolean },
): Promise<void> {
  const given = words.join('') || process.env.TDOS_JOIN_KEY || (await askForKey());
  // What is typed as an argument is seen by other users in the list of processes: for a moment only.
  process.title = 'tdos';
  delete process.env.TDOS_JOIN_KEY;
  const key = parseKey(given, nodeCodec);
  if (replace) writeKeys(keyFile(), [key]);
  else changeKeys(keyFile(), (keys = []) => joined(keys, key));
  const { length } = heldKeys();
  print(
    `This machine has the key ${idOf(key)}${length > 1 ? `, and ${idOf(heldKeys()[0] as Uint8Array)} until the kernels use that no more` : ''}.`,
  );
}

/** The key as the newest. */
function joined(keys: Keys, key: Uint8Array): Keys {
  const newest = keys.at(-1);
  if (newest === undefined) return [key];
  if (isSameKey(newest, key)) return keys;
  if (idOf(newest) === idOf(key))
    throw new CliError(
      'KEY_EXISTS',
      `the key that is here has the same id, ${idOf(key)}: datagrams could not tell them apart. --replace forgets it.`,
    );
  return [newest, key];
}

async function askForKey(): Promise<string> {
  if (!stdin.isTTY) return textOf(stdin);
  const lines = createInterface({ input: stdin, output: process.stderr });
  try {
    return await lines.question('Key, as `tdos key show` gives it on the other machine: ');
  } finally {
    lines.close();
  }
}

export function retireKey(): void {
  const keys = heldKeys();
  const [older, newest] = keys;
  if (older === undefined || newest === undefined) {
    print('There is one key; nothing is to be retired.');
    return;
  }
  changeKeys(keyFile(), (held = []) => held.slice(-1));
  print(`The key ${idOf(older)} is retired; ${idOf(newest)} is valid.`);
}

export function listKeys({ json = false }: { readonly json?: boolean }): void {
  const keys = heldKeys();
  const rows = keys.map((key, at) => ({ id: idOf(key), state: at === keys.length - 1 ? 'newest' : 'older' }));
  if (json) printJson(rows);
  else
    print(
      tableText(
        ['ID', 'STATE'],
        rows.map(({ id, state }) => [id, state]),
      ),
    );
}

function qrText(text: string): string {
  const [begin, end] = QR_COLOURS;
  return encodeQR(text, 'ascii')
    .trimEnd()
    .split('\n')
    .map((line) => (stdout.isTTY ? `${begin}${line}${end}` : line))
    .join('\n');
}
