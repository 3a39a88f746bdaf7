/**
 * TDOS on a board: Moddable's clock, sockets, flash and chance behind the host port.
 *
 * @module
 */
import { after, elapsed, type Instant, instant } from '../../base/time.ts';
import { CLOCK_IS_SET, type Host } from '../../os/host.ts';
import { xsCodec } from './codec.ts';
import { Entropy } from './entropy.ts';
import { hmacOver } from './hmac.ts';
import type { Moddable } from './moddable.ts';
import { hmacSha256 } from './sha256.ts';
import { flashKeys, flashStore, setUp, storedName } from './store.ts';
import { BoardNetwork } from './udp.ts';
import type { XsText } from './utf8.ts';
import { type Credentials, Wifi } from './wifi.ts';

export interface BoardOptions extends Credentials {
  /** The node's name, kept in flash. @default what flash has */
  readonly name?: string | undefined;
  /** The cluster's key, 32 bytes, kept in flash. @default what flash has */
  readonly key?: Uint8Array | undefined;
}

export interface BoardHost extends Host {
  /** The node's name; undefined when none was ever given. */
  readonly name: string | undefined;
}

/** The longest that one timer waits, ms: an hour, so that the ticks are looked at long before they wrap. */
const MAX_TIMER_MS = 3_600_000;

/** The host of one board. It begins to connect at once; `open` waits for an address. */
export function xsHost(moddable: Moddable, xs: XsText, options: BoardOptions): BoardHost {
  const { preferences, timers, sha256 } = moddable;
  const { name, key } = options;
  setUp(preferences, { ...(name !== undefined && { name }), ...(key !== undefined && { key }) });
  const store = flashStore(preferences);
  const wifi = new Wifi(moddable, options);
  const now = monotonic(moddable);
  const entropy = new Entropy(moddable, wifi.mac, store.load()?.epoch ?? 0);

  function timer(at: Instant, run: () => void): () => void {
    let handle: unknown;
    const arm = (): void => {
      const ms = Math.ceil(elapsed(now(), at));
      handle = timers.set(
        () => {
          handle = undefined;
          if (now() < at) arm();
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

  return {
    name: storedName(preferences),
    codec: xsCodec(xs, sha256 === undefined ? hmacSha256 : (secret) => hmacOver(sha256(), secret)),
    store,
    keys: flashKeys(preferences),
    now,
    wallClock: () => (moddable.wallClock() < CLOCK_IS_SET ? 0 : moddable.wallClock()),
    entropy: () => entropy.next(),
    timer,
    async open(receive) {
      await wifi.ready();
      return new BoardNetwork(moddable, () => wifi.address, receive);
    },
  };
}

/** Ticks wrap; what is made of them does not. */
function monotonic({ time }: Moddable): () => Instant {
  let seen = time.ticks;
  let at = instant(0);
  return () => {
    at = after(at, time.delta(seen));
    seen = time.ticks;
    return at;
  };
}
