/**
 * TDOS on a board: Moddable's clock, sockets, flash and chance behind the host port.
 *
 * @module
 */
import { after, elapsed, type Instant, instant } from '../../base/time.ts';
import { CLOCK_IS_SET, type Host, type KeySource, type Network, type Receive, type Store } from '../../os/host.ts';
import type { Codec } from '../../wire/codec.ts';
import { XsCodec } from './codec.ts';
import { Entropy } from './entropy.ts';
import { NativeHmac } from './hmac.ts';
import type { Moddable } from './moddable.ts';
import { FlashKeys, FlashStore, setUp, storedName } from './store.ts';
import { BoardNetwork } from './udp.ts';
import type { XsText } from './utf8.ts';
import { type Credentials, Wifi } from './wifi.ts';

export interface BoardOptions extends Credentials {
  /** The node's name, kept in flash. @default what flash has */
  readonly name?: string | undefined;
  /** The cluster's key, 32 bytes, kept in flash. @default what flash has */
  readonly key?: Uint8Array | undefined;
}

/** The longest that one timer waits, ms: an hour, so that the ticks are looked at long before they wrap. */
const MAX_TIMER_MS = 3_600_000;

/** The host of one board. It begins to connect at once; `open` waits for an address. */
export class BoardHost implements Host {
  /** The node's name; undefined when none was ever given. */
  readonly name: string | undefined;
  readonly codec: Codec;
  readonly store: Store;
  readonly keys: KeySource;
  private readonly moddable: Moddable;
  private readonly wifi: Wifi;
  private readonly source: Entropy;
  /** Ticks wrap; what is made of them does not. */
  private ticks: number;
  private at = instant(0);

  constructor(moddable: Moddable, xs: XsText, options: BoardOptions) {
    const { preferences, sha256, time } = moddable;
    setUp(preferences, options);
    this.moddable = moddable;
    this.name = storedName(preferences);
    this.codec = new XsCodec(xs, sha256 && new NativeHmac(sha256()));
    this.store = new FlashStore(preferences);
    this.keys = new FlashKeys(preferences);
    this.wifi = new Wifi(moddable, options);
    this.ticks = time.ticks;
    this.source = new Entropy(moddable, this.wifi.mac, this.store.load()?.epoch ?? 0);
  }

  now(): Instant {
    const { time } = this.moddable;
    this.at = after(this.at, time.delta(this.ticks));
    this.ticks = time.ticks;
    return this.at;
  }

  wallClock(): number {
    const shown = this.moddable.wallClock();
    return shown < CLOCK_IS_SET ? 0 : shown;
  }

  entropy(): number {
    return this.source.next();
  }

  timer(at: Instant, run: () => void): () => void {
    const { timers } = this.moddable;
    let handle: unknown;
    const arm = (): void => {
      const ms = Math.ceil(elapsed(this.now(), at));
      handle = timers.set(
        () => {
          handle = undefined;
          if (this.now() < at) arm();
          else run();
        },
        Math.min(Math.max(ms, 0), MAX_TIMER_MS),
      );
    };
    arm();
    return () => {
      if (handle !== undefined) timers.clear(handle);
      handle = undefined;
    };
  }

  async open(receive: Receive): Promise<Network> {
    await this.wifi.ready();
    return new BoardNetwork(this.moddable, this.wifi, receive);
  }
}
