/**
 * A logger's journal on disk. Each reading is in a file before `write` returns, which survives the death of the process; `sync` and `seal`
 * bring it to the disk itself, so that a power failure costs what came since the last second.
 *
 * Every start has an epoch and begins a file, since a power failure may take numbers back; older files are sent first, under their own
 * epochs. When it is full, the oldest files are rolled up to minutes; when that is not enough, the oldest go. The batch that is next to be
 * sent is left as it is: it may be kept already.
 *
 * @module
 */
import { fdatasync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { Journal, JournalStats, Sealed, TakenReading } from '../../../services/logger/journal.ts';
import type { Series } from '../../../services/storage/model.ts';
import { hostError } from '../faults.ts';
import { makeFolder, replaceFile, syncFolder } from '../files.ts';
import type { Notice } from '../store.ts';
import { JournalFile } from './journal-file.ts';
import { lineOf, minuteEntry, readingsIn, seriesEntry } from './journal-lines.ts';
import { rolledUp } from './journal-rollup.ts';

export interface JournalOptions {
  readonly folder: string;
  /** Who logs: with the epoch it names the batches. */
  readonly source: string;
  /** Of this start: higher than that of the one before, if that is known. */
  readonly epoch: number;
  /** ms since 1970 less the moment on the clock by which readings are taken. */
  readonly offset: () => number;
  /** Bytes of all files. @default 256 MiB, about 8 million readings */
  readonly maxBytes?: number | undefined;
  /** Readings in a batch at most. @default 1000 */
  readonly batch?: number | undefined;
  /** Bring it to the disk itself. @default true; false for tests without a disk */
  readonly durable?: boolean | undefined;
  readonly notice?: Notice | undefined;
}

/** Files of a full journal: what is rolled up or dropped at a time is one of them. */
const FILES = 16;
/** Bytes of a batch at most, so that it fits a message of 64 KiB. */
const MAX_BATCH_BYTES = 48_000;
/** Bytes of a file that is left to be written on when all of it is kept. */
const SMALL_BYTES = 256 * 1024;
const dataSync = promisify(fdatasync);

/** Opens the journal in a folder, or makes one. @throws TdosError HOST when the folder cannot be read or written. */
export function openJournal(options: JournalOptions): Journal {
  return new DiskJournal(options);
}

/** The options, with their defaults. */
interface Settings extends JournalOptions {
  readonly maxBytes: number;
  readonly batch: number;
  readonly durable: boolean;
  readonly notice: Notice;
}

class DiskJournal implements Journal {
  private readonly options: Settings;
  private readonly files: JournalFile[];
  private readonly epoch: number;
  /** The number of the last batch of this epoch. */
  private sequence = 0;
  private rolled = 0;
  private dropped = 0;
  /** Files with lines that may not be on the disk itself. */
  private readonly dirty = new Set<JournalFile>();
  private next: { readonly place: object; readonly sealed: Sealed } | undefined;
  private isFull = false;

  constructor(options: JournalOptions) {
    const { maxBytes = 256 * 1024 * 1024, batch = 1000, durable = true, notice = () => undefined } = options;
    this.options = { ...options, maxBytes, batch, durable, notice };
    this.files = this.guard(() => this.readAll());
    this.epoch = this.files.reduce((highest, { epoch }) => Math.max(highest, epoch + 1), options.epoch);
  }

  write(readings: readonly TakenReading[]): void {
    if (readings.length === 0) return;
    this.guard(() => {
      const offset = this.options.offset();
      for (const { series, taken, value, extras } of readings) {
        const file = this.current();
        file.put(series, Math.round(taken + offset), value, extras);
        this.dirty.add(file);
        if (file.open >= this.options.batch || file.openBytes >= MAX_BATCH_BYTES) this.sealFile(file);
      }
      this.limit();
    });
  }

  async sync(): Promise<void> {
    for (const file of [...this.dirty]) {
      this.dirty.delete(file);
      await this.flush(file);
    }
  }

  async seal(): Promise<void> {
    const file = this.files.at(-1);
    if (file !== undefined && file.open > 0) this.guard(() => this.sealFile(file));
    await this.sync();
  }

  head(): Sealed | undefined {
    for (let file = this.files[0]; file !== undefined; file = this.files[0]) {
      const place = file.batches[0];
      if (place !== undefined) {
        if (this.next?.place === place) return this.next.sealed;
        const batch = file.batch(place);
        const readings = readingsIn(batch);
        this.next = { place, sealed: { batch, readings } };
        if (readings > 0) return this.next.sealed;
        this.done('kept');
        continue;
      }
      if (this.files.length === 1) return undefined;
      this.remove(file);
    }
    return undefined;
  }

  done(how: 'kept' | 'dropped'): void {
    const file = this.files[0];
    const place = file?.batches.shift();
    if (file === undefined || place === undefined) return;
    if (how === 'dropped') this.dropped += place.readings;
    this.isFull = false;
    const isWritten = file === this.files.at(-1) && (file.open > 0 || file.size < SMALL_BYTES);
    try {
      if (file.batches.length > 0 || isWritten) file.append([['k', place.sequence]]);
      else this.remove(file);
    } catch {
      // Without it the batch is sent once more, and known.
    }
  }

  stats(): JournalStats {
    const { files, rolled, dropped } = this;
    const waiting = files.reduce((sum, file) => sum + file.readings, 0);
    return { waiting, bytes: this.bytes(), rolledUp: rolled, dropped };
  }

  async close(): Promise<void> {
    await this.sync();
    for (const file of this.files.splice(0)) file.close();
  }

  /** The file that is written to. A new one when there is none of this epoch, or when it has its share. */
  private current(): JournalFile {
    const last = this.files.at(-1);
    const isMine = last?.epoch === this.epoch && !last.isRolledUp;
    if (last !== undefined && isMine && last.size < this.options.maxBytes / FILES) return last;
    if (last !== undefined && last.open > 0) this.sealFile(last);
    const number = (last === undefined ? 0 : numberOf(last.path)) + 1;
    const path = join(this.options.folder, `${String(number).padStart(12, '0')}.journal`);
    const file = new JournalFile(path, this.options.source, this.epoch, this.sequence);
    syncFolder(this.options.folder);
    this.files.push(file);
    return file;
  }

  private sealFile(file: JournalFile): void {
    const isMine = file.epoch === this.epoch;
    const sequence = (isMine ? this.sequence : file.lastSequence) + 1;
    file.seal(sequence);
    if (isMine) this.sequence = sequence;
    this.dirty.add(file);
  }

  private async flush(file: JournalFile): Promise<void> {
    if (!this.options.durable) return;
    try {
      await dataSync(file.descriptor);
    } catch (error) {
      throw hostError(`The journal ${this.options.folder} cannot be written`, error);
    }
  }

  /** Makes room. */
  private limit(): void {
    while (this.bytes() > this.options.maxBytes) {
      const older = this.files.slice(0, -1);
      const raw = older.find((file) => !file.isRolledUp && file.batches.length > (file === this.files[0] ? 1 : 0));
      if (raw !== undefined) this.rollUp(raw);
      else if (!this.dropOldest()) return;
      if (!this.isFull) this.options.notice(this.fullText(raw !== undefined));
      this.isFull = true;
    }
  }

  private fullText(canRollUp: boolean): string {
    const what = canRollUp ? 'the oldest readings are rolled up to minutes' : 'the oldest readings are given up';
    return `The journal ${this.options.folder} is full (${this.options.maxBytes} bytes): ${what}. \`tdos log stats\` counts them.`;
  }

  /** Puts minutes in the place of readings. */
  private rollUp(file: JournalFile): void {
    const isFirst = file === this.files[0];
    const places = isFirst ? file.batches.slice(1) : file.batches;
    const head = isFirst ? file.batches.slice(0, 1).map((place) => file.batch(place)) : [];
    const minutes = rolledUp(places.map((place) => file.batch(place)));
    this.rolled += minutes.reduce((sum, batch) => sum + readingsIn(batch) - batch.rows.length, 0);
    this.replace(file, [...head, ...minutes]);
  }

  /** Gives up the oldest file, but for the batch that is next. False when there is nothing to give up. */
  private dropOldest(): boolean {
    const file = this.files.slice(0, -1).find((one) => one.batches.length > (one === this.files[0] ? 1 : 0));
    if (file === undefined) return false;
    const batches = file.batches.map((place) => file.batch(place));
    const kept = batches.splice(0, file === this.files[0] ? 1 : 0);
    const count = batches.reduce((sum, batch) => sum + readingsIn(batch), 0);
    this.dropped += count;
    // What they would have told of others is told still.
    const untold = batches.reduce((sum, batch) => sum + batch.dropped, count);
    this.files.at(-1)?.append([['d', untold]]);
    this.replace(file, kept);
    return true;
  }

  /** Writes a file anew: it is the old or the new one, whenever the power goes. */
  private replace(file: JournalFile, batches: readonly ReturnType<JournalFile['batch']>[]): void {
    const index = this.files.indexOf(file);
    if (batches.length === 0) {
      this.remove(file);
      return;
    }
    const lines: string[] = [lineOf(['j', file.source, file.epoch, file.lastSequence])];
    const all: Series[] = [];
    for (const { key, series, rows, minutes, dropped } of batches) {
      const base = all.length;
      for (const one of series) lines.push(lineOf(seriesEntry(one)));
      all.push(...series);
      for (const [place, ...rest] of rows) lines.push(lineOf(['r', base + place, ...rest]));
      for (const [place, at, summary] of minutes) lines.push(lineOf(minuteEntry([base + place, at, summary])));
      if (dropped > 0) lines.push(lineOf(['d', dropped]));
      lines.push(lineOf(['b', key?.sequence ?? 0]));
    }
    replaceFile(file.path, lines.join(''));
    this.dirty.delete(file);
    file.close();
    const fresh = new JournalFile(file.path, file.source, file.epoch, file.lastSequence);
    fresh.isRolledUp = true;
    this.files[index] = fresh;
  }

  private bytes(): number {
    return this.files.reduce((sum, { size }) => sum + size, 0);
  }

  private remove(file: JournalFile): void {
    this.files.splice(this.files.indexOf(file), 1);
    this.dirty.delete(file);
    file.remove();
  }

  private readAll(): JournalFile[] {
    const { folder, source, epoch, notice } = this.options;
    makeFolder(folder);
    const names = readdirSync(folder).filter((name) => /^\d+\.journal$/.test(name));
    const files = names.sort().map((name) => new JournalFile(join(folder, name), source, epoch, 0));
    for (const file of files) {
      if (file.damaged > 0) {
        notice(`${file.damaged} lines of ${file.path} are damaged, and what they held is lost.`);
        this.dropped += file.damaged;
      }
      if (file.open > 0) file.seal(file.lastSequence + 1);
    }
    return files;
  }

  private guard<Result>(run: () => Result): Result {
    try {
      return run();
    } catch (error) {
      throw hostError(`The journal ${this.options.folder} cannot be written`, error);
    }
  }
}

const numberOf = (path: string): number => Number(basename(path, '.journal'));
