/**
 * Datagrams on their way to a board: a ring in shared memory, written by the thread that has the real sockets, read by
 * the thread of the interpreter, which can sleep on it like a board on its radio. What finds no room is lost.
 *
 * @module
 */

/** A datagram as the board sees it. */
export interface Arrival {
  readonly socket: number;
  /** As a number: 127.0.0.1 is 0x7f000001. */
  readonly ip: number;
  readonly port: number;
  readonly bytes: Uint8Array;
}

const BYTES = 256 * 1024;
const HEADER = 16;
const RECORD = 10;

const HEAD = 0;
const TAIL = 1;
const BELL = 2;
const WIFI = 3;

/** Both ends of the ring, and the one switch that reaches the board from outside: its Wi-Fi. */
export class Ring {
  readonly memory: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(memory = new SharedArrayBuffer(HEADER + BYTES)) {
    this.memory = memory;
    this.words = new Int32Array(memory, 0, 4);
    this.bytes = new Uint8Array(memory, HEADER);
    this.view = new DataView(memory, HEADER);
  }

  get wifi(): boolean {
    return Atomics.load(this.words, WIFI) === 1;
  }

  set wifi(up: boolean) {
    Atomics.store(this.words, WIFI, up ? 1 : 0);
    this.ring();
  }

  /** Records are never split: what is left at the end is skipped. */
  put({ socket, ip, port, bytes }: Arrival): void {
    const size = RECORD + bytes.length;
    const tail = Atomics.load(this.words, TAIL);
    let head = Atomics.load(this.words, HEAD);
    if (BYTES - head < size + RECORD) {
      if (tail > head || tail === 0) return;
      this.view.setUint16(head, 0xffff);
      head = 0;
    }
    if (tail > head && tail - head <= size) return;
    this.view.setUint16(head, bytes.length);
    this.view.setUint16(head + 2, socket);
    this.view.setUint32(head + 4, ip);
    this.view.setUint16(head + 8, port);
    this.bytes.set(bytes, head + RECORD);
    Atomics.store(this.words, HEAD, head + size);
    this.ring();
  }

  take(): Arrival | undefined {
    let tail = Atomics.load(this.words, TAIL);
    if (tail === Atomics.load(this.words, HEAD)) return undefined;
    if (this.view.getUint16(tail) === 0xffff) {
      tail = 0;
      Atomics.store(this.words, TAIL, tail);
      if (tail === Atomics.load(this.words, HEAD)) return undefined;
    }
    const length = this.view.getUint16(tail);
    const arrival = {
      socket: this.view.getUint16(tail + 2),
      ip: this.view.getUint32(tail + 4),
      port: this.view.getUint16(tail + 8),
      bytes: this.bytes.slice(tail + RECORD, tail + RECORD + length),
    };
    Atomics.store(this.words, TAIL, tail + RECORD + length);
    return arrival;
  }

  /** Sleeps until something comes, at most `ms`. Look at the ring after {@link bell} and before this. */
  wait(bell: number, ms: number): void {
    Atomics.wait(this.words, BELL, bell, ms);
  }

  bell(): number {
    return Atomics.load(this.words, BELL);
  }

  private ring(): void {
    Atomics.add(this.words, BELL, 1);
    Atomics.notify(this.words, BELL);
  }
}
