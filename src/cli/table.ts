/**
 * Tables and colours for a person's eyes. Piped output has no colours and no rulers, so that `awk` can cut it.
 *
 * @module
 */
import Table from 'cli-table3';
import { colours } from './colours.ts';

/** Nothing is drawn around the cells: two spaces part the columns. */
const NO_RULERS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

/** A text, and the colour it gets once it is safe to print. */
export interface Painted {
  readonly text: string;
  readonly paint: (text: string) => string;
}

export type Cell = string | Painted;

/** A table as text, without a line break at its end. What cells hold may come from anywhere on the network. */
export function tableText(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const table = new Table({
    chars: NO_RULERS,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  table.push(
    head.map((name) => colours.dim(name)),
    ...rows.map((row) => row.map(cellText)),
  );
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function cellText(cell: Cell): string {
  return typeof cell === 'string' ? printable(cell) : cell.paint(printable(cell.text));
}

/** A text from the network with its control characters shown, where the terminal would obey them. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, (char) =>
    char < ' ' ? String.fromCharCode(0x2400 + char.charCodeAt(0)) : '\ufffd',
  );
}

const PAINTS: Readonly<Record<string, (text: string) => string>> = {
  alive: colours.green,
  live: colours.green,
  suspect: colours.yellow,
  sibling: colours.yellow,
  stale: colours.yellow,
  dead: colours.red,
  none: colours.red,
  left: colours.dim,
};

/** A health or quality word in its colour. */
export const state = (word: string): Painted => ({ text: word, paint: PAINTS[word] ?? ((text) => text) });

/** What matters less. */
export const faint = (text: string): Painted => ({ text, paint: colours.dim });

const NODE_COLOURS = [
  colours.cyan,
  colours.magenta,
  colours.yellow,
  colours.green,
  colours.blue,
  colours.cyanBright,
  colours.magentaBright,
  colours.greenBright,
];

/** The colour of the n-th node in the output of several. */
export const nodeColour = (n: number): ((text: string) => string) =>
  NODE_COLOURS[n % NODE_COLOURS.length] ?? colours.white;
