/**
 * A board in a test: real MicroPython in a thread of its own, real UDP on loopback under an address of its own. The
 * sockets live here, since the interpreter's thread sleeps whole; everything that a person could do to a board can be
 * done to it: cut its power, take away its Wi-Fi, change its files.
 *
 * @module
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { Worker } from 'node:worker_threads';
import type { Flash, Said, Start, Usb, Version } from './messages.ts';
import { Ring } from './ring.ts';

export interface BoardOptions {
  /** @default '1.27' */
  readonly version?: Version;
  /** The discovery port on this machine; the board believes it is 4000. */
  readonly discoveryPort: number;
  readonly flash: Flash;
  /** Python that is run as `main.py`; with `usb`, what the flash has by that name is. */
  readonly program: string;
  /** A REPL, on a cable: `paste` and `plain` are with raw paste and without. @default 'none' */
  readonly usb?: Usb;
  /** Bytes; `grows` for programs that never return to JavaScript, where alone garbage is collected. @default 192 KiB */
  readonly heap?: number | 'grows';
  /** Datagrams a socket holds. @default 4 */
  readonly queue?: number;
}

const BROADCAST = '127.255.255.255';
const BOARD_DISCOVERY_PORT = 4000;

let boards = 0;
const net = 1 + (process.pid % 200);
const subnet = 1 + (Math.floor(process.pid / 200) % 250);

export class Board {
  readonly ip: string;
  /** What the program printed, line by line, over all its lives. */
  readonly lines: string[] = [];
  flash: Record<string, string>;
  /** Why the program ended, if it did. */
  ended: { readonly error: string | undefined } | undefined;
  /** Times the watchdog was fed. */
  fed = 0;
  /** Hears what the board says on USB. */
  says: (bytes: Uint8Array) => void = () => undefined;
  private readonly options: BoardOptions;
  private ring = new Ring();
  private worker: Worker | undefined;
  private readonly sockets = new Map<number, BoardSocket>();
  private readonly waiting = new Set<() => void>();

  constructor(options: BoardOptions) {
    boards += 1;
    this.ip = `127.${net}.${subnet}.${boards}`;
    this.options = options;
    this.flash = { ...options.flash };
  }

  /** Plugs it in. */
  powerOn(program = this.options.program): this {
    const { version = '1.27', heap = 192 * 1024, queue = 4, usb = 'none' } = this.options;
    const ring = new Ring();
    ring.wifi = this.ring.wifi || this.worker === undefined;
    this.ring = ring;
    this.ended = undefined;
    const start: Start = {
      version,
      ip: this.ip,
      memory: ring.memory,
      flash: this.flash,
      program,
      heap: heap === 'grows' ? undefined : heap,
      queue,
      usb,
    };
    const worker = new Worker(new URL('./interpreter.ts', import.meta.url), { workerData: start });
    this.worker = worker;
    worker.on('message', (said: Said) => {
      if (this.worker === worker || said.type === 'file') this.hear(said);
    });
    worker.on('error', (error) => this.end(String(error.stack)));
    return this;
  }

  /** Pulls the plug: nothing is said any more, and what was not in the flash is gone. */
  async powerOff(): Promise<void> {
    const { worker } = this;
    this.worker = undefined;
    for (const socket of this.sockets.values()) socket.close();
    this.sockets.clear();
    await worker?.terminate();
  }

  set wifi(up: boolean) {
    this.ring.wifi = up;
  }

  /** Types on USB. */
  type(bytes: Uint8Array): void {
    this.ring.put({ socket: 0, ip: 0, port: 0, bytes });
  }

  /** Waits for a printed line. @throws when it does not come in time, with all that was printed. */
  async line(pattern: RegExp, ms = 10_000, from = 0): Promise<RegExpExecArray> {
    const found = (): RegExpExecArray | undefined => {
      for (const line of this.lines.slice(from)) {
        const match = pattern.exec(line);
        if (match !== null) return match;
      }
      return undefined;
    };
    await this.until(() => found() !== undefined, ms, `a line like ${pattern}`);
    return found() as RegExpExecArray;
  }

