/**
 * The USB end of a board: MicroPython's own REPL, friendly and raw, fed with the bytes that a PC sends. Two things are
 * played here, because this build reads its input nowhere but in the REPL: raw paste (the code is gathered within a
 * window, and then given to the raw REPL as a whole), and Ctrl-C while a program runs.
 *
 * @module
 */

const CTRL_A = 1;
const CTRL_B = 2;
const CTRL_C = 3;
const CTRL_D = 4;
/** What the interpreter gives back when it is to start anew. */
const FORCED_EXIT = 0x100;
/** Bytes: what a Pico W says. */
const WINDOW = 128;
const PASTE = '\x05A\x01';

/** What a turn of the REPL came to. */
export type Turn = 'goes on' | 'restart';

export class Usb {
  private readonly python: MicroPython;
  private readonly say: (text: string) => void;
  private readonly pastes: boolean;
  private raw = false;
  /** What may become the beginning of a paste. */
  private begun = '';
  /** Code of a paste, until it is whole. */
  private pasted: number[] | undefined;
  /** Bytes of the interpreter's answer to a paste that the protocol does not have: the `OK` of the raw REPL. */
  private swallow = 0;

  constructor(python: MicroPython, say: (text: string) => void, pastes: boolean) {
    this.python = python;
    this.say = say;
    this.pastes = pastes;
  }

  /** What the interpreter wrote, on its way to the PC. */
  heard(bytes: Uint8Array): Uint8Array {
    const dropped = Math.min(this.swallow, bytes.length);
    this.swallow -= dropped;
    return bytes.subarray(dropped);
  }

  /** Takes a byte while no program runs. */
  take(byte: number): Turn {
    if (this.pasted !== undefined) return this.paste(this.pasted, byte);
    if (this.raw && this.begun + String.fromCharCode(byte) === PASTE.slice(0, this.begun.length + 1)) {
      this.begun += String.fromCharCode(byte);
      if (this.begun === PASTE) this.beginPaste();
      return 'goes on';
    }
    if (byte === CTRL_A) this.raw = true;
    if (byte === CTRL_B) this.raw = false;
    return this.feed(byte);
  }

  private beginPaste(): void {
    this.begun = '';
    if (!this.pastes) {
      this.say('R\x00');
      return;
    }
    this.pasted = [];
    this.say(`R\x01${String.fromCharCode(WINDOW, 0)}\x01`);
  }

  private paste(code: number[], byte: number): Turn {
    if (byte !== CTRL_D) {
      code.push(byte);
      if (code.length % WINDOW === 0) this.say('\x01');
      return 'goes on';
    }
    this.pasted = undefined;
    this.say('\x04');
    this.swallow = 'OK'.length;
    for (const one of code) this.feed(one);
    return this.feed(CTRL_D);
  }

  private feed(byte: number): Turn {
    return this.python.replProcessChar(byte) === FORCED_EXIT ? 'restart' : 'goes on';
  }
}

/** Stops a program, in the words of a board. */
export const stopsAt = (byte: number): boolean => byte === CTRL_C;
