/**
 * Keeps a board on its Wi-Fi: connects, and connects again whenever the access point is lost, for ever. The radio tells
 * of changes, but not of all: a look every so often finds what it missed.
 *
 * @module
 */
import type { Moddable, WifiRadio } from './moddable.ts';

export interface Credentials {
  readonly ssid: string;
  /** Undefined for an open network. */
  readonly password?: string | undefined;
}

/** ms between looks at the radio. A board is to be back within 10 s of its access point. */
const LOOK_MS = 2000;
/** Looks that a connection attempt may take before it is given up and begun again. */
const PATIENCE = 4;
const CONNECTING = 300;
const ADDRESSED = 500;

export class Wifi {
  private readonly moddable: Moddable;
  private readonly radio: WifiRadio;
  private readonly credentials: Credentials;
  private patience = 0;
  private timer: unknown;
  private arrivals: (() => void)[] = [];

  constructor(moddable: Moddable, credentials: Credentials) {
    this.moddable = moddable;
    this.credentials = credentials;
    this.radio = new moddable.Wifi({ onChanged: () => this.look() });
    this.look();
    this.watch();
  }

  /** Its address; undefined while it has none. */
  get address(): string | undefined {
    return this.radio.connection >= ADDRESSED ? this.radio.address : undefined;
  }

  get mac(): string {
    return this.radio.MAC ?? '';
  }

  /** Resolves once there is an address. */
  ready(): Promise<void> {
    return new Promise((resolve) => {
      this.arrivals.push(resolve);
      this.look();
    });
  }

  close(): void {
    this.moddable.timers.clear(this.timer);
    this.radio.disconnect();
  }

  private watch(): void {
    this.timer = this.moddable.timers.set(() => {
      this.patience -= 1;
      this.look();
      this.watch();
    }, LOOK_MS);
  }

  private look(): void {
    if (this.address !== undefined) {
      for (const arrived of this.arrivals.splice(0)) arrived();
      return;
    }
    if (this.patience > 0) return;
    this.patience = PATIENCE;
    try {
      // An attempt that leads nowhere is still an attempt to the radio, which takes no other meanwhile.
      if (this.radio.connection >= CONNECTING) this.radio.disconnect();
      const { ssid, password } = this.credentials;
      this.radio.connect(password ? { SSID: ssid, password } : { SSID: ssid });
    } catch {
      // The next look tries again.
      this.patience = 1;
    }
  }
}
