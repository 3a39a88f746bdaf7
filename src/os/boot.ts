/**
 * Starting a node on a host.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import { BOARD, type Config, configure, DEFAULTS } from '../core/config.ts';
import { Endpoint } from '../core/endpoint.ts';
import { type MakeV1, v1Bridge } from '../core/v1/bridge.ts';
import { isName } from '../wire/checks.ts';
import type { Abilities } from '../wire/message.ts';
import type { Driver } from './driver.ts';
import type { Host } from './host.ts';
import { HeldKeys } from './keys.ts';
import type { Os, ServiceDefinition } from './os.ts';
import { Stored } from './stored.ts';
import { System } from './system.ts';
import { watchClock } from './wall-clock.ts';

export interface BootOptions {
  /** Shown to people, and a place in resources: `temp_sensor@kitchen`. @default `node-` and its id */
  readonly name?: string | undefined;
  /** It judges the health of others and shares what it knows of them. @default false */
  readonly kernel?: boolean | undefined;
  /** What it can take: `pc` messages of 64 KiB, 16 blocks at once; `board` 4 KiB, 1 block, small tables. @default 'pc' */
  readonly profile?: 'pc' | 'board' | undefined;
  /** Changes to the settings of config.ts. */
  readonly config?: Partial<Config> | undefined;
  /** Without a key: nothing is sealed, and anybody on the network may speak, and be believed. @default false */
  readonly open?: boolean | undefined;
  /** Accept boards that speak the original protocol, which cannot be sealed, and speak it to them. @default false */
  readonly allowV1?: boolean | undefined;
  /** It lives for a moment: a new id, nothing kept, never announced, offers nothing. @default false */
  readonly ephemeral?: boolean | undefined;
  /** Keep a view of the whole cluster from the beginning; without it, from the first `open` or call on. @default true */
  readonly follow?: boolean | undefined;
  /** Services to provide from the beginning. */
  readonly services?: readonly ServiceDefinition[] | undefined;
  /** Told of faults that end nothing: a listener that throws, a disk that is full. @default nobody */
  readonly onFault?: ((error: unknown) => void) | undefined;
}

/** Is told of faults where nobody wants to be. */
const nobody = (): void => undefined;

const PROFILES: Readonly<Record<'pc' | 'board', Omit<Abilities, 'kernel'>>> = {
  pc: { helper: true, inflates: true, v1: false, takesKiB: 64, window: 16, bundles: true },
  board: { helper: false, inflates: true, v1: false, takesKiB: 4, window: 1, bundles: true },
};

/**
 * Starts a node. It is up when this resolves; what else is in the cluster appears from then on.
 *
 * @throws TdosError BAD_CONFIG for options that make no sense; NO_KEY when the cluster's key is not here; HOST when the
 * machine has no socket or cannot keep the node's state; BAD_ARGUMENT or LIMIT for services that cannot be offered.
 */
export function bootOn(host: Host, options: BootOptions = {}): Promise<Os> {
  return start(host, options, v1Bridge);
}

/** What a board starts with: it speaks no v1, and brings no code for it. */
export type BoardOptions = Omit<BootOptions, 'profile' | 'allowV1'>;

/** Starts a node on a board. @throws as {@link bootOn} */
export function bootBoard(host: Host, options: BoardOptions = {}): Promise<Os> {
  return start(host, { ...options, profile: 'board' }, undefined);
}

async function start(host: Host, options: BootOptions, v1: MakeV1 | undefined): Promise<Os> {
  const { profile = 'pc', kernel = false, ephemeral = false, allowV1 = false, follow = true, services = [] } = options;
  const { onFault = nobody } = options;
  const config = checkOptions(options);
  const keys = options.open || host.keys === undefined ? undefined : new HeldKeys(host.keys);
  const random = new Random(host.entropy());
  const stored = new Stored(ephemeral ? undefined : host.store, random);
  const { id, epoch, term, kernels } = stored.state;
  const name = options.name ?? `node-${id.toString(16)}`;

  let driver: Driver | undefined;
  const network = await host.open((datagram, from, door) => driver?.receive(datagram, from, door));
  const endpoint = new Endpoint({
    identity: { id, epoch, name, abilities: { ...PROFILES[profile], kernel } },
    config,
    codec: host.codec,
    keys: keys?.all,
    random,
    now: host.now(),
    term,
    wallClock: host.wallClock(),
    remembered: kernels,
    v1: allowV1 ? v1 : undefined,
    silent: ephemeral,
  });
  const system = new System({ host, endpoint, network, config, stored, keys, allowV1, onFault });
  driver = system.driver;
  const unwatch = keys?.watch((changed) => system.driver.command({ type: 'keys', keys: changed }));
  if (unwatch) system.closed.addEventListener('abort', unwatch);
  // Others go by it.
  if (kernel) watchClock(host, (wallClock) => system.driver.command({ type: 'clock', wallClock }), system.closed);
  try {
    if (follow) system.driver.command({ type: 'follow' });
    for (const service of services) await system.provide(service);
    system.driver.advance();
  } catch (error) {
    await system.close();
    throw error;
  }
  return system;
}

/**
 * The settings that a node with these options gets.
 *
 * @throws TdosError BAD_CONFIG for options that make no sense.
 */
export function checkOptions({ name, profile, config }: BootOptions): Config {
  if (name !== undefined && (!isName(name) || name === '*' || name.includes('=')))
    throw new TdosError(
      'BAD_CONFIG',
      `A node name has 1 to 64 characters, no = and no control characters, not \`${name}\`.`,
    );
  return configure(config, profile === 'board' ? BOARD : DEFAULTS);
}
