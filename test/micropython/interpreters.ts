/**
 * The versions of MicroPython that are tried. A thread has one of them: a second one would break the first.
 *
 * @module
 */
import type { Version } from './messages.ts';

interface Package {
  loadMicroPython(options: object): Promise<MicroPython>;
}

export const INTERPRETERS: Readonly<Record<Version, () => Promise<Package>>> = {
  '1.23': () => import('micropython-1.23/micropython.mjs'),
  '1.25': () => import('micropython-1.25/micropython.mjs'),
  '1.27': () => import('micropython-1.27/micropython.mjs'),
};
