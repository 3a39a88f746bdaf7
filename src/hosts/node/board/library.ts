/**
 * The MicroPython files that come with TDOS: the library, and a driver for each kind of sensor.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { BoardFile } from './files.ts';

/** Four folders up in a checkout and in an install alike. */
const FOLDER = new URL('../../../../boards/micropython/', import.meta.url);

/** A file of the library by its path there, as it is on a board: all in one folder. */
const fileOf = (path: string): BoardFile => ({ name: basename(path), bytes: readFileSync(new URL(path, FOLDER)) });

/** The library and those of its drivers. */
export const libraryFiles = (drivers: readonly string[]): BoardFile[] =>
  ['tdos.py', ...drivers.map((name) => `drivers/${name}.py`)].map(fileOf);

/** Everything that programs on a board may import. */
export const allLibraryFiles = (): BoardFile[] => [
  ...libraryFiles(
    readdirSync(new URL('drivers/', FOLDER))
      .filter((name) => name.endsWith('.py'))
      .map((name) => basename(name, '.py'))
      .sort(),
  ),
  fileOf('tinyos.py'),
];
