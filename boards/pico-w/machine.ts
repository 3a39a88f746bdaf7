/**
 * This board's modules, handed over.
 *
 * @module
 */

import Analog from 'embedded:io/analog';
import Udp from 'embedded:io/socket/udp';
import Wifi from 'embedded:network/interface/wifi';
import { Digest } from 'crypt';
import Preference from 'preference';
import Time from 'time';
import Timer from 'timer';
import type { Moddable } from '../../src/hosts/xs/moddable.ts';
import type { XsText } from '../../src/hosts/xs/utf8.ts';

/** GP28, where nothing is wired: an open input is never quite still. */
const OPEN_INPUT = 28;

export function machine(): Moddable {
  const open = new Analog({ pin: OPEN_INPUT });
  return {
    Udp,
    Wifi,
    timers: Timer,
    time: Time,
    preferences: Preference,
    sha256: () => new Digest('SHA256'),
    noise: () => open.read(),
    wallClock: () => Date.now(),
  };
}

export const text: XsText = {
  fromString: (written) => ArrayBuffer.fromString(written),
  fromArrayBuffer: (bytes) => String.fromArrayBuffer(bytes),
};

export const print = (line: string): void => trace(`${line}\n`);
