/**
 * Lines of text on a small screen, drawn by Poco. Each line is cut where the screen ends.
 *
 * @module
 */
import type { Screen } from '../../services/display.ts';

/** What is used of Moddable's `commodetto/Poco`. */
export interface Poco<Font> {
  readonly width: number;
  readonly height: number;
  begin(): void;
  end(): void;
  makeColor(red: number, green: number, blue: number): number;
  fillRectangle(color: number, x: number, y: number, width: number, height: number): void;
  /** @param width - what does not fit it is cut, with an ellipsis. */
  drawText(text: string, font: Font, color: number, x: number, y: number, width: number): void;
}

const MARGIN = 4;

export function pocoScreen<Font extends { readonly height: number }>(poco: Poco<Font>, font: Font): Screen {
  const black = poco.makeColor(0, 0, 0);
  const white = poco.makeColor(255, 255, 255);
  let lines: { readonly line: string; readonly row: number }[] = [];
  return {
    clear() {
      lines = [];
    },
    text(line, row) {
      if (MARGIN + (row + 1) * font.height <= poco.height) lines.push({ line, row });
    },
    update() {
      poco.begin();
      poco.fillRectangle(black, 0, 0, poco.width, poco.height);
      for (const { line, row } of lines)
        poco.drawText(line, font, white, MARGIN, MARGIN + row * font.height, poco.width - 2 * MARGIN);
      poco.end();
    },
  };
}
