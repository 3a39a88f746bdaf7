/**
 * A full-screen view that redraws in place and gives the terminal back as it was. Lines that are too long are cut by the
 * terminal itself (auto-wrap is off while the view is shown), so nothing here needs to know how wide a character is.
 *
 * @module
 */

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
/** Lets the terminal show a whole frame at once; terminals that do not know it ignore it. */
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';
const CTRL_C = '\u0003';

type Output = Pick<NodeJS.WriteStream, 'write' | 'rows' | 'columns' | 'on' | 'off'>;
type Input = Pick<NodeJS.ReadStream, 'isTTY' | 'setRawMode' | 'on' | 'off' | 'pause' | 'resume'>;

export class Screen {
  private readonly output: Output;
  private readonly input: Input;
  private readonly onKey: (bytes: Buffer) => void;
  private readonly onResize: () => void;
  private isClosed = false;

  /**
   * Takes the terminal.
   *
   * @param quit - called when q or Ctrl-C is pressed.
   * @param resized - called when the terminal has another size now.
   */
  constructor(output: Output, input: Input, quit: () => void, resized: () => void) {
    this.output = output;
    this.input = input;
    this.onKey = (bytes) => {
      const keys = bytes.toString();
      if (/^[qQ]/.test(keys) || keys.includes(CTRL_C)) quit();
    };
    this.onResize = resized;
    output.write(ENTER);
    output.on('resize', this.onResize);
    if (input.isTTY) {
      input.setRawMode(true);
      input.resume();
      input.on('data', this.onKey);
    }
  }

  /** Lines and characters that fit. */
  get size(): { readonly rows: number; readonly columns: number } {
    return { rows: this.output.rows ?? 24, columns: this.output.columns ?? 80 };
  }

  draw(lines: readonly string[]): void {
    if (this.isClosed) return;
    const visible = lines.slice(0, Math.max(1, this.size.rows));
    // Cleared before it is written: behind a line as long as the terminal is wide, its last character would go.
    const drawn = visible.map((line, row) => `${row === visible.length - 1 ? CLEAR_BELOW : CLEAR_LINE}${line}`);
    this.output.write(`${BEGIN_FRAME}${HOME}${drawn.join('\r\n')}${END_FRAME}`);
  }

  /** Gives the terminal back. May be called again. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.output.off('resize', this.onResize);
    if (this.input.isTTY) {
      this.input.off('data', this.onKey);
      this.input.setRawMode(false);
      this.input.pause();
    }
    this.output.write(LEAVE);
  }
}
