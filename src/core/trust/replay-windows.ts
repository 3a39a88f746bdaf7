/**
 * Which datagrams of each sender were here already. Addressed ones and those to everybody have a window each, over one
 * row of sequence numbers: what goes to everybody may be queued by an access point for long, and must not push out the rest.
 *
 * The floor rises with time: what was the newest some seconds ago is the oldest that is taken now. So a datagram that
 * somebody kept is worth nothing once its sender has gone on, even if it never arrived.
 *
 * All windows lie in one table of numbers, a row each: as objects they would take six times the memory on a board.
 *
 * @module
 */
import { elapsed, type Instant, instant } from '../../base/time.ts';

/** The window of one sender: its row in the table. */
export type ReplayWindow = number;

/** Nothing up to the floor is taken; nothing up to the mark will be, some time after it was set. */
const FLOOR = 0;
const MARK = 1;
const MARKED_AT = 2;
const TAKEN_AT = 3;
/** Then for each kind of datagram its highest number, and a bit for each of the numbers up to it. */
const KINDS = 4;
const WORD_BITS = 32;
/** Rows are made so many at once. */
const MORE_ROWS = 8;

export class ReplayWindows {
  private readonly size: number;
  private readonly flightMs: number;
  /** Numbers of one kind, and of a whole row. */
  private readonly width: number;
  private readonly stride: number;
  private cells = new Float64Array();
  private rows = 0;

  /**
   * @param size - numbers that datagrams may overtake each other by; a multiple of 32.
   * @param flightMs - ms that a datagram may be late.
   */
  constructor(size: number, flightMs: number) {
    this.size = size;
    this.flightMs = flightMs;
    this.width = 1 + size / WORD_BITS;
    this.stride = KINDS + 2 * this.width;
  }

  /**
   * Begins a window.
   *
   * @param sequence - of the datagram that proved the sender. Nothing before it is taken.
   * @param instead - the window that it takes the place of.
   */
  begin(sequence: number, now: Instant, instead: ReplayWindow = this.rows++): ReplayWindow {
    const start = instead * this.stride;
    if (start >= this.cells.length) this.grow();
    this.cells.fill(0, start, start + this.stride);
    this.cells.set([sequence, sequence, now, now, sequence], start);
    this.cells[this.kind(instead, false)] = sequence;
    return instead;
  }

  /** Nothing up to that number is taken any more. */
  raise(window: ReplayWindow, sequence: number): void {
    const floor = window * this.stride + FLOOR;
    this.cells[floor] = Math.max(this.cell(floor), sequence);
  }

  /** Whether it would be taken. */
  isNew(window: ReplayWindow, sequence: number, addressed: boolean): boolean {
    if (sequence <= this.cell(window * this.stride + FLOOR)) return false;
    const kind = this.kind(window, addressed);
    const highest = this.cell(kind);
    if (sequence > highest) return true;
    return sequence > highest - this.size && (this.cell(this.wordOf(kind, sequence)) & bitOf(sequence)) === 0;
  }

  /** @returns false for a datagram that was here, or that comes too late. */
  take(window: ReplayWindow, sequence: number, addressed: boolean, now: Instant): boolean {
    this.age(window, now);
    if (!this.isNew(window, sequence, addressed)) return false;
    const kind = this.kind(window, addressed);
    if (sequence > this.cell(kind)) this.moveTo(kind, sequence);
    const word = this.wordOf(kind, sequence);
    this.cells[word] = (this.cell(word) | bitOf(sequence)) >>> 0;
    this.cells[window * this.stride + TAKEN_AT] = now;
    return true;
  }

  /** Raises the floor, once so much time has passed. */
  private age(window: ReplayWindow, now: Instant): void {
    const start = window * this.stride;
    if (this.since(start + MARKED_AT, now) < this.flightMs) return;
    const highest = Math.max(this.cell(this.kind(window, true)), this.cell(this.kind(window, false)));
    // After a silence all that was seen is as old.
    const isSilent = this.since(start + TAKEN_AT, now) >= this.flightMs;
    this.raise(window, isSilent ? highest : this.cell(start + MARK));
    this.cells[start + MARK] = highest;
    this.cells[start + MARKED_AT] = now;
  }

  /** Numbers between the highest before and this one were not seen. */
  private moveTo(kind: number, sequence: number): void {
    const highest = this.cell(kind);
    if (sequence - highest >= this.size) this.cells.fill(0, kind + 1, kind + this.width);
    else
      for (let between = highest + 1; between <= sequence; between++) {
        const word = this.wordOf(kind, between);
        this.cells[word] = (this.cell(word) & ~bitOf(between)) >>> 0;
      }
    this.cells[kind] = sequence;
  }

  private kind(window: ReplayWindow, addressed: boolean): number {
    return window * this.stride + KINDS + (addressed ? 0 : this.width);
  }

  private wordOf(kind: number, sequence: number): number {
    return kind + 1 + Math.floor((sequence % this.size) / WORD_BITS);
  }

  private since(at: number, now: Instant): number {
    return elapsed(instant(this.cell(at)), now);
  }

  private cell(at: number): number {
    return this.cells[at] as number;
  }

  private grow(): void {
    const cells = new Float64Array(this.cells.length + MORE_ROWS * this.stride);
    cells.set(this.cells);
    this.cells = cells;
  }
}

const bitOf = (sequence: number): number => 1 << (sequence & (WORD_BITS - 1));
