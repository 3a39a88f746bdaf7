/**
 * Files on their way to a board: what is there already stays, and who waits sees how far it is.
 *
 * @module
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { stdout } from 'node:process';
import { type BoardFile, digestOf, digestsOn, putFile } from '../hosts/node/board/files.ts';
import type { RawRepl } from '../hosts/node/board/raw-repl.ts';
import { CliError } from './faults.ts';
import { print } from './print.ts';

/** Puts on the board what is not there yet, in that order. @throws TdosError HOST, TOO_LARGE */
export async function pushFiles(repl: RawRepl, files: readonly BoardFile[]): Promise<void> {
  const there = await digestsOn(
    repl,
    files.map(({ name }) => name),
  );
  for (const [index, file] of files.entries()) {
    const { name, bytes } = file;
    const isThere = there[index] === digestOf(bytes);
    if (!isThere)
      await putFile(repl, file, stdout.isTTY ? (sent) => showProgress(name, sent, bytes.length) : undefined);
    print(
      `${stdout.isTTY ? '\r\u001b[K' : ''}${name}  ${isThere ? 'is there already' : `${bytes.length} bytes, verified`}`,
    );
  }
}

const showProgress = (name: string, sent: number, all: number): void => {
  stdout.write(`\r${name}  ${Math.floor((100 * sent) / all)} %`);
};

/** `FILE` or `FILE:NAME` as a file for the board. A Windows drive (`C:\…`) is no name. @throws CliError USAGE */
export function fileOf(text: string): BoardFile {
  const [, path = text, name = basename(text)] = existsSync(text) ? [] : (/^(.+):([^\\/:][^\\:]*)$/.exec(text) ?? []);
  if (!existsSync(path) || !statSync(path).isFile()) throw new CliError('USAGE', `there is no file ${path}.`);
  return { name, bytes: readFileSync(path) };
}
