/**
 * TDOS on a PC or a Raspberry Pi: Node's clock, sockets, files and chance behind the host port.
 *
 * @module
 */
import { randomInt } from 'node:crypto';
import { hostname } from 'node:os';
import { TdosError } from '../../base/errors.ts';
import { type Instant, instant } from '../../base/time.ts';
import { CLOCK_IS_SET, type Host, type Receive, type Store } from '../../os/host.ts';
import { nodeCodec } from './codec.ts';
import { nodeKeys } from './keys.ts';
import { claimName, fileStore, homeFolder, memoryStore, type NodeStore } from './store.ts';
import { openUdp, type UdpNetwork, type UdpOptions } from './udp.ts';

export interface NodeHostOptions extends UdpOptions {
  /** The node's name; an error when it runs here already. Without it: the machine's name, or that with a number. */
  readonly name?: string | undefined;
  /** Keep id and epoch for the next start. @default true; false for commands that live for a moment. */
  readonly durable?: boolean | undefined;
  /** Without a cluster key. @default false */
  readonly open?: boolean | undefined;
  /** Where state lives. @default TDOS_HOME, or `.tdos` in the user's home */
  readonly home?: string | undefined;
}

export interface NodeHost extends Host {
  /** The name that the node has on this machine. */
  readonly name: string;
  open(receive: Receive): Promise<UdpNetwork>;
}

/** The longest that one timer of Node waits, ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * The host of one node. The node's name belongs to it from here until its network closes.
 *
 * @throws TdosError HOST when a node of that name runs here, or TDOS_HOME cannot be written; BAD_CONFIG for a bad option;
 * NO_KEY when the cluster's key is not here.
 */
export function nodeHost(options: NodeHostOptions = {}): NodeHost {
  const port = options.port ?? portOf(process.env.TDOS_PORT);
  const keys = options.open ? undefined : nodeKeys(options);
  // Before the name is taken: without its key there is no node.
  keys?.load();
  const { name, store } = openStore(options);
  return {
    name,
    codec: nodeCodec,
    store,
    keys,
    now,
    wallClock: () => (Date.now() < CLOCK_IS_SET ? 0 : Date.now()),
    entropy: () => randomInt(2 ** 32),
    timer,
    async open(receive) {
      const claimed = isNodeStore(store) ? store : undefined;
      claimed?.claim();
      try {
        const network = await openUdp({ ...options, port }, receive);
        return releasing(network, () => claimed?.release());
      } catch (error) {
        claimed?.release();
        throw error;
      }
    },
  };
}

const now = (): Instant => instant(performance.now());

const isNodeStore = (store: Store): store is NodeStore => 'release' in store;

function openStore(options: NodeHostOptions): { readonly name: string; readonly store: Store } {
  const machine = hostname().split('.')[0] || 'node';
  if (options.durable === false) return { name: options.name ?? machine, store: memoryStore() };
  const home = options.home ?? homeFolder();
  const store =
    options.name === undefined
      ? claimName(home, machine, options.notice)
      : fileStore(home, options.name, options.notice);
  return { name: store.name, store };
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new TdosError('BAD_CONFIG', `TDOS_PORT must be a port from 1 to 65535, not \`${text}\`.`);
}

/** The same network, which gives up the node's name when it closes. */
function releasing(network: UdpNetwork, release: () => void): UdpNetwork {
  return {
    get address() {
      return network.address;
    },
    send: (to, bytes, door) => network.send(to, bytes, door),
    broadcast: (bytes) => network.broadcast(bytes),
    openPort: (service) => network.openPort(service),
    closePort: (service) => network.closePort(service),
    counters: () => network.counters(),
    async close() {
      await network.close();
      release();
    },
  };
}

/** Node's own timers wait 1 ms at least and 25 days at most, and fire up to 1 ms early by this clock. */
function timer(at: Instant, run: () => void): () => void {
  if (at <= now()) {
    const immediate = setImmediate(run);
    return () => clearImmediate(immediate);
  }
  let handle: NodeJS.Timeout;
  const arm = (): void => {
    handle = setTimeout(
      () => {
        if (now() < at) arm();
        else run();
      },
      Math.min(Math.max(Math.ceil(at - now()), 0), MAX_TIMER_MS),
    );
  };
  arm();
  return () => clearTimeout(handle);
}
