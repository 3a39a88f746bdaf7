/**
 * The questions of this node that only one who hears it now can answer.
 *
 * Nonces of challenges are not kept: they are computed from who is asked, where, and when, so that nobody can fill a table
 * with questions. Others are few, and kept for some seconds.
 *
 * @module
 */
import type { Instant } from '../../base/time.ts';
import { Writer } from '../../wire/bytes.ts';
import type { Codec, Hmac } from '../../wire/codec.ts';
import type { Address, Epoch, NodeId } from '../../wire/message.ts';

/** Who is challenged. */
interface Challenged {
  readonly node: NodeId;
  readonly epoch: Epoch;
  /** Where from alone the answer counts. */
  readonly address: Address;
  /** The sequence number of its last proof, or 0: an answer counts once. */
  readonly proof: number;
}

/** ms that a challenge may be answered for at least, and half of what it may at most. */
const SLOT_MS = 2000;

export class Nonces {
  private readonly codec: Codec;
  private readonly limit: number;
  /** Under a key that nobody else has, and that ends with this start. */
  private readonly mac: Hmac;
  private asked = new Map<number, NodeId>();
  private before = new Map<number, NodeId>();

  /** @param limit - questions kept in each of two generations. */
  constructor(secret: Uint8Array, codec: Codec, limit: number) {
    this.codec = codec;
    this.limit = limit;
    this.mac = codec.hmac(secret);
  }

  /** This node asked `node`, or everybody (0). Whoever of several was asked the same may answer. */
  ask(nonce: number, node: NodeId): void {
    const known = this.asked.get(nonce);
    if (known !== undefined && known !== node) this.asked.set(nonce, 0);
    else if (this.asked.size < this.limit) this.asked.set(nonce, node);
  }

  /** `node` answers what it was asked some seconds ago at most. */
  answers(nonce: number, node: NodeId): boolean {
    const asked = this.asked.get(nonce) ?? this.before.get(nonce);
    return asked === node || asked === 0;
  }

  /** Some seconds have passed. */
  age(): void {
    this.before = this.asked;
    this.asked = new Map();
  }

  /** What that one is to answer. */
  challengeFor(who: Challenged, now: Instant): number {
    return this.compute(who, Math.floor(now / SLOT_MS));
  }

  answersChallenge(nonce: number, who: Challenged, now: Instant): boolean {
    const slot = Math.floor(now / SLOT_MS);
    return nonce === this.compute(who, slot) || nonce === this.compute(who, slot - 1);
  }

  private compute({ node, epoch, address: at, proof }: Challenged, slot: number): number {
    const address = this.codec.encodeUtf8(at);
    const bytes = new Uint8Array(16 + address.length);
    const writer = new Writer(bytes, 0);
    writer.u32(node);
    writer.u32(epoch);
    writer.u32(proof);
    writer.u32(slot >>> 0);
    bytes.set(address, writer.at);
    const [a = 0, b = 0, c = 0, d = 0] = this.mac(bytes);
    return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  }
}
