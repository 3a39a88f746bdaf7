// The modules of the Moddable SDK (8.2) that the programs import, as far as they use them.

declare module 'embedded:io/socket/udp' {
  import type { UdpOptions, UdpSocket } from '../../src/hosts/xs/moddable.ts';

  const Udp: new (options: UdpOptions) => UdpSocket;
  export default Udp;
}

declare module 'embedded:network/interface/wifi' {
  import type { WifiOptions, WifiRadio } from '../../src/hosts/xs/moddable.ts';

  const Wifi: new (options: WifiOptions) => WifiRadio;
  export default Wifi;
}

declare module 'embedded:io/analog' {
  import type { Analog as Input } from '../../src/hosts/xs/moddable.ts';

  const Analog: new (options: { readonly pin: number }) => Input;
  export default Analog;
}

declare module 'embedded:io/digital' {
  import type { Digital as Output } from '../../src/hosts/xs/moddable.ts';

  const Digital: (new (options: {
    readonly pin: number;
    readonly mode: number;
  }) => Output) & {
    readonly Output: number;
  };
  export default Digital;
}

declare module 'embedded:io/i2c' {
  import type { I2c } from '../../src/hosts/xs/moddable.ts';

  const I2C: new (options: {
    readonly data: number;
    readonly clock: number;
    readonly hz: number;
    readonly address: number;
  }) => I2c;
  export default I2C;
}

declare module 'timer' {
  import type { Timers } from '../../src/hosts/xs/moddable.ts';

  const Timer: Timers;
  export default Timer;
}

declare module 'time' {
  import type { Ticks } from '../../src/hosts/xs/moddable.ts';

  const Time: Ticks;
  export default Time;
}

declare module 'preference' {
  import type { Preferences } from '../../src/hosts/xs/moddable.ts';

  const Preference: Preferences;
  export default Preference;
}

declare module 'crypt' {
  import type { Digest as Hash } from '../../src/hosts/xs/moddable.ts';
  export const Digest: new (type: 'SHA256') => Hash;
}

declare module 'mc/config' {
  import type { Settings } from './settings.ts';

  const config: Settings & { readonly sht3x?: string };
  export default config;
}

declare module 'commodetto/Poco' {
  import type { Poco as Drawing } from '../../src/hosts/xs/screen.ts';

  const Poco: new (
    screen: unknown,
    options: { readonly rotation: 0 | 90 | 180 | 270 },
  ) => Drawing<{
    readonly height: number;
  }>;
  export default Poco;
}

declare module 'commodetto/parseBMF' {
  export default function parseBMF(font: unknown): { readonly height: number };
}

declare module 'Resource' {
  const Resource: new (name: string) => unknown;
  export default Resource;
}

/** The display that the manifest names. */
declare const screen: unknown;

/** Text on the debugger's console. */
declare function trace(...written: readonly string[]): void;

interface ArrayBufferConstructor {
  fromString(text: string): ArrayBuffer;
}

interface StringConstructor {
  fromArrayBuffer(bytes: ArrayBuffer): string;
}
