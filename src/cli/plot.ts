/**
 * A chart in the terminal, of dots: eight to a character. The axes say what and when.
 *
 * @module
 */
import { momentText } from './times.ts';

/** One curve: points in the order of time, and its colour. */
export interface Curve {
  readonly name: string;
  readonly points: readonly { readonly at: number; readonly value: number }[];
  readonly paint: (text: string) => string;
}

export interface ChartOptions {
  readonly from: number;
  readonly to: number;
  readonly zone: string;
  readonly unit: string;
  /** Characters of the whole, with its axes. */
  readonly width: number;
  readonly height: number;
  /** ms: points that are further apart are not joined. */
  readonly gap: number;
}

const BRAILLE = 0x2800;
/** The bit of each dot of a character: two columns, four rows. */
const BITS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;
const DOTS_ACROSS = 2;
const DOTS_DOWN = 4;

/** The chart as lines of text. Curves must hold at least one point in all. */
export function chartText(curves: readonly Curve[], options: ChartOptions): string {
  const values = curves.flatMap(({ points }) => points.map(({ value }) => value));
  const [low, high] = rangeOf(values);
  const { height, unit } = options;
  const labels = Array.from({ length: height }, (_, row) => low + ((height - 1 - row) / (height - 1)) * (high - low));
  const texts = labels.map((value) => numberText(value, high - low));
  const left = Math.max(...texts.map(({ length }) => length), unit.length);
  const width = Math.max(options.width - left - 2, 10);
  const canvas = new Canvas(width, height);
  for (const curve of curves) draw(canvas, curve, { ...options, width }, low, high);
  const rows = canvas.lines().map((line, row) => {
    const isTick = row % 4 === 0 || row === height - 1;
    return `${(isTick ? (texts[row] ?? '') : '').padStart(left)} ${isTick ? '┤' : '│'}${line}`.trimEnd();
  });
  const axis = `${unit.padStart(left)} └${'─'.repeat(width)}`;
  return [...rows, axis, timeAxis(options, left + 2, width), ...legend(curves, left + 2)].join('\n');
}

/** A little more than the values need; never nothing. */
function rangeOf(values: readonly number[]): [number, number] {
  const least = values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
  const most = values.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);
  const spread = most - least || Math.abs(most) * 0.1 || 1;
  return [least - spread * 0.02, most + spread * 0.02];
}

function numberText(value: number, spread: number): string {
  const digits = Math.max(0, Math.min(6, 1 - Math.floor(Math.log10(spread))));
  return value.toFixed(digits);
}

function draw(canvas: Canvas, { points, paint }: Curve, options: ChartOptions, low: number, high: number): void {
  const { from, to, gap, width, height } = options;
  const x = (at: number): number => Math.round(((at - from) / Math.max(to - from, 1)) * (width * DOTS_ACROSS - 1));
  const y = (value: number): number => Math.round(((high - value) / (high - low)) * (height * DOTS_DOWN - 1));
  points.forEach(({ at, value }, index) => {
    const before = points[index - 1];
    if (before === undefined || at - before.at > gap) canvas.dot(x(at), y(value), paint);
    else canvas.line(x(before.at), y(before.value), x(at), y(value), paint);
  });
}

/** When it begins, half way, and ends. */
function timeAxis({ from, to, zone }: ChartOptions, left: number, width: number): string {
  const isDay = to - from <= 86_400_000 && momentText(from, zone).slice(0, 10) === momentText(to, zone).slice(0, 10);
  const text = (at: number): string => momentText(at, zone).slice(isDay ? 11 : 0, isDay ? 19 : 16);
  const [start, middle, end] = [from, (from + to) / 2, to].map((at) => text(Math.round(at))) as [
    string,
    string,
    string,
  ];
  const room = width - start.length - end.length;
  if (room < middle.length + 4) return `${' '.repeat(left)}${start}${' '.repeat(Math.max(1, room))}${end}`;
  const before = Math.floor((room - middle.length) / 2);
  return `${' '.repeat(left)}${start}${' '.repeat(before)}${middle}${' '.repeat(room - middle.length - before)}${end}`;
}

const legend = (curves: readonly Curve[], left: number): string[] =>
  curves.length < 2 ? [] : [`${' '.repeat(left)}${curves.map(({ name, paint }) => paint(`● ${name}`)).join('  ')}`];

/** Dots that are set, and the colour of each character: that of the last dot in it. */
class Canvas {
  private readonly width: number;
  private readonly height: number;
  private readonly bits: Uint8Array;
  private readonly paints = new Map<number, (text: string) => string>();

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.bits = new Uint8Array(width * height);
  }

  dot(x: number, y: number, paint: (text: string) => string): void {
    if (x < 0 || y < 0 || x >= this.width * DOTS_ACROSS || y >= this.height * DOTS_DOWN) return;
    const cell = Math.floor(y / DOTS_DOWN) * this.width + Math.floor(x / DOTS_ACROSS);
    this.bits[cell] = (this.bits[cell] ?? 0) | (BITS[x % DOTS_ACROSS]?.[y % DOTS_DOWN] ?? 0);
    this.paints.set(cell, paint);
  }

  line(x0: number, y0: number, x1: number, y1: number, paint: (text: string) => string): void {
    const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1);
    for (let step = 0; step <= steps; step++) {
      const share = step / steps;
      this.dot(Math.round(x0 + (x1 - x0) * share), Math.round(y0 + (y1 - y0) * share), paint);
    }
  }

  lines(): string[] {
    return Array.from({ length: this.height }, (_, row) =>
      Array.from({ length: this.width }, (_, column) => {
        const cell = row * this.width + column;
        const bits = this.bits[cell] ?? 0;
        if (bits === 0) return ' ';
        const text = String.fromCharCode(BRAILLE + bits);
        return this.paints.get(cell)?.(text) ?? text;
      }).join(''),
    );
  }
}
