/**
 * What the two threads of a board say to each other.
 *
 * @module
 */
export type Version = '1.23' | '1.25' | '1.27';

/** Files on the board's flash, by path. */
export type Flash = Readonly<Record<string, string>>;

export type Usb = 'none' | 'paste' | 'plain';

/** What the interpreter's thread is started with. */
export interface Start {
  readonly version: Version;
  readonly ip: string;
  readonly memory: SharedArrayBuffer;
  readonly flash: Flash;
  /** Python that is run as `main.py`. */
  readonly program: string;
  /** Bytes of heap, which cannot grow; undefined: it may, for programs whose garbage is never collected. */
  readonly heap: number | undefined;
  /** Datagrams that a socket holds. */
  readonly queue: number;
  /** Who runs the board: `main.py` alone, or the REPL on USB, with raw paste or without. */
  readonly usb: Usb;
}

/** What the interpreter's thread says. */
export type Said =
  | { readonly type: 'line'; readonly line: string }
  | { readonly type: 'open'; readonly socket: number; readonly port: number }
  | { readonly type: 'close'; readonly socket: number }
  | {
      readonly type: 'send';
      readonly socket: number;
      readonly ip: string;
      readonly port: number;
      readonly bytes: Uint8Array;
    }
  | { readonly type: 'file'; readonly path: string; readonly text: string | undefined }
  | { readonly type: 'fed' }
  | { readonly type: 'usb'; readonly bytes: Uint8Array }
  | { readonly type: 'reset' }
  | { readonly type: 'ended'; readonly error: string | undefined };
