/**
 * A board without hardware: Moddable's modules in the language alone, on a clock that is moved by hand. Runs in XS
 * and in Node.
 *
 * @module
 */
import type {
  Moddable,
  Packet,
  Preferences,
  UdpOptions,
  UdpSocket,
  WifiOptions,
  WifiRadio,
} from '../../src/hosts/xs/moddable.ts';

/** A datagram between two boards. */
export interface Parcel {
  readonly bytes: Uint8Array;
  /** The other side's. */
  readonly address: string;
  readonly port: number;
  /** The port it arrives at, or leaves from. */
  readonly own: number;
}

type Flash = Map<string, string | number | boolean | ArrayBuffer>;

/** lwIP queues no more for a board. */
const MAX_WAITING = 8;
const TICKS = 2 ** 32;

export class FakeBoard {
  readonly moddable: Moddable;
  readonly ip: string;
  /** What was sent since it was last looked at. */
  sent: Parcel[] = [];
  /** Connection attempts. */
  attempts: { readonly SSID: string; readonly password?: string }[] = [];
  /** The access point is in reach. */
  isCovered = true;
  /** lwIP has no memory for another datagram. */
  isFull = false;
  wallClock = 0;
  now = 0;
  private readonly sockets = new Map<number, { readonly options: UdpOptions; readonly waiting: Parcel[] }>();
  private readonly alarms = new Set<{ readonly at: number; readonly run: () => void }>();
  private radio: { connection: number; readonly options: WifiOptions } | undefined;
  private chance: number;

  /** @param flash - outlives the board's power. */
  constructor(ip: string, flash: Flash, chance: number, firstTick = 0) {
    this.ip = ip;
    this.chance = chance;
    const board = this;
    this.moddable = {
      Udp: class implements UdpSocket {
        private readonly port: number;
        constructor(options: UdpOptions) {
          this.port = options.port;
          if (board.sockets.has(options.port)) throw new Error('bind failed');
          board.sockets.set(options.port, { options, waiting: [] });
        }
        read(): Packet | undefined {
          const parcel = board.sockets.get(this.port)?.waiting.shift();
          if (parcel === undefined) return undefined;
          const { bytes, address, port } = parcel;
          return Object.assign(bytes.slice().buffer, { address, port });
        }
        write(bytes: ArrayBuffer, address: string, port: number): void {
          if (board.isFull) throw new Error('UDP send failed');
          board.sent.push({ bytes: new Uint8Array(bytes.slice(0)), address, port, own: this.port });
        }
        close(): void {
          board.sockets.delete(this.port);
        }
      },
      Wifi: class implements WifiRadio {
        constructor(options: WifiOptions) {
          board.radio = { connection: 200, options };
        }
        get connection(): number {
          return board.radio?.connection ?? 0;
        }
        get address(): string | undefined {
          return this.connection === 500 ? board.ip : undefined;
        }
        get MAC(): string {
          return `28cdc1${board.ip}`;
        }
        connect(options: { readonly SSID: string; readonly password?: string }): void {
          if (this.connection > 200) throw new Error('already connecting');
          board.attempts.push(options);
          board.link(300);
          board.after(() => board.isCovered && board.link(500), 700);
        }
        disconnect(): void {
          board.link(200);
        }
      },
      timers: {
        set: (run, ms) => board.after(run, ms),
        clear: (alarm) => board.alarms.delete(alarm as never),
      },
      time: {
        get ticks() {
          return (firstTick + board.now) % TICKS;
        },
        delta: (start) => (((firstTick + board.now - start) % TICKS) + TICKS) % TICKS,
      },
      preferences: preferencesIn(flash),
      sha256: undefined,
      noise: () => {
        this.chance = (Math.imul(this.chance, 1_664_525) + 1_013_904_223) >>> 0;
        return this.chance >>> 16;
      },
      wallClock: () => board.wallClock,
    };
  }

  /** The access point is switched off or on. */
  cover(isCovered: boolean): void {
    this.isCovered = isCovered;
    if (!isCovered) this.link(200);
  }

  /** When it is to be woken next. */
  next(): number | undefined {
    let next: number | undefined;
    for (const { at } of this.alarms) if (next === undefined || at < next) next = at;
    return next;
  }

  /** Moves its clock, and runs what is due by then. */
  advance(to: number): void {
    for (;;) {
      const due = [...this.alarms].filter(({ at }) => at <= to).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.now = Math.max(this.now, due.at);
      this.alarms.delete(due);
      due.run();
    }
    this.now = to;
  }

  /** A datagram arrives, if anybody listens. */
  deliver(parcel: Parcel): void {
    const socket = this.sockets.get(parcel.own);
    if (socket === undefined || socket.waiting.length >= MAX_WAITING || this.radio?.connection !== 500) return;
    socket.waiting.push(parcel);
    socket.options.onReadable(socket.waiting.length);
  }

  private after(run: () => void, ms: number): object {
    const alarm = { at: this.now + ms, run };
    this.alarms.add(alarm);
    return alarm;
  }

  private link(connection: number): void {
    if (this.radio === undefined || this.radio.connection === connection) return;
    this.radio.connection = connection;
    this.radio.options.onChanged('connection');
  }
}

function preferencesIn(flash: Flash): Preferences {
  return {
    set(domain, key, value) {
      const size = value instanceof ArrayBuffer ? value.byteLength : String(value).length;
      if (domain.length + key.length + size > 60) throw new Error('too long');
      flash.set(`${domain}/${key}`, value);
    },
    get: (domain, key) => flash.get(`${domain}/${key}`),
    delete: (domain, key) => flash.delete(`${domain}/${key}`),
  };
}
