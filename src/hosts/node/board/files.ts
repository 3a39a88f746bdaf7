/**
 * Files on a board: what it has, and putting others there. A file is written beside the old one, compared by its SHA-256,
 * and only then takes its name: a cable that is pulled leaves the old file whole.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { TdosError } from '../../../base/errors.ts';
import type { RawRepl } from './raw-repl.ts';

/** A file as it is to be on a board. */
export interface BoardFile {
  /** In the board's own file system, such as `main.py`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Where a new file lies until it is known to be whole. */
const DRAFT = 'tdos.new';
/** Bytes for each step: as text they are a few KB of the board's heap, for a moment. */
const STEP_BYTES = 768;
/** Bytes; a board's file system has about 800 KB. */
const MAX_BYTES = 512 * 1024;

/** Defines what the other steps use; the digest is read in pieces, since a file may be larger than the heap. */
const HELPERS = `
import gc
gc.collect()
def _digest(name):
    import binascii, hashlib
    h = hashlib.sha256()
    try:
        with open(name, "rb") as f:
            while True:
                b = f.read(512)
                if not b:
                    break
                h.update(b)
    except OSError:
        return "-"
    return binascii.hexlify(h.digest()).decode()
`;

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The digests of files on the board, in the order asked; undefined for one that is not there. */
export async function digestsOn(repl: RawRepl, names: readonly string[]): Promise<(string | undefined)[]> {
  await repl.run(HELPERS);
  const found: (string | undefined)[] = [];
  for (const name of names) {
    const digest = (await repl.run(`print(_digest(${python(name)}))`)).trim();
    found.push(/^[0-9a-f]{64}$/.test(digest) ? digest : undefined);
  }
  return found;
}

/**
 * Puts a file on the board.
 *
 * @param progress - told how many bytes are there.
 * @throws TdosError HOST when it did not arrive whole, TOO_LARGE
 */
export async function putFile(
  repl: RawRepl,
  { name, bytes }: BoardFile,
  progress: (bytes: number) => void = () => undefined,
): Promise<void> {
  if (bytes.length > MAX_BYTES)
    throw new TdosError('TOO_LARGE', `${name} has ${bytes.length} bytes: a board takes ${MAX_BYTES} at most.`);
  try {
    await repl.run(`${HELPERS}\nfrom binascii import a2b_base64\n_file = open("${DRAFT}", "wb")`);
    for (let sent = 0; sent < bytes.length; sent += STEP_BYTES) {
      const part = Buffer.from(bytes.subarray(sent, sent + STEP_BYTES));
      await repl.run(`_ = _file.write(a2b_base64(b"${part.toString('base64')}"))`);
      progress(sent + part.length);
    }
    await repl.run('_file.close()');
    const digest = (await repl.run(`print(_digest("${DRAFT}"))`)).trim();
    if (digest !== digestOf(bytes))
      throw new TdosError('HOST', 'what arrived is not what was sent. Try another cable.');
    await repl.run(`import os\nos.rename("${DRAFT}", ${python(name)})`);
  } catch (error) {
    throw await notWritten(repl, name, error);
  }
}

/** Sentences for what a board's file system refuses, by its number. */
const REFUSALS: Readonly<Record<string, (name: string) => string>> = {
  28: (name) => `The board's flash is full, and ${name} has no room: delete files on it.`,
  2: (name) => `The board has no folder for ${name}: give it another name.`,
};

async function notWritten(repl: RawRepl, name: string, error: unknown): Promise<unknown> {
  if (!(error instanceof TdosError)) return error;
  const number = /OSError: (?:\[Errno )?(\d+)/.exec(error.message)?.[1];
  if (error.code !== 'FAILED' || number === undefined)
    return new TdosError(error.code, `${name} was not put on the board: ${error.message}`);
  await repl.run(`import os\ntry:\n    os.remove("${DRAFT}")\nexcept OSError:\n    pass`);
  return new TdosError('HOST', REFUSALS[number]?.(name) ?? `The board did not take ${name}: ${error.message}.`);
}

/** A text as Python reads it. */
const python = (text: string): string => JSON.stringify(text);
