/**
 * What TDOS uses of the Moddable SDK (8.2), as types. A board's program imports the modules and hands them over, so
 * that all else here runs wherever something of the same shape is handed over.
 *
 * @module
 */

/** A datagram: its bytes, with where they came from. */
export interface Packet extends ArrayBuffer {
  readonly address: string;
  readonly port: number;
}

export interface UdpOptions {
  /** 0: any free one. */
  readonly port: number;
  /** @param packets - how many wait to be read. */
  onReadable(packets: number): void;
}

/** A socket of `embedded:io/socket/udp`. */
export interface UdpSocket {
  read(): Packet | undefined;
  /** @throws Error when there is no memory or no network */
  write(bytes: ArrayBuffer, address: string, port: number): void;
  close(): void;
}

/** A radio of `embedded:network/interface/wifi`. */
export interface WifiRadio {
  /** 200: not connected, 300: connecting, 400: connected, 500: it has an address. */
  readonly connection: number;
  readonly address: string | undefined;
  readonly MAC: string | undefined;
  /** @throws Error while it is connecting already */
  connect(options: { readonly SSID: string; readonly password?: string }): void;
  disconnect(): void;
}

export interface WifiOptions {
  onChanged(property: string): void;
}

/** The module `timer`. */
export interface Timers<Timer = unknown> {
  /** @param ms - at most 2^31 - 1 */
  set(run: () => void, ms: number): Timer;
  clear(timer: Timer): void;
}

/** The module `time`. */
export interface Ticks {
  /** ms since a moment; wraps around. */
  readonly ticks: number;
  /** ms from `start` until now, across a wrap. */
  delta(start: number): number;
}

/** The module `preference`: small values in flash, each written as a whole. */
export interface Preferences {
  /** @throws Error when flash is full */
  set(domain: string, key: string, value: string | number | boolean | ArrayBuffer): void;
  get(domain: string, key: string): string | number | boolean | ArrayBuffer | undefined;
  delete(domain: string, key: string): void;
}

/** A hash of the module `crypt`. */
export interface Digest {
  write(bytes: ArrayBuffer): void;
  /** The hash of what was written. */
  close(): ArrayBuffer;
  reset(): void;
}

/** An analog input of `embedded:io/analog`. */
export interface Analog {
  /** Bits of a reading. */
  readonly resolution: number;
  read(): number;
}

/** A device on a bus, of `embedded:io/i2c`. */
export interface I2c {
  /** @throws Error when nobody answers */
  write(bytes: ArrayBuffer): void;
  /** @throws Error when nobody answers */
  read(byteLength: number): ArrayBuffer;
}

/** An output of `embedded:io/digital`. */
export interface Digital {
  write(level: 0 | 1): void;
}

/** The modules of one board. */
export interface Moddable {
  readonly Udp: new (options: UdpOptions) => UdpSocket;
  readonly Wifi: new (options: WifiOptions) => WifiRadio;
  readonly timers: Timers;
  readonly time: Ticks;
  readonly preferences: Preferences;
  /** A new SHA-256; undefined where there is none. */
  readonly sha256: (() => Digest) | undefined;
  /** One reading of something that is never quite still: an open analog input, the chip's temperature. */
  noise(): number;
  /** ms since 1970; near 0 while nobody has set the clock. */
  wallClock(): number;
}
