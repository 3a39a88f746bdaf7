/**
 * A datagram between two machines.
 *
 * @module
 */
import type { Door } from '../core/model.ts';
import type { Address } from '../wire/message.ts';

/** A datagram on its way. Its bytes are shared by all receivers and never change. */
export interface Parcel {
  /** 1 for the first datagram of its world. All receivers of a broadcast get the same. */
  readonly number: number;
  readonly from: Address;
  /** The name of the machine that sent it. */
  readonly sender: string;
  /** An address, or `all`. */
  readonly to: string;
  readonly door: Door;
  readonly bytes: Uint8Array;
  /** A bit of it was flipped on its way. */
  readonly isBroken?: boolean;
}

/** Why a datagram that came through the air did not get to the program. */
export type Drop = 'off' | 'deaf' | 'full';
