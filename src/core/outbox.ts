/**
 * What the core wants done, in order: encoded datagrams, work to execute, news. The parts put in, the driver
 * polls out. Every transmission gets the next sequence number here and nowhere else.
 *
 * @module
 */
import { assert } from '../base/assert.ts';
import type { Random } from '../base/random.ts';
import { encodeBody } from '../wire/body-writer.ts';
import { PART_BYTES, type Part, packBundle } from '../wire/bundle.ts';
import type { Codec } from '../wire/codec.ts';
import { MAX_BODY } from '../wire/limits.ts';
import type { Address, Bundled, Header, Message, NodeId } from '../wire/message.ts';
import type { SealKey } from '../wire/seal.ts';
import { encode, encodeWith } from '../wire/v2.ts';
import type { Keyring } from './keyring.ts';
import type { ClusterEvent, Door, Identity, Output } from './model.ts';

/** In place of a node id: nobody knows yet which node is there. */
export const UNKNOWN: NodeId = 0;
/** Numbers kept back for what goes out until somebody looks whether they are spent: more than a minute of datagrams. */
const LAST_WORDS = 0x1000000;
const MAX_SEQUENCE = 0xffff_ffff;

/** Larger bodies go alone, where they may be deflated. */
const HELD_BYTES = 256;

const UNSEALED: readonly undefined[] = [undefined];

/** It answers what was just heard of the receiver. */
function isAnswer({ type }: Message): boolean {
  return type === 'ack' || type === 'challenge' || type === 'response' || type === 'error' || type === 'welcome';
}

export interface Witness {
  /** A message goes out to that node; `UNKNOWN`: to everybody. */
  sent(to: NodeId, message: Message): void;
}

/** What goes to one node in one datagram. */
interface Held {
  readonly address: Address;
  readonly parts: Part[];
  /** Bytes of the parts. */
  bytes: number;
}

export class Outbox {
  /** Told of what goes out. */
  witness: Witness | undefined;
  private who: Identity;
  private readonly codec: Codec;
  private readonly keys: Keyring | undefined;
  private readonly limit: number;
  private readonly random: Random;
  private readonly held = new Map<NodeId, Held>();
  private queue: Output[] = [];
  private head = 0;
  /** Numbers begin after it: after chance, so that nobody can guess them, in the lower half, so that enough are left. */
  private first: number;
  private sequence: number;
  /** The numbers after this were sent lately; those after the second one later than the last look at it. */
  private lately: number;
  private later: number;

  /** @param keys - undefined in an open cluster. */
  constructor(identity: Identity, codec: Codec, keys: Keyring | undefined, limit: number, random: Random) {
    this.who = identity;
    this.codec = codec;
    this.keys = keys;
    this.limit = limit;
    this.random = random;
    this.first = this.random.u32() >>> 1;
    this.sequence = this.first;
    this.lately = this.sequence;
    this.later = this.sequence;
  }

  /** Changes when this node has to take another epoch or id: then the sequence numbers begin anew. */
  get identity(): Identity {
    return this.who;
  }

  set identity(identity: Identity) {
    this.who = identity;
    this.first = this.random.u32() >>> 1;
    this.sequence = this.first;
    this.lately = this.sequence;
    this.later = this.sequence;
  }

  /** This node sent a datagram of that sequence number since the last look but one. */
  sentLately(sequence: number): boolean {
    return sequence > this.lately && sequence <= this.sequence;
  }

  /** This node sent no datagram of that sequence number in this epoch. */
  neverSent(sequence: number): boolean {
    return sequence <= this.first || sequence > this.sequence;
  }

  /** Some seconds have passed: what was sent before the last look was not sent lately. */
  age(): void {
    this.lately = this.later;
    this.later = this.sequence;
  }

  /** Sequence numbers never repeat: this node must take another epoch. */
  get isSpent(): boolean {
    return this.sequence > MAX_SEQUENCE - LAST_WORDS;
  }

  /**
   * To one node. `inflatesBytes`: it takes compressed bodies that inflate to so many bytes at most.
   *
   * @param node - who is there; `UNKNOWN` asks whoever is.
   * @returns false when the message fits no datagram: it must travel in blocks, or not at all.
   */
  send(node: NodeId, address: Address, message: Message, inflatesBytes = 0): boolean {
    if (this.keys !== undefined && node === UNKNOWN) return this.sendOpenly(address, message, this.keys);
    this.witness?.sent(node, message);
    let fits = true;
    for (const key of this.keys?.keysFor(node, isAnswer(message)) ?? UNSEALED) {
      const bytes = this.encode(message, key, node, true, inflatesBytes);
      if (bytes !== undefined) this.sendRaw(address, bytes, 'node');
      else fits = false;
    }
    return fits;
  }

