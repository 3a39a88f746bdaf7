/**
 * `display`: shows text to people. Each write replaces what is shown.
 *
 * The text comes from the network: what could steer a terminal is taken out before a screen sees it.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import type { ServiceDefinition } from '../os/os.ts';
import { defineService } from '../os/service.ts';
import { isObject } from '../wire/checks.ts';

/** Something that shows lines of text. Nothing is to be seen before `update`. */
export interface Screen {
  clear(): void;
  /** @param row - 0 is the top one. */
  text(line: string, row: number): void;
  update(): void;
}

export interface DisplayOptions {
  /** Semantic version. @default '1.0.0' */
  readonly version?: string;
  /** Where it is: `{ room: 'kitchen' }`. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What one write may hold: more than any board's display, less than what a terminal takes long for. */
export const MAX_DISPLAY_CHARACTERS = 4000;
export const MAX_DISPLAY_LINES = 100;

/**
 * The service `display` on a screen. `write` takes a string of one or more lines, a number, or `{ text }`; `read` gives
 * the text that is shown now.
 */
export function display(screen: Screen, options: DisplayOptions = {}): ServiceDefinition {
  let shown = '';
  return defineService({
    name: 'display',
    version: options.version ?? '1.0.0',
    labels: options.labels ?? {},
    read: () => shown,
    writes: {
      type: 'string',
      maxLength: MAX_DISPLAY_CHARACTERS,
      description: 'The text to show, in one or more lines',
    },
    write: (value: unknown) => {
      const text = textOf(value);
      screen.clear();
      text.split('\n').forEach((line, row) => {
        screen.text(line, row);
      });
      screen.update();
      shown = text;
    },
  });
}

/** @throws TdosError BAD_ARGUMENT for what is no text, or too much. */
function textOf(value: unknown): string {
  const content = isObject(value) ? value.text : value;
  if (typeof content !== 'string' && typeof content !== 'number')
    throw new TdosError('BAD_ARGUMENT', 'A display takes a text, or { text }.');
  const written = String(content);
  const text = written.length > MAX_DISPLAY_CHARACTERS ? written : printable(written);
  if (text.length > MAX_DISPLAY_CHARACTERS || text.split('\n').length > MAX_DISPLAY_LINES)
    throw new TdosError(
      'BAD_ARGUMENT',
      `A display takes at most ${MAX_DISPLAY_CHARACTERS} characters in ${MAX_DISPLAY_LINES} lines.`,
    );
  return text;
}

/** Lines end in `\n`, tabs are spaces, and other controls are left out. */
function printable(text: string): string {
  let clean = '';
  for (const character of text.replace(/\r\n?/g, '\n').replace(/\t/g, ' '))
    if (character === '\n' || !isControl(character.charCodeAt(0))) clean += character;
  return clean;
}

/** C0, DEL and C1, and what separates lines or turns the direction of text. */
const isControl = (unit: number): boolean =>
  unit < 0x20 ||
  (unit >= 0x7f && unit < 0xa0) ||
  (unit >= 0x2028 && unit <= 0x202e) ||
  (unit >= 0x2066 && unit <= 0x2069);
