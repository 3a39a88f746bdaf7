/**
 * Bodies that fit no datagram, on their way out as numbered blocks. An ACK names the lowest block that is missing; up
 * to the receiver's window of blocks from there are in flight, and only the missing one is ever sent again.
 *
 * @module
 */
import { after, type Instant } from '../../base/time.ts';
import { blockCount, blockOf } from '../../wire/blocks.ts';
import type { Address, Block, Epoch, NodeId } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import { Timers } from '../timers.ts';

/** The other end, and where its latest datagram came from. */
export interface Peer {
  readonly node: NodeId;
  readonly epoch: Epoch;
  readonly address: Address;
}

export interface BlockSenderPort {
  send(to: Peer, block: Block): void;
  /** ms to wait for an answer of that node at first; doubled with each try. */
  waitMs(node: NodeId): number;
  /** Every block arrived. */
  done(to: Peer, carries: Block['carries'], callId: number): void;
  /** The deadline or the last try passed without an answer. */
  failed(to: Peer, carries: Block['carries'], callId: number): void;
}

interface Transfer {
  to: Peer;
  readonly carries: Block['carries'];
  readonly callId: number;
  readonly body: Uint8Array;
  readonly blocks: number;
  readonly window: number;
  readonly deadline: Instant;
  /** All blocks below it have arrived; this one is missing. */
  missing: number;
  /** The lowest block never sent. */
  next: number;
  /** Blocks below it were in flight when one was found lost: those still missing are taken for lost too. */
  suspect: number;
  /** Times in a row that the missing block was asked for again, and that nothing was heard. */
  repeats: number;
  tries: number;
}

/** ACKs for the same block that tell of a loss: fewer may come of two datagrams that changed places. */
const REPEATS_OF_LOSS = 2;

export class BlockSender {
  private readonly config: Config;
  private readonly port: BlockSenderPort;
  /** By node and call id: an ACK says no more. */
  private readonly transfers = new Map<string, Transfer>();
  private readonly timers = new Timers<string>();

  constructor(config: Config, port: BlockSenderPort) {
    this.config = config;
    this.port = port;
  }

  get size(): number {
    return this.transfers.size;
  }

  /**
   * Begins to send `body`; what is on its way already goes on as it is.
   *
   * @param window - blocks the receiver takes before it acknowledges.
   * @returns false when too many transfers are under way, or one of the other direction has the same call id.
   */
  begin(
    to: Peer,
    carries: Block['carries'],
    callId: number,
    body: Uint8Array,
    window: number,
    now: Instant,
    deadline: Instant,
  ): boolean {
    const key = keyOf(to.node, callId);
    const known = this.transfers.get(key);
    if (known !== undefined) return known.carries === carries;
    if (this.transfers.size >= this.config.maxTransfers) return false;
    const blocks = blockCount(body.length);
    const progress = { missing: 0, next: 0, suspect: 0, repeats: 0, tries: 0 };
    const transfer: Transfer = { to, carries, callId, body, blocks, window, deadline, ...progress };
    this.transfers.set(key, transfer);
    this.sendNew(transfer);
    this.wait(key, transfer, now);
    return true;
  }

  /** An ACK `block` came in. */
  acknowledged(from: Peer, callId: number, value: number, now: Instant): void {
    const key = keyOf(from.node, callId);
    const transfer = this.transfers.get(key);
    if (transfer === undefined || !sameEpoch(transfer.to, from)) return;
    // Older than the last one, or about blocks that were never sent: it tells nothing.
    if (value < transfer.missing || value > transfer.next) return;
    transfer.to = from;
    if (value === transfer.missing) this.askedAgain(transfer);
    else this.arrived(key, transfer, value, now);
  }

  /** That node did not take what was sent to it, but will now. */
  again(node: NodeId): void {
    for (const transfer of this.transfers.values()) if (transfer.to.node === node) this.sendMissing(transfer);
  }

  /** The receiver refused it, or has answered the call already. */
  stop(node: NodeId, callId: number): void {
    if (this.transfers.size > 0) this.end(keyOf(node, callId));
  }

  advance(now: Instant): void {
    for (const key of this.timers.due(now)) {
      const transfer = this.transfers.get(key);
      if (transfer !== undefined) this.unanswered(key, transfer, now);
    }
  }

  /** May be early, never late. */
  nextWake(): Instant | undefined {
    return this.timers.next();
  }

  private askedAgain(transfer: Transfer): void {
    transfer.repeats += 1;
    if (transfer.repeats === REPEATS_OF_LOSS) this.sendMissing(transfer);
  }

  private arrived(key: string, transfer: Transfer, value: number, now: Instant): void {
    transfer.missing = value;
    transfer.repeats = 0;
    transfer.tries = 0;
    if (value === transfer.blocks) {
      this.end(key);
      this.port.done(transfer.to, transfer.carries, transfer.callId);
      return;
    }
    if (value < transfer.suspect) this.sendBlock(transfer, value);
    this.sendNew(transfer);
    this.wait(key, transfer, now);
  }

  private unanswered(key: string, transfer: Transfer, now: Instant): void {
    transfer.tries += 1;
    if (transfer.tries >= this.config.transferTries || now >= transfer.deadline) {
      this.end(key);
      this.port.failed(transfer.to, transfer.carries, transfer.callId);
      return;
    }
    this.sendMissing(transfer);
    this.wait(key, transfer, now);
  }

  private sendMissing(transfer: Transfer): void {
    transfer.suspect = transfer.next;
    this.sendBlock(transfer, transfer.missing);
  }

  private sendNew(transfer: Transfer): void {
    const end = Math.min(transfer.missing + transfer.window, transfer.blocks);
    for (; transfer.next < end; transfer.next += 1) this.sendBlock(transfer, transfer.next);
  }

  private sendBlock({ to, callId, carries, body }: Transfer, number: number): void {
    this.port.send(to, blockOf(callId, carries, body, number));
  }

  private end(key: string): void {
    this.transfers.delete(key);
    this.timers.clear(key);
  }

  private wait(key: string, { to, tries, deadline }: Transfer, now: Instant): void {
    const span = Math.min(this.port.waitMs(to.node) * 2 ** tries, this.config.retryMaxMs);
    const at = after(now, Math.max(span, this.config.retryMinMs));
    this.timers.set(key, at < deadline ? at : deadline);
  }
}

const keyOf = (node: NodeId, callId: number): string => `${node}/${callId}`;

/** A node that restarted knows nothing of the transfer; one whose epoch was not known yet may have any. */
const sameEpoch = (known: Peer, from: Peer): boolean => known.epoch === 0 || known.epoch === from.epoch;
