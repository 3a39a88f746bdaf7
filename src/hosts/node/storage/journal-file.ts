/**
 * One file of a journal: batches of one epoch, in order, each closed by its number. It is only appended to, until it is rolled
 * up or all of it is kept by storage.
 *
 * @module
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import type { Batch, Row, Scalar, Series } from '../../../services/storage/model.ts';
import { seriesText } from '../../../services/storage/model.ts';
import { batchOf, type Entry, lineOf, parseLine, seriesEntry } from './journal-lines.ts';

/** Where a sealed batch lies. */
interface Place {
  readonly sequence: number;
  readonly from: number;
  readonly to: number;
  /** Readings that it stands for. */
  readonly readings: number;
}

const NEW_LINE = 0x0a;

export class JournalFile {
  readonly path: string;
  source: string;
  epoch: number;
  size = 0;
  /** Batches that storage has not kept, the oldest first. */
  batches: Place[] = [];
  /** The number of the last batch that was sealed here or before. */
  lastSequence: number;
  /** Readings after the last seal. */
  open = 0;
  /** Bytes that those take in a message, at most. */
  openBytes = 0;
  isRolledUp = false;
  /** Lines that were not as they were written, found when the file was read. */
  damaged = 0;
  private readonly file: number;
  private readonly series: Series[] = [];
  private readonly places = new Map<string, number>();
  private readonly openSeries = new Set<number>();
  private sealedTo = 0;

  /**
   * Opens the file, or makes it, for batches after number `before`. What a torn last line leaves is cut off.
   *
   * @throws the file system's error.
   */
  constructor(path: string, source: string, epoch: number, before: number) {
    this.path = path;
    this.source = source;
    this.epoch = epoch;
    this.lastSequence = before;
    this.file = openSync(path, 'a+', 0o600);
    try {
      this.read();
      if (this.size === 0) this.append([['j', source, epoch, before]]);
    } catch (error) {
      closeSync(this.file);
      throw error;
    }
  }

  get descriptor(): number {
    return this.file;
  }

  get readings(): number {
    return this.batches.reduce((sum, { readings }) => sum + readings, this.open);
  }

  /** Writes a reading, as many lines as it takes. @throws the file system's error. */
  put(series: Series, at: number, value: Scalar, extras: Row[3]): void {
    const text = seriesText(series);
    const known = this.places.get(text);
    const place = known ?? this.series.length;
    const line = lineOf(extras === undefined ? ['r', place, at, value] : ['r', place, at, value, extras]);
    this.write(known === undefined ? lineOf(seriesEntry(series)) + line : line);
    if (known === undefined) {
      this.series.push(series);
      this.places.set(text, place);
    }
    this.open += 1;
    this.openBytes += Buffer.byteLength(line) + (this.openSeries.has(place) ? 0 : Buffer.byteLength(text));
    this.openSeries.add(place);
  }

  /** Writes whole lines, or nothing. @throws the file system's error. */
  append(entries: readonly Entry[]): void {
    this.write(entries.map(lineOf).join(''));
  }

  private write(lines: string): void {
    const bytes = Buffer.from(lines);
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.file, bytes, written);
    } catch (error) {
      ftruncateSync(this.file, this.size);
      throw error;
    }
    this.size += bytes.length;
  }

  seal(sequence: number): void {
    this.append([['b', sequence]]);
    this.keep(sequence, this.size, this.open);
  }

  batch({ from, to, sequence }: Place): Batch {
    const bytes = Buffer.alloc(to - from);
    readSync(this.file, bytes, 0, bytes.length, from);
    const entries = bytes.toString().split('\n').map(parseLine);
    const { source, epoch } = this;
    return batchOf(
      entries.filter((entry) => entry !== undefined),
      this.series,
      { source, epoch, sequence },
    );
  }

  close(): void {
    closeSync(this.file);
  }

  remove(): void {
    closeSync(this.file);
    unlinkSync(this.path);
  }

  private read(): void {
    const bytes = Buffer.alloc(fstatSync(this.file).size);
    for (let at = 0; at < bytes.length; ) {
      const count = readSync(this.file, bytes, at, bytes.length - at, at);
      if (count === 0) break;
      at += count;
    }
    for (let end = bytes.indexOf(NEW_LINE); end >= 0; end = bytes.indexOf(NEW_LINE, this.size)) {
      const entry = parseLine(bytes.toString('utf8', this.size, end));
      this.size = end + 1;
      if (entry === undefined) this.damaged += 1;
      else this.take(entry);
    }
    if (this.size < bytes.length) ftruncateSync(this.file, this.size);
  }

  private take(entry: Entry): void {
    switch (entry[0]) {
      case 'j':
        this.source = entry[1];
        this.epoch = entry[2];
        this.lastSequence = entry[3];
        return;
      case 's': {
        const [, service, node, unit, labels] = entry;
        // Written by placeOf.
        const series = { service, node, unit, labels: labels as Record<string, string> };
        this.places.set(seriesText(series), this.series.push(series) - 1);
        return;
      }
      case 'r':
        this.open += 1;
        return;
      case 'm':
        this.open += entry[3] ?? 0;
        this.isRolledUp = true;
        return;
      case 'b':
        this.keep(entry[1], this.size, this.open);
        return;
      case 'k':
        this.batches = this.batches.filter(({ sequence }) => sequence > entry[1]);
        return;
      case 'd':
        return;
    }
  }

  private keep(sequence: number, to: number, readings: number): void {
    this.batches.push({ sequence, from: this.sealedTo, to, readings });
    this.sealedTo = to;
    this.lastSequence = sequence;
    this.open = 0;
    this.openBytes = 0;
    this.openSeries.clear();
  }
}
