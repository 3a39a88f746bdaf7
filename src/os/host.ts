/**
 * The port between TDOS and the machine it runs on. Node, the Pico W and the simulator each implement it once;
 * nothing else portable touches a clock, a socket, a disk or chance.
 *
 * @module
 */
import type { Instant } from '../base/time.ts';
import type { Door } from '../core/model.ts';
import type { Codec } from '../wire/codec.ts';
import type { Address, Epoch, NodeId } from '../wire/message.ts';

/** What a node keeps between starts. */
export interface StoredState {
  readonly id: NodeId;
  /** Of the last start; 0 when there was none. */
  readonly epoch: Epoch;
  /** The highest kernel term seen. */
  readonly term: number;
  /** Addresses of kernels met, the latest first: where to ask when broadcast does not reach. */
  readonly kernels: readonly Address[];
}

export interface Store {
  /** The state of the last run; undefined on the first, or when it cannot be read. */
  load(): StoredState | undefined;
  /** Durable when it returns, so that an epoch is never used twice. */
  save(state: StoredState): void;
}

/** Called for every datagram. The bytes belong to the callee. */
export type Receive = (datagram: Uint8Array, from: Address, door: Door) => void;

/** The open sockets of a node. */
export interface Network {
  /** Where this node's unicast datagrams come from. */
  readonly address: Address;
  /** Never throws; what the operating system refuses counts as lost. */
  send(to: Address, bytes: Uint8Array, door: Door): void;
  broadcast(bytes: Uint8Array): void;
  /** Opens the port on which a service is served to v1 boards, and says which it became. */
  openPort(service: string): Promise<number>;
  closePort(service: string): void;
  close(): Promise<void>;
}

/** ms since 1970: a wall clock that shows less was never set, as on a board or a PC without a battery. */
export const CLOCK_IS_SET = 1_704_067_200_000;

/** The machine's sense of time: all that apps and services need of a host. */
export interface Clock {
  /** Monotonic; never goes back, goes on while the machine sleeps where it can. */
  now(): Instant;
  /** Wall clock, ms since 1970; 0 where there is none. That of `os.clock` is a kernel's then, once one was heard. */
  wallClock(): number;
  /** Runs `run` once at or after `at`. The returned function cancels it. */
  timer(at: Instant, run: () => void): () => void;
}

/** Where the keys of this node's cluster come from. */
export interface KeySource {
  /**
   * The valid keys, 32 bytes each, the newest last; one or two.
   *
   * @throws TdosError NO_KEY when there is none; HOST when they cannot be read.
   */
  load(): readonly Uint8Array[];
  /** Tells of keys other than those loaded last, until the returned function is called. */
  watch(changed: (keys: readonly Uint8Array[]) => void): () => void;
  /** Forgets a key for good, if it is the older of two. @throws TdosError HOST */
  drop(key: Uint8Array): void;
}

export interface Host extends Clock {
  readonly codec: Codec;
  readonly store: Store;
  /** Undefined where there are no keys to be had: its nodes seal nothing, and anybody may speak to them. */
  readonly keys: KeySource | undefined;
  /** 32 bits of real entropy (in a simulated world: of its seed). */
  entropy(): number;
  /** @throws TdosError HOST when no socket can be had; the sentence says what to do. */
  open(receive: Receive): Promise<Network>;
}
