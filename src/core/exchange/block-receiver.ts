/**
 * Large bodies on their way in as numbered blocks. What is too large or too much is refused before anything of it is
 * stored; what nobody sends any more is given up. A body is handed on once, however often its blocks come.
 *
 * @module
 */
import { after, earliest, type Instant } from '../../base/time.ts';
import { blockCount, Reassembly } from '../../wire/blocks.ts';
import type { Ack, Address, Block, Epoch, NodeId } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import { Timers } from '../timers.ts';

/** The sender, and where its latest block came from. */
export interface BlockSource {
  readonly node: NodeId;
  readonly epoch: Epoch;
  readonly address: Address;
}

export interface BlockReceiverPort {
  acknowledge(to: BlockSource, ack: Ack): void;
  /** Tell the sender that none of this is taken: it is larger than the limit, or too much is under way. */
  refuse(from: BlockSource, carries: Block['carries'], callId: number, code: 'TOO_LARGE' | 'BUSY'): void;
  whole(from: BlockSource, carries: Block['carries'], callId: number, body: Uint8Array): void;
  /**
   * What is whole already is being sent again from its first block: an answer to it may have been lost.
   * @returns false when nothing is known of it: it was refused, and is taken anew.
   */
  repeated(from: BlockSource, carries: Block['carries'], callId: number): boolean;
}

interface Incoming {
  from: BlockSource;
  readonly callId: number;
  readonly parts: Reassembly;
  /** The value of the last ACK. */
  acked: number;
}

/** ms that blocks in order wait for an ACK in common with those behind them. */
const ACK_DELAY_MS = 10;

export class BlockReceiver {
  private readonly config: Config;
  private readonly ackEvery: number;
  private readonly port: BlockReceiverPort;
  private readonly incoming = new Map<string, Incoming>();
  /** The latest complete ones, by the number of their blocks, to answer repeats. */
  private readonly complete = new Map<string, number>();
  private readonly silence = new Timers<string>();
  private readonly acks = new Timers<string>();

  /** @param window - blocks that a sender may have in flight, as this node announces it. */
  constructor(config: Config, window: number, port: BlockReceiverPort) {
    this.config = config;
    this.ackEvery = Math.ceil(window / 2);
    this.port = port;
  }

  /** Transfers under way. */
  get size(): number {
    return this.incoming.size;
  }

  /** Blocks of that message came before. */
  knows({ node, epoch }: Pick<BlockSource, 'node' | 'epoch'>, { carries, callId }: Block): boolean {
    const key = keyOf(node, epoch, carries, callId);
    return this.incoming.has(key) || this.complete.has(key);
  }

  /** A block came in. `limitBytes`: the largest body taken. */
  block(from: BlockSource, block: Block, limitBytes: number, now: Instant): void {
    const { carries, callId } = block;
    const key = keyOf(from.node, from.epoch, carries, callId);
    const blocks = this.complete.get(key);
    if (blocks !== undefined) {
      if (blocks !== blockCount(block.size)) return;
      if (block.number > 0 || this.port.repeated(from, carries, callId)) {
        this.acknowledge(from, callId, blocks);
        return;
      }
      this.complete.delete(key);
    }
    const incoming = this.incoming.get(key) ?? this.open(from, block, limitBytes);
    if (incoming === undefined) return;
    const before = incoming.parts.missing;
    if (!incoming.parts.add(block)) return;
    incoming.from = from;
    this.incoming.set(key, incoming);
    this.silence.set(key, after(now, this.config.transferSilentMs));
    const body = incoming.parts.whole;
    if (body !== undefined) this.finish(key, incoming, body);
    else this.progress(key, incoming, before, now);
  }

  advance(now: Instant): void {
    for (const key of this.silence.due(now)) {
      this.incoming.delete(key);
      this.acks.clear(key);
      this.complete.delete(key);
    }
    for (const key of this.acks.due(now)) {
      const incoming = this.incoming.get(key);
      if (incoming !== undefined) this.acknowledgeNow(key, incoming);
    }
  }

  /** May be early, never late. */
  nextWake(): Instant | undefined {
    return earliest(this.silence.next(), this.acks.next());
  }

  /** Room for a new one; undefined when it was refused. */
  private open(from: BlockSource, block: Block, limitBytes: number): Incoming | undefined {
    const { carries, callId, size, number } = block;
    const code = size > limitBytes ? 'TOO_LARGE' : this.incoming.size >= this.config.maxTransfers ? 'BUSY' : undefined;
    if (code === undefined) return { from, callId, parts: new Reassembly(block), acked: 0 };
    // One word for the whole window: if it is lost, the sender sends the first block again.
    if (number === 0) this.port.refuse(from, carries, callId, code);
    return undefined;
  }

  private progress(key: string, incoming: Incoming, before: number, now: Instant): void {
    const { missing } = incoming.parts;
    if (missing === before || missing - incoming.acked >= this.ackEvery) this.acknowledgeNow(key, incoming);
    else if (this.acks.at(key) === undefined) this.acks.set(key, after(now, ACK_DELAY_MS));
  }

  private finish(key: string, { from, callId, parts }: Incoming, body: Uint8Array): void {
    this.incoming.delete(key);
    this.acks.clear(key);
    for (const oldest of this.complete.keys()) {
      if (this.complete.size < this.config.maxTransfers) break;
      this.complete.delete(oldest);
      this.silence.clear(oldest);
    }
    this.complete.set(key, parts.missing);
    this.acknowledge(from, callId, parts.missing);
    this.port.whole(from, parts.carries, callId, body);
  }

  private acknowledgeNow(key: string, incoming: Incoming): void {
    this.acks.clear(key);
    incoming.acked = incoming.parts.missing;
    this.acknowledge(incoming.from, incoming.callId, incoming.acked);
  }

  private acknowledge(to: BlockSource, callId: number, value: number): void {
    this.port.acknowledge(to, { type: 'ack', id: callId, kind: 'block', value });
  }
}

const keyOf = (node: NodeId, epoch: Epoch, carries: Block['carries'], callId: number): string =>
  `${node}/${epoch}/${carries}/${callId}`;
