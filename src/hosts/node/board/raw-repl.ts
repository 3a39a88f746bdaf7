/**
 * MicroPython's raw REPL: Python goes in, what it printed comes out, without echo and prompts. The one thing to know: a board
 * takes bytes into a small buffer and loses what finds no room, so code goes in by *raw paste*, where the board says how
 * much it takes, and where a board has no raw paste, slowly.
 *
 * The protocol is in MicroPython's documentation, "The MicroPython Interactive Interpreter Mode".
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises';
import { TdosError } from '../../../base/errors.ts';
import { Inbox, type Link } from './link.ts';
import { UF2_ADVICE } from './ports.ts';

const CTRL_A = '\x01'; // to the raw REPL; in raw paste: there is room for another window
const CTRL_B = '\x02'; // to the friendly REPL
const CTRL_C = '\x03'; // stops what runs
const CTRL_D = '\x04'; // end of the code, of the output, of the error
const PASTE = '\x05A\x01';
const TAKES_PASTE = 'R\x01';
const NO_PASTE = 'R\x00';
const BANNER = 'raw REPL; CTRL-B to exit\r\n>';

/** Times the raw REPL is asked for: a program in the middle of a measurement is deaf for some 100 ms. */
const TRIES = 6;
/** ms to wait for its prompt. */
const PROMPT_MS = 700;
/** ms of silence after which code that runs has failed. Erasing a block of flash takes some 100 ms. */
const SILENCE_MS = 10_000;
/** Bytes at a time, and ms between them, where the board cannot say how much it takes. */
const SLOW_BYTES = 128;
const SLOW_PAUSE_MS = 10;

export class RawRepl {
  private readonly link: Link;
  private readonly inbox: Inbox;
  private pastes = true;

  private constructor(link: Link) {
    this.link = link;
    this.inbox = new Inbox(link);
  }

  /**
   * Stops the board's program, and opens the raw REPL.
   *
   * @throws TdosError HOST when no MicroPython answers.
   */
  static async open(link: Link): Promise<RawRepl> {
    const repl = new RawRepl(link);
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      // The first may only end what a program waits for; CTRL-B leaves what another tool left behind.
      await repl.write(`\r${CTRL_C}${CTRL_C}${CTRL_B}\r${CTRL_A}`);
      if ((await repl.inbox.until(BANNER, PROMPT_MS)) === undefined) continue;
      await repl.settle();
      return repl;
    }
    throw new TdosError('HOST', noMicroPython(link.name));
  }

  /**
   * Runs Python.
   *
   * @returns what it printed.
   * @throws TdosError FAILED with what it raised, HOST when the board does not answer.
   */
  async run(code: string): Promise<string> {
    await this.give(code);
    const output = await this.answer(CTRL_D);
    const error = await this.answer(CTRL_D);
    await this.answer('>');
    if (error !== '') throw new TdosError('FAILED', lastLine(error));
    return output;
  }

  /** Starts Python whose end nobody sees, such as a reset. */
  async start(code: string): Promise<void> {
    await this.give(code);
  }

  private async give(code: string): Promise<void> {
    const bytes = Buffer.from(code);
    if (this.pastes) this.pastes = await this.beginPaste();
    if (this.pastes) await this.paste(bytes);
    else await this.giveSlowly(bytes);
  }

  private async beginPaste(): Promise<boolean> {
    await this.write(PASTE);
    const said = Buffer.from((await this.inbox.take(2, SILENCE_MS)) ?? []).toString('latin1');
    if (said === TAKES_PASTE) return true;
    // A MicroPython before 1.14 shows its banner instead.
    if (said !== NO_PASTE) await this.answer('>');
    return false;
  }

  private async paste(bytes: Uint8Array): Promise<void> {
    const header = await this.inbox.take(2, SILENCE_MS);
    if (header === undefined) throw this.silent();
    const window = Buffer.from(header).readUInt16LE();
    let room = window;
    for (let sent = 0; sent < bytes.length; ) {
      for (let said = this.inbox.next(); said !== undefined || room === 0; said = this.inbox.next()) {
        said ??= (await this.inbox.take(1, SILENCE_MS))?.[0];
        if (said === undefined) throw this.silent();
        // The board takes no more: what it got is wrong already, and it will say so.
        if (said === 4) return this.write(CTRL_D);
        room += window;
      }
      const part = bytes.subarray(sent, sent + room);
      await this.link.write(part);
      sent += part.length;
      room -= part.length;
    }
    await this.write(CTRL_D);
    await this.answer(CTRL_D);
  }

  private async giveSlowly(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length; sent += SLOW_BYTES) {
      await this.link.write(bytes.subarray(sent, sent + SLOW_BYTES));
      await setTimeout(SLOW_PAUSE_MS);
    }
    await this.write(CTRL_D);
    await this.answer('OK');
  }

  /** A late prompt, of an earlier try, must not be taken for an answer. */
  private async settle(): Promise<void> {
    while ((await this.inbox.until(BANNER, SLOW_PAUSE_MS * 5)) !== undefined);
    this.inbox.clear();
  }

  private async answer(marker: string): Promise<string> {
    const text = await this.inbox.until(marker, SILENCE_MS);
    if (text === undefined) throw this.silent();
    return text;
  }

  private write(text: string): Promise<void> {
    return this.link.write(Buffer.from(text, 'latin1'));
  }

  private silent(): TdosError {
    return new TdosError(
      'HOST',
      `The board on ${this.link.name} stopped answering. Unplug it, plug it in again, and try again.`,
    );
  }
}

/** The error of a traceback, which stands last. */
const lastLine = (traceback: string): string => traceback.trim().split(/\r?\n/).at(-1) ?? traceback;

const noMicroPython = (name: string): string =>
  `No MicroPython answers on ${name}. If the board has none yet: hold its button BOOTSEL while you plug it in, and drop on the\n` +
  `      drive that appears ${UF2_ADVICE}.\n` +
  '      If it has one, unplug it, plug it in again, and try again.';
