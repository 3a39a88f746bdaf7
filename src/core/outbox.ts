/**
 * What the core wants done, in order: encoded datagrams, work to execute, news. The parts put in, the driver
 * polls out. Every transmission gets the next sequence number here and nowhere else.
 *
 * @module
 */
import { assert } from '../base/assert.ts';
import type { Address, Codec, Message } from '../wire/message.ts';
import { encode } from '../wire/v2.ts';
import type { ClusterEvent, Door, Identity, Output } from './model.ts';

/** Datagrams that an answer may look back: more than a busy server sends in a second. */
const LATELY = 0x10000;

export class Outbox {
  /** Changes when this node has to take another epoch or id. */
  identity: Identity;
  private readonly codec: Codec;
  private readonly limit: number;
  private queue: Output[] = [];
  private head = 0;
  private sequence: number;

  /** @param sequence - where sequence numbers begin: chance, so that nobody can guess them. */
  constructor(identity: Identity, codec: Codec, limit: number, sequence: number) {
    this.identity = identity;
    this.codec = codec;
    this.limit = limit;
    this.sequence = sequence >>> 0;
  }

  /** This node sent a datagram of that sequence number, not long ago. */
  sentLately(sequence: number): boolean {
    return (this.sequence - sequence) >>> 0 < LATELY;
  }

  /**
   * To one node. `inflates` says that it takes compressed bodies.
   * @returns false when the message fits no datagram: it must travel in blocks, or not at all.
   */
  send(to: Address, message: Message, inflates = false): boolean {
    const bytes = this.encode(message, true, inflates);
    if (bytes !== undefined) this.sendRaw(to, bytes, 'node');
    return bytes !== undefined;
  }

  /** To everybody in reach; always small enough for one datagram. */
  broadcast(message: Message): void {
    const bytes = this.encode(message, false, false);
    assert(bytes !== undefined, 'what is broadcast fits one datagram');
    this.transmit({ type: 'broadcast', bytes });
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

  private encode(message: Message, addressed: boolean, deflate: boolean): Uint8Array | undefined {
    this.sequence = (this.sequence + 1) >>> 0;
    const { id, epoch } = this.identity;
    return encode({ sender: id, epoch, sequence: this.sequence, addressed }, message, this.codec, { deflate });
  }
}
