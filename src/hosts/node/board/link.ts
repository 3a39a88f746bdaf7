/**
 * A byte stream to a board, and reading from it with a bound: what comes is kept until somebody asks for it.
 *
 * @module
 */
import { TdosError } from '../../../base/errors.ts';

/** Bytes to and from a board: its serial port, or in tests anything else. */
export interface Link {
  /** How a person names it, such as `/dev/ttyACM0`. */
  readonly name: string;
  /** Resolves when the bytes are on their way. @throws TdosError HOST when the board is gone. */
  write(bytes: Uint8Array): Promise<void>;
  /** Whoever is told of what comes, and of the end, by the one listener there is. */
  listen(data: (bytes: Uint8Array) => void, ended: () => void): void;
  close(): Promise<void>;
}

/** More than this without anybody asking is a board that talks to itself; the oldest is forgotten. */
const MAX_BYTES = 1024 * 1024;

/** What came from a board and was not asked for yet. */
export class Inbox {
  private readonly name: string;
  private bytes = Buffer.alloc(0);
  private isEnded = false;
  private wake: () => void = () => undefined;

  constructor(link: Link) {
    this.name = link.name;
    link.listen(
      (bytes) => {
        if (bytes.length === 0) return;
        this.bytes = Buffer.concat([this.bytes, bytes]).subarray(-MAX_BYTES);
        this.wake();
      },
      () => {
        this.isEnded = true;
        this.wake();
      },
    );
  }

  /** Forgets what came. */
  clear(): void {
    this.bytes = Buffer.alloc(0);
  }

  /**
   * All up to and with `marker`, without it. The bound is on silence: a board that goes on talking is waited for.
   *
   * @param ms - of silence.
   * @returns undefined when it does not come in time; what came stays.
   * @throws TdosError HOST when the board is gone.
   */
  async until(marker: string, ms: number): Promise<string | undefined> {
    for (;;) {
      const at = this.bytes.indexOf(marker, 0, 'latin1');
      if (at >= 0) {
        const text = this.bytes.toString('utf8', 0, at);
        this.bytes = this.bytes.subarray(at + Buffer.byteLength(marker, 'latin1'));
        return text;
      }
      if (!(await this.more(ms))) return undefined;
    }
  }

  /** @returns the next `count` bytes; undefined when they do not come in time. @throws TdosError HOST */
  async take(count: number, ms: number): Promise<Uint8Array | undefined> {
    while (this.bytes.length < count) if (!(await this.more(ms))) return undefined;
    const taken = this.bytes.subarray(0, count);
    this.bytes = this.bytes.subarray(count);
    return taken;
  }

  /** The next byte, if one is there already. */
  next(): number | undefined {
    const byte = this.bytes[0];
    this.bytes = this.bytes.subarray(1);
    return byte;
  }

  /** Waits for anything new. */
  private async more(ms: number): Promise<boolean> {
    const { length } = this.bytes;
    if (!this.isEnded && ms > 0)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    if (this.isEnded && this.bytes.length === length)
      throw new TdosError(
        'HOST',
        `The board on ${this.name} is gone: it was unplugged, or it restarted. Look at the cable, and try again.`,
      );
    return this.bytes.length !== length;
  }
}