  /**
   * To one node, together with what goes to it until `release`. Nobody is told of it: it is no question.
   *
   * @returns false when it is better sent alone.
   */
  hold(node: NodeId, address: Address, message: Bundled): boolean {
    // While there are two keys, questions and answers may go under different ones.
    if (this.keys !== undefined && this.keys.all.length > 1) return false;
    const body = encodeBody(message, this.codec);
    if (body.length > HELD_BYTES) return false;
    const bytes = PART_BYTES + body.length;
    let held = this.held.get(node);
    if (held === undefined || held.address !== address || held.bytes + bytes > MAX_BODY) {
      if (held !== undefined) this.sendHeld(node, held);
      held = { address, parts: [], bytes: 0 };
      this.held.set(node, held);
    }
    held.parts.push({ type: message.type, body });
    held.bytes += bytes;
    return true;
  }

  /** Something is held, and is to be released at once: when all else that has come in was taken. */
  get holds(): boolean {
    return this.held.size > 0;
  }

  /** Sends what is held. */
  release(): void {
    for (const [node, held] of this.held) this.sendHeld(node, held);
    this.held.clear();
  }

  /** To everybody in reach; always small enough for one datagram. */
  broadcast(message: Message): void {
    this.witness?.sent(UNKNOWN, message);
    for (const key of this.keys?.all ?? UNSEALED) {
      const bytes = this.encode(message, key, UNKNOWN, false, 0);
      assert(bytes !== undefined, 'what is broadcast fits one datagram');
      this.transmit({ type: 'broadcast', bytes });
    }
  }

  /** A datagram that is already encoded, as v1 ones are. */
  sendRaw(to: Address, bytes: Uint8Array, door: Door): void {
    this.transmit({ type: 'send', to, bytes, door });
  }

  event(event: ClusterEvent): void {
    this.push({ type: 'event', event });
  }

  push(output: Output): void {
    assert(this.queue.length - this.head < this.limit, 'the driver polls after every change');
    this.queue.push(output);
  }

  poll(): Output | undefined {
    if (this.head === this.queue.length) {
      if (this.head > 0) {
        this.queue = [];
        this.head = 0;
      }
      return undefined;
    }
    return this.queue[this.head++];
  }

  /**
   * Half the room is for datagrams. Those beyond are lost, as they may be on any network: nothing that a peer sends may
   * break a rule of ours.
   */
  private transmit(output: Output): void {
    if (this.queue.length - this.head < this.limit / 2) this.push(output);
  }

  private sendHeld(receiver: NodeId, { address, parts }: Held): void {
    const header = { ...this.nextHeader(), addressed: true };
    const [first, second] = parts;
    if (first === undefined) return;
    const { type, body } = second === undefined ? first : { type: 'bundle' as const, body: packBundle(parts) };
    this.sendRaw(address, encodeWith(header, type, body, { key: this.keys?.all[0], receiver }), 'node');
  }

  /** To an address, sealed as if it were to everybody. */
  private sendOpenly(address: Address, message: Message, keys: Keyring): boolean {
    this.witness?.sent(UNKNOWN, message);
    const all = keys.all.map((key) => this.encode(message, key, UNKNOWN, false, 0));
    for (const bytes of all) if (bytes !== undefined) this.sendRaw(address, bytes, 'node');
    return !all.includes(undefined);
  }

  private encode(
    message: Message,
    key: SealKey | undefined,
    receiver: NodeId,
    addressed: boolean,
    inflatesBytes: number,
  ): Uint8Array | undefined {
    return encode({ ...this.nextHeader(), addressed }, message, this.codec, { inflatesBytes, key, receiver });
  }

  /** Every transmission has a number of its own. */
  private nextHeader(): Omit<Header, 'key' | 'addressed'> {
    assert(this.sequence < MAX_SEQUENCE, 'another epoch was taken in time');
    this.sequence += 1;
    return { sender: this.who.id, epoch: this.who.epoch, sequence: this.sequence };
  }
}
