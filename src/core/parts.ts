/**
 * What a node is made of: who is in the cluster is `membership.ts`, calls are `exchange.ts`, whom to believe `trust.ts`,
 * boards with the original programs `v1/bridge.ts`. Here they are made, and introduced to each other.
 *
 * @module
 */
import type { Random } from '../base/random.ts';
import type { Instant } from '../base/time.ts';
import type { Codec } from '../wire/codec.ts';
import { type SealKey, sealKey } from '../wire/index.ts';
import type { Address } from '../wire/message.ts';
import type { Config } from './config.ts';
import { Exchange } from './exchange/exchange.ts';
import { ForExchange, ForMembership, ForTrust, type Whole } from './introductions.ts';
import { Keyring } from './keyring.ts';
import { Membership } from './membership/membership.ts';
import type { Identity } from './model.ts';
import { Offers } from './offers.ts';
import { Outbox } from './outbox.ts';
import { Trust } from './trust/trust.ts';
import type { MakeV1, V1Bridge } from './v1/bridge.ts';
import { WallClock } from './wall-clock.ts';

export interface EndpointOptions {
  readonly identity: Identity;
  readonly config: Config;
  readonly codec: Codec;
  /** The cluster's keys, 32 bytes each, the newest last; at most two. Undefined: an open cluster, where anybody may speak. */
  readonly keys?: readonly Uint8Array[] | undefined;
  readonly random: Random;
  readonly now: Instant;
  /** The highest kernel term seen before, from the store. */
  readonly term: number;
  /** ms since 1970 at `now`; 0 without a clock. */
  readonly wallClock: number;
  /** Kernels known from the last run; they are asked directly too. */
  readonly remembered: readonly Address[];
  /** Accept v1 boards, and speak v1 to them. Undefined: no v1. */
  readonly v1: MakeV1 | undefined;
  /** Asks and calls only: never announces itself, so nobody watches it. For short-lived programs. */
  readonly silent: boolean;
}

export class Parts implements Whole {
  readonly codec: Codec;
  readonly outbox: Outbox;
  readonly offers: Offers;
  readonly wallClock: WallClock;
  readonly membership: Membership;
  readonly exchange: Exchange;
  /** Both undefined in an open cluster. */
  readonly keyring: Keyring | undefined;
  readonly trust: Trust | undefined;
  readonly v1: V1Bridge | undefined;
  /** How often each thing was counted since the start. */
  readonly counts = new Map<string, number>();

  constructor(options: EndpointOptions) {
    const { identity, config, codec, random, now } = options;
    this.codec = codec;
    this.keyring = options.keys && new Keyring(this.sealKeys(options.keys), () => this.outbox.identity.id);
    this.outbox = new Outbox(identity, codec, this.keyring, config.maxOutputs, random.split());
    this.offers = new Offers(config, codec);
    this.wallClock = new WallClock(options.wallClock, now);
    const { outbox, offers, wallClock } = this;
    const shared = { ...options, outbox, offers, wallClock, startedAt: now };
    this.membership = new Membership(shared, new ForMembership(this));
    this.exchange = new Exchange({ ...shared, random: random.split() }, new ForExchange(this), now);
    this.v1 = options.v1?.({ ...shared, random: random.split() }, this);
    if (this.keyring !== undefined) this.trust = this.makeTrust(this.keyring, config, random.split(), now);
  }

  sealKeys(keys: readonly Uint8Array[]): readonly SealKey[] {
    return keys.map((key) => sealKey(key, this.codec));
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  private makeTrust(keyring: Keyring, config: Config, random: Random, now: Instant): Trust {
    const { codec, outbox } = this;
    const { id, epoch } = outbox.identity;
    const secret = keyring.secret(codec.encodeUtf8(`challenges ${id} ${epoch} ${random.u32()}`));
    const trust = new Trust({ config, codec, random, secret, now }, new ForTrust(this));
    outbox.witness = trust;
    return trust;
  }
}
