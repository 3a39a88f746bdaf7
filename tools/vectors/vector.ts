/** A message, and what its file says of it. */
import type { Message } from '../../src/wire/index.ts';

export interface Vector {
  readonly name: string;
  readonly description: string;
  readonly message: Message;
  readonly deflate?: true;
  readonly broadcast?: true;
}

/** `start`, `start + 1` and so on, modulo 256. */
export const bytesFrom = (start: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, offset) => (start + offset) % 256);
