/**
 * The lines of a journal's files: each a checksum and JSON, so that a torn or damaged one is known and the next can be read.
 *
 * @module
 */
import { crc32 } from 'node:zlib';
import type { Batch, MinuteRow, Row, Series } from '../../../services/storage/model.ts';

/** What a line says. */
export type Entry =
  /** The first of a file: whose readings, in which epoch, and the number of the batch before. */
  | readonly ['j', source: string, epoch: number, before: number]
  /** The next series; rows name it by its place. */
  | readonly ['s', service: string, node: string, unit: string, labels: object]
  | readonly ['r', ...Row]
  /** A minute that was rolled up: series, beginning, count, sum, min, max, last, when that was. */
  | readonly ['m', series: number, at: number, ...numbers: number[]]
  /** Readings were given up. */
  | readonly ['d', count: number]
  /** The end of a batch, and its number. */
  | readonly ['b', sequence: number]
  /** All up to this number are kept by storage. */
  | readonly ['k', sequence: number];

export const lineOf = (entry: Entry): string => {
  const text = JSON.stringify(entry);
  return `${crc32(text).toString(16).padStart(8, '0')} ${text}\n`;
};

/** Undefined for a line that is not as it was written. */
export function parseLine(line: string): Entry | undefined {
  const text = line.slice(9);
  if (line[8] !== ' ' || crc32(text).toString(16).padStart(8, '0') !== line.slice(0, 8)) return undefined;
  // The checksum says that it is what lineOf wrote.
  return JSON.parse(text) as Entry;
}

export const seriesEntry = ({ service, node, unit, labels }: Series): Entry => ['s', service, node, unit, labels];

export const minuteEntry = ([place, at, { count, sum, min, max, last, lastAt }]: MinuteRow): Entry => [
  'm',
  place,
  at,
  count,
  sum,
  min,
  max,
  last,
  lastAt,
];

/** The batch that lies between two ends; its series are those that it uses. */
export function batchOf(
  entries: readonly Entry[],
  all: readonly Series[],
  key: { readonly source: string; readonly epoch: number; readonly sequence: number },
): Batch {
  const places = new Map<number, number>();
  const series: Series[] = [];
  const placeOf = (own: number): number => {
    const known = places.get(own);
    if (known !== undefined) return known;
    const one = all[own];
    if (one === undefined) throw new Error(`the journal names a series ${own} that it does not know`);
    places.set(own, series.length);
    return series.push(one) - 1;
  };
  const rows: Row[] = [];
  const minutes: MinuteRow[] = [];
  let dropped = 0;
  for (const entry of entries) {
    if (entry[0] === 'r') {
      const [, own, at, value, extras] = entry;
      rows.push(extras === undefined ? [placeOf(own), at, value] : [placeOf(own), at, value, extras]);
    } else if (entry[0] === 'm') {
      const [, own, at, count = 0, sum = 0, min = 0, max = 0, last = 0, lastAt = 0] = entry;
      minutes.push([placeOf(own), at, { count, sum, min, max, last, lastAt }]);
    } else if (entry[0] === 'd') dropped += entry[1];
  }
  return { key, series, rows, minutes, dropped };
}

/** How many readings a batch stands for. */
export const readingsIn = ({ rows, minutes }: Batch): number =>
  minutes.reduce((sum, [, , { count }]) => sum + count, rows.length);
