/**
 * A body that does not fit one datagram, in numbered pieces: cutting it, and putting it together again.
 *
 * @module
 */
import { assert } from '../base/assert.ts';
import { BLOCK_BYTES, MAX_BLOCKED } from './limits.ts';
import type { Block } from './message.ts';

/** How many blocks make up `size` bytes. */
export const blockCount = (size: number): number => Math.ceil(size / BLOCK_BYTES);

/** Block `number` of a body; its data is a view of `body`. */
export function blockOf(callId: number, carries: Block['carries'], body: Uint8Array, number: number): Block {
  const size = body.length;
  assert(size <= MAX_BLOCKED && number < blockCount(size), 'a block lies inside a body of at most 255 KiB');
  const start = number * BLOCK_BYTES;
  return { type: 'block', callId, carries, number, size, data: body.subarray(start, start + BLOCK_BYTES) };
}

/** All blocks of a body, in order. */
export function cutBlocks(callId: number, carries: Block['carries'], body: Uint8Array): readonly Block[] {
  return Array.from({ length: blockCount(body.length) }, (_, number) => blockOf(callId, carries, body, number));
}

/**
 * A message on its way in. Blocks come in any order and any number of times; their size is fixed by the first, and the
 * memory taken is that size. Who owns it bounds how many there are, and how long they wait.
 */
export class Reassembly {
  readonly carries: Block['carries'];
  readonly size: number;
  private readonly bytes: Uint8Array;
  private readonly here: Uint8Array;
  private lowest: number;

  /** @param first - any block of the message, whose size the caller has held against what it takes; not yet added. */
  constructor(first: Block) {
    this.carries = first.carries;
    this.size = first.size;
    this.bytes = new Uint8Array(first.size);
    this.here = new Uint8Array(blockCount(first.size));
    this.lowest = 0;
  }

  /** The lowest block number still missing, which is the value of an ACK `block`; the count of blocks when complete. */
  get missing(): number {
    return this.lowest;
  }

  /** The whole body, once every block is here. */
  get whole(): Uint8Array | undefined {
    return this.lowest === this.here.length ? this.bytes : undefined;
  }

  /**
   * Takes in a block; a repeated one changes nothing.
   * @returns false for a block of another message: its kind, its size or its place does not fit.
   */
  add(block: Block): boolean {
    const { number, data } = block;
    const start = number * BLOCK_BYTES;
    if (block.carries !== this.carries || block.size !== this.size || number >= this.here.length) return false;
    if (data.length !== Math.min(BLOCK_BYTES, this.size - start)) return false;
    if (this.here[number] === 0) {
      this.bytes.set(data, start);
      this.here[number] = 1;
      while (this.here[this.lowest] === 1) this.lowest += 1;
    }
    return true;
  }
}
