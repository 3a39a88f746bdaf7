/**
 * What a person sets when flashing a board, as words of the command line of `mcconfig`.
 *
 * @module
 */

import { XsCodec } from '../../src/hosts/xs/codec.ts';
import { BoardHost } from '../../src/hosts/xs/host.ts';
import type { Moddable } from '../../src/hosts/xs/moddable.ts';
import type { XsText } from '../../src/hosts/xs/utf8.ts';
import { parseKey } from '../../src/wire/key-text.ts';

export interface Settings {
  readonly wifi_name: string;
  readonly wifi_password?: string;
  /** The node's name; kept in flash. */
  readonly name?: string;
  /** As `tdos key show` prints it; kept in flash. */
  readonly key?: string;
  readonly room?: string;
}

/** The host of this board. @throws TdosError BAD_CONFIG for a key that is none. */
export function hostOf(machine: Moddable, xs: XsText, settings: Settings): BoardHost {
  const { wifi_name: ssid, wifi_password: password, name, key: written } = settings;
  const key = written === undefined ? undefined : parseKey(written, new XsCodec(xs));
  return new BoardHost(machine, xs, { ssid, password, name, key });
}

/** Labels of all services of this board. */
export const labelsOf = ({ room }: Settings): Readonly<Record<string, string>> => (room === undefined ? {} : { room });
