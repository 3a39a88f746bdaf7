/**
 * Transmissions that were refused, the newest of them: the network may deliver one twice, and the second copy must not
 * run what the caller, on the word of the first, has taken elsewhere.
 *
 * The caller's next try of the same call is another transmission. The two are told apart by the time that they leave.
 *
 * @module
 */
import type { ErrorCode } from '../../base/errors.ts';
import type { Request } from '../../wire/message.ts';
import { CallTable } from './call-table.ts';
import type { Caller } from './serving.ts';

interface Refusal {
  readonly from: Caller;
  readonly callId: number;
  readonly leftMs: number;
  readonly code: ErrorCode;
}

export class Refusals {
  private readonly limit: number;
  private readonly table = new CallTable<Refusal>();
  /** A ring: the oldest is at `oldest` once it is full. */
  private readonly ring: Refusal[] = [];
  private oldest = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Why this very transmission was refused before, if it was. */
  codeOf(from: Caller, { callId, leftMs }: Request): ErrorCode | undefined {
    const known = this.table.get(from, callId);
    return known?.leftMs === leftMs ? known.code : undefined;
  }

  note(from: Caller, { callId, leftMs }: Request, code: ErrorCode): void {
    const refusal = { from, callId, leftMs, code };
    const last = this.ring[this.oldest];
    if (last !== undefined && this.table.get(last.from, last.callId) === last)
      this.table.delete(last.from, last.callId);
    this.ring[this.oldest] = refusal;
    this.oldest = (this.oldest + 1) % this.limit;
    this.table.set(from, callId, refusal);
  }
}
