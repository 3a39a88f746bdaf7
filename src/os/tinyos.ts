/**
 * The functions of the original programs, with their meaning: `init`, `open_sensor`, `read`, `write` and so on, in
 * camel case. Whatever asks the network is async here. Handles are names, a sensor that cannot be read gives null, and
 * a display that is not there is the console.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import { after, elapsed, type Instant } from '../base/time.ts';
import type { Handle } from './handle.ts';
import type { InstanceInfo, Os } from './os.ts';
import { pauseUntil } from './pause.ts';

/** What is known of a service, in the words of the original. */
export interface TinyServiceInfo {
  readonly ip: string;
  readonly port: number;
  /** Seconds since 1970. */
  readonly last_seen: number;
  readonly metadata: { readonly capabilities: readonly string[]; readonly labels: Readonly<Record<string, string>> };
  /** Calls in a row that got no answer. */
  readonly failures: number;
}

/** The original's functions. All but `init` throw a TdosError CLOSED before `init` and after `shutdown`. */
export interface TinyOs<Options = unknown> {
  /**
   * Joins the cluster, waits for its services to appear (at most 3 s), and prints them.
   *
   * @throws TdosError what booting throws.
   */
  init(options?: Options): Promise<void>;
  /** `display` if the cluster has one, else `console`. */
  openDisplay(): string;
  /** @throws TdosError NOT_FOUND `Sensor NAME not available`. */
  openSensor(name: string): string;
  openTempSensor(): string;
  openHumiditySensor(): string;
  openLightSensor(): string;
  /** Shows a message. A display that fails is told of on the console. */
  write(handle: string, message: unknown): Promise<void>;
  /** The value of a sensor; null when it cannot be had. */
  read(handle: string): Promise<unknown>;
  /** Names of the services that are there. */
  listServices(): string[];
  /** The service, or null when it is not there. */
  getServiceInfo(name: string): TinyServiceInfo | null;
  shutdown(): Promise<void>;
}

/** ms that the original slept for discovery. */
const DISCOVERY_MS = 3000;
/** ms without a new service after which no more are waited for, where no kernel says that this is all. */
const QUIET_MS = 200;
/** Handles kept open for `read` and `write`; the one opened first makes room. */
const MAX_OPEN = 64;

/**
 * @param boot - joins the cluster.
 * @param print - writes a line to the console.
 */
export function makeTinyos<Options>(
  boot: (options?: Options) => Promise<Os>,
  print: (line: string) => void,
): TinyOs<Options> {
  return new Tiny(boot, print);
}

class Tiny<Options> implements TinyOs<Options> {
  private readonly boot: (options?: Options) => Promise<Os>;
  private readonly print: (line: string) => void;
  private os: Os | undefined;
  private readonly open = new Map<string, Promise<Handle<unknown>>>();

  constructor(boot: (options?: Options) => Promise<Os>, print: (line: string) => void) {
    this.boot = boot;
    this.print = print;
  }

  // The original is used as a module: its functions are taken off the object.

  init = async (options?: Options): Promise<void> => {
    this.os ??= await this.boot(options);
    this.print('Discovering services...');
    await discover(this.os);
    this.print('Available services:');
    for (const { service, address } of present(this.os)) this.print(`  ${service} at ${address}`);
  };

  openDisplay = (): string => (this.find('display') === undefined ? 'console' : 'display');

  openSensor = (name: string): string => {
    if (this.find(name) === undefined) throw new TdosError('NOT_FOUND', `Sensor ${name} not available`);
    return name;
  };

  openTempSensor = (): string => this.openSensor('temp_sensor');
  openHumiditySensor = (): string => this.openSensor('humidity_sensor');
  openLightSensor = (): string => this.openSensor('light_sensor');

  write = async (handle: string, message: unknown): Promise<void> => {
    if (handle === 'console') {
      this.print(`DISPLAY: ${String(message)}`);
      return;
    }
    try {
      await (await this.handle(handle)).write(String(message));
    } catch (error) {
      this.print(`Error writing ${handle}: ${wordsOf(error)}`);
    }
  };

  read = async (handle: string): Promise<unknown> => {
    try {
      return (await (await this.handle(handle)).read()).value ?? null;
    } catch (error) {
      this.print(`Error reading ${handle}: ${wordsOf(error)}`);
      return null;
    }
  };

  listServices = (): string[] => [...new Set(present(this.running()).map(({ service }) => service))];

  getServiceInfo = (name: string): TinyServiceInfo | null => {
    const found = this.find(name);
    if (found === undefined) return null;
    const { clock } = this.running();
    const colon = found.address.lastIndexOf(':');
    return {
      ip: found.address.slice(0, colon),
      port: Number(found.address.slice(colon + 1)),
      last_seen: (clock.wallClock() - found.heardMs) / 1000,
      metadata: { capabilities: found.capabilities, labels: found.labels },
      failures: found.unanswered,
    };
  };

  shutdown = async (): Promise<void> => {
    const { os } = this;
    this.os = undefined;
    this.open.clear();
    await os?.close();
  };

  private running(): Os {
    if (this.os === undefined) throw new TdosError('CLOSED', 'Call `init()` first.');
    return this.os;
  }

  private find(name: string): InstanceInfo | undefined {
    return present(this.running()).find(({ service }) => service === name);
  }

  private handle(name: string): Promise<Handle<unknown>> {
    const known = this.open.get(name);
    if (known !== undefined) return known;
    const opening = this.running().open<unknown>(name);
    this.open.set(name, opening);
    // What cannot be opened is tried again at the next read.
    opening.catch(() => this.open.delete(name));
    for (const [oldest, handle] of this.open) {
      if (this.open.size <= MAX_OPEN) break;
      this.open.delete(oldest);
      handle.then(
        (closing) => closing.close(),
        () => undefined,
      );
    }
    return opening;
  }
}

/** Services that may answer, by name. */
const present = (os: Os): InstanceInfo[] => os.list().filter(({ state }) => state === 'alive' || state === 'suspect');

/** Until a kernel said all it knows, or what appears by itself has come to rest. */
async function discover(os: Os): Promise<void> {
  const { clock } = os;
  const end = after(clock.now(), DISCOVERY_MS);
  let seen = 0;
  let changedAt: Instant | undefined;
  while (!os.complete && clock.now() < end) {
    const count = present(os).length;
    if (count !== seen) changedAt = clock.now();
    seen = count;
    if (changedAt !== undefined && clock.now() >= after(changedAt, QUIET_MS)) return;
    const soon = after(clock.now(), Math.min(QUIET_MS / 4, elapsed(clock.now(), end)));
    if (!(await pauseUntil(clock, soon, os.closed))) return;
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