  /** Waits for something that the board's news may bring about. */
  async until(test: () => boolean, ms: number, what: string): Promise<void> {
    const end = performance.now() + ms;
    while (!test()) {
      const left = end - performance.now();
      if (left <= 0 || (this.ended?.error !== undefined && !test()))
        throw new Error(`no ${what} within ${ms} ms. ${this.ended?.error ?? ''}\n${this.lines.join('\n')}`);
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          this.waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, Math.min(left, 250));
        this.waiting.add(done);
      });
    }
  }

  private hear(said: Said): void {
    switch (said.type) {
      case 'line':
        this.lines.push(said.line);
        break;
      case 'open':
        this.sockets.set(said.socket, this.open(said.socket, said.port));
        break;
      case 'close':
        this.sockets.get(said.socket)?.close();
        this.sockets.delete(said.socket);
        break;
      case 'send':
        if (this.ring.wifi) this.sockets.get(said.socket)?.send(said.ip, said.port, said.bytes);
        break;
      case 'file':
        if (said.text === undefined) delete this.flash[said.path];
        else this.flash[said.path] = said.text;
        break;
      case 'fed':
        this.fed += 1;
        break;
      case 'usb':
        this.says(said.bytes);
        break;
      case 'reset':
        void this.powerOff().then(() => this.powerOn());
        break;
      case 'ended':
        this.end(said.error);
        break;
    }
    for (const done of [...this.waiting]) done();
  }

  private end(error: string | undefined): void {
    this.ended = { error };
    for (const done of [...this.waiting]) done();
  }

  private open(socket: number, port: number): BoardSocket {
    const { discoveryPort } = this.options;
    const { ring } = this;
    return new BoardSocket(
      this.ip,
      port === BOARD_DISCOVERY_PORT ? discoveryPort : port,
      discoveryPort,
      (bytes, from) => {
        if (!ring.wifi) return;
        ring.put({ socket, ip: numberOf(from.address), port: from.port, bytes });
      },
    );
  }
}

/** One socket of a board: on its own address, and where it is for discovery, on that of everybody too. */
class BoardSocket {
  private readonly own: Socket;
  private readonly all: Socket | undefined;
  private readonly discoveryPort: number;
  private queued: (() => void)[] | undefined = [];
  private closed = false;

  constructor(ip: string, port: number, discoveryPort: number, receive: (bytes: Uint8Array, from: RemoteInfo) => void) {
    this.discoveryPort = discoveryPort;
    this.own = createSocket({ type: 'udp4', reuseAddr: true });
    const take = (bytes: Uint8Array, from: RemoteInfo): void => {
      if (from.address !== ip) receive(bytes, from);
    };
    this.own.on('message', take);
    this.own.on('error', () => undefined);
    this.own.bind({ address: ip, port, exclusive: true }, () => {
      this.own.setBroadcast(true);
      for (const send of this.queued ?? []) send();
      this.queued = undefined;
    });
    if (port !== discoveryPort) return;
    this.all = createSocket({ type: 'udp4', reuseAddr: true });
    this.all.on('message', take);
    this.all.on('error', () => undefined);
    this.all.bind({ address: BROADCAST, port, exclusive: true });
  }

  send(ip: string, port: number, bytes: Uint8Array): void {
    const target = ip === '255.255.255.255' ? BROADCAST : ip;
    const to = port === BOARD_DISCOVERY_PORT ? this.discoveryPort : port;
    const send = (): void => {
      if (!this.closed) this.own.send(bytes, to, target, () => undefined);
    };
    if (this.queued === undefined) send();
    else this.queued.push(send);
  }

  close(): void {
    this.closed = true;
    this.own.close();
    this.all?.close();
  }
}

const numberOf = (ip: string): number => ip.split('.').reduce((number, part) => number * 256 + Number(part), 0);
