/**
 * What there is to know of a board before it is set up, from flags or from a person, and what is wrong with it.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { stdin } from 'node:process';
import { text as textOf } from 'node:stream/consumers';
import { isName } from '../wire/index.ts';
import { CliError } from './faults.ts';
import type { NetworkOptions } from './options.ts';

export interface SetupOptions extends NetworkOptions {
  readonly device: string;
  readonly wifi?: string;
  readonly passwordFrom?: string;
  readonly country?: string;
  readonly name?: string;
  readonly sensor?: readonly string[];
  readonly label?: Readonly<Record<string, string>>;
  readonly replace?: boolean;
}

/** What is needed to know of a board. */
export interface Answers {
  readonly ssid: string;
  readonly password: string;
  /** Undefined: the board makes one of its chip's number. */
  readonly name: string | undefined;
  /** As `--sensor` takes them. */
  readonly sensors: readonly string[];
}

/** Bytes of a Wi-Fi's name. */
const SSID_BYTES = 32;
/** Bytes; a Wi-Fi password has 8 to 63. */
const PASSWORD_BYTES = [8, 63] as const;
/** The first line of a file, or of the input. */
export async function passwordOf(from: string): Promise<string> {
  try {
    const text = from === '-' ? await textOf(stdin) : readFileSync(from, 'utf8');
    return text.split(/\r?\n/, 1)[0] ?? '';
  } catch {
    throw new CliError('USAGE', `the password cannot be read from ${from}.`);
  }
}

/** What is wrong with a password; undefined for a good one. */
export function passwordFault(password: string): string | undefined {
  const length = Buffer.byteLength(password);
  const [least, most] = PASSWORD_BYTES;
  if (length === 0 || (length >= least && length <= most)) return undefined;
  return `A Wi-Fi password has ${least} to ${most} letters, or none for an open Wi-Fi.`;
}

export const nameFault = (name: string): string | undefined =>
  isName(name) ? undefined : 'A name has 1 to 64 letters, and no control characters.';

/** What is wrong with the name of a Wi-Fi. */
export const ssidFault = (ssid: string): string | undefined =>
  ssid !== '' && Buffer.byteLength(ssid) <= SSID_BYTES
    ? undefined
    : `A Wi-Fi has a name of 1 to ${SSID_BYTES} letters.`;
