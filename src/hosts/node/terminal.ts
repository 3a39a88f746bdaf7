/**
 * The screen of a PC: redrawn in place on a terminal, and plain `DISPLAY: ...` lines where the output goes to a file or
 * another program.
 *
 * @module
 */
import type { Screen } from '../../services/display.ts';

/** The part of `process.stdout` that a screen needs. */
export interface TerminalStream {
  readonly isTTY?: boolean;
  /** Characters in a line, and lines; of a terminal. */
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const HOME = '\u001b[H';
const CLEAR = '\u001b[2J';
const CLEAR_TO_END_OF_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** @param stream - @default process.stdout */
export function terminalScreen(stream: TerminalStream = process.stdout): Screen {
  let lines: string[] = [];
  let isFirst = true;
  return {
    clear() {
      lines = [];
    },
    text(line, row) {
      while (lines.length < row) lines.push('');
      lines[row] = line;
    },
    update() {
      stream.write(stream.isTTY ? redrawn(lines, stream, isFirst) : lines.map((line) => `DISPLAY: ${line}\n`).join(''));
      isFirst = false;
    },
  };
}

/** All in one write, over what is there: clearing first would flicker. What does not fit is cut, or it would scroll. */
function redrawn(lines: readonly string[], { columns = 80, rows = 24 }: TerminalStream, isFirst: boolean): string {
  const fitting = lines.slice(0, Math.max(rows - 1, 1)).map((line) => [...line].slice(0, columns).join(''));
  const drawn = fitting.map((line) => `${line}${CLEAR_TO_END_OF_LINE}\n`).join('');
  return `${isFirst ? CLEAR : ''}${HOME}${drawn}${CLEAR_BELOW}`;
}
