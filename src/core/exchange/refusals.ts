/**
 * Transmissions that were refused, the newest of them: the network may deliver one twice, and the second copy must not
 * run what the caller, on the word of the first, has taken elsewhere.
 *
 * The caller's next try of the same call is another transmission. The two are told apart by the time that they leave.
 *
 * @module
 */
import type { ErrorCode } from '../../base/errors.ts';
import type { Epoch, NodeId, Request } from '../../wire/message.ts';

/** Who calls. */
interface Client {
  readonly node: NodeId;
  readonly epoch: Epoch;
}

interface Refusal extends Client {
  readonly callId: number;
  readonly leftMs: number;
  readonly code: ErrorCode;
}

export class Refusals {
  private readonly limit: number;
  /** By call id. These begin by chance: of two clients that share one, the later refusal is known. */
  private readonly byCall = new Map<number, Refusal>();
  /** A ring: the oldest is at `oldest` once it is full. */
  private readonly ring: Refusal[] = [];
  private oldest = 0;

  /** @param limit - refusals remembered. */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Why this very transmission was refused before, if it was. */
  codeOf({ node, epoch }: Client, { callId, leftMs }: Request): ErrorCode | undefined {
    const known = this.byCall.get(callId);
    if (known === undefined || known.node !== node || known.epoch !== epoch) return undefined;
    return known.leftMs === leftMs ? known.code : undefined;
  }

  note({ node, epoch }: Client, { callId, leftMs }: Request, code: ErrorCode): void {
    const refusal = { node, epoch, callId, leftMs, code };
    const last = this.ring[this.oldest];
    if (last !== undefined && this.byCall.get(last.callId) === last) this.byCall.delete(last.callId);
    this.ring[this.oldest] = refusal;
    this.oldest = (this.oldest + 1) % this.limit;
    this.byCall.set(callId, refusal);
  }
}
