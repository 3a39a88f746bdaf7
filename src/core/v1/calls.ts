/**
 * Calls to boards with the original programs. Their answers name the message they answer, and come from where it was
 * sent to; both must match. The boards know no call ids and do not dedupe: every transmission may run.
 *
 * @module
 */
import type { ErrorCode } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import type { Address, V1Message } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import type { Result } from '../model.ts';

export interface BoardCallsPort {
  /** @returns false when it does not fit a datagram; then nothing is sent. */
  send(to: Address, message: Omit<V1Message, 'ts'>): boolean;
  answered(callId: number, from: Address, result: Result): void;
}

interface Pending {
  readonly id: string;
  readonly callId: number;
  readonly to: Address;
}

const REQUEST = 3;
const RESPONSE = 4;
const ERROR = 6;

export class BoardCalls {
  private readonly config: Config;
  private readonly random: Random;
  private readonly port: BoardCallsPort;
  private readonly byId = new Map<string, Pending>();
  /** A call that moved on to another board waits for both. */
  private readonly byCall = new Map<number, Pending[]>();

  constructor(config: Config, random: Random, port: BoardCallsPort) {
    this.config = config;
    this.random = random;
    this.port = port;
  }

  /** Requests that an answer may still come for. */
  get size(): number {
    return this.byId.size;
  }

  /**
   * Sends a request, or sends it again under the same message id. The oldest one makes place when there is no room:
   * nobody says when a call has ended without an answer.
   *
   * @returns TOO_LARGE when it does not fit a datagram; then nothing was sent.
   */
  call(to: Address, callId: number, op: string, args: unknown): ErrorCode | undefined {
    const known = this.byCall.get(callId)?.find((pending) => pending.to === to);
    const id = known?.id ?? this.freshId(callId);
    const payload = args === undefined ? { op } : { op, args };
    if (!this.port.send(to, { type: REQUEST, id, payload, replyTo: undefined })) return 'TOO_LARGE';
    if (known === undefined) this.remember({ id, callId, to });
    return undefined;
  }

  /** Takes the answer to a call under way; false for anything else. */
  receive({ type, payload, replyTo }: V1Message, from: Address): boolean {
    if (replyTo === undefined || (type !== RESPONSE && type !== ERROR)) return false;
    const pending = this.byId.get(replyTo);
    if (pending === undefined || pending.to !== from) return false;
    this.forget(pending.callId);
    this.port.answered(pending.callId, from, type === RESPONSE ? { ok: true, value: payload } : failure(payload));
    return true;
  }

  /** The call has ended: what comes for it now is late. */
  forget(callId: number): void {
    for (const { id } of this.byCall.get(callId) ?? []) this.byId.delete(id);
    this.byCall.delete(callId);
  }

  private remember(pending: Pending): void {
    for (const oldest of this.byId.values()) {
      if (this.byId.size < this.config.maxCalls) break;
      this.forget(oldest.callId);
    }
    this.byId.set(pending.id, pending);
    const siblings = this.byCall.get(pending.callId);
    if (siblings === undefined) this.byCall.set(pending.callId, [pending]);
    else siblings.push(pending);
  }

  /** Eight hexadecimal digits: half from the call, half by chance, and not in use. */
  private freshId(callId: number): string {
    const half = (callId & 0xffff) << 16;
    let id: string;
    do {
      id = ((half | (this.random.u32() & 0xffff)) >>> 0).toString(16).padStart(8, '0');
    } while (this.byId.has(id));
    return id;
  }
}

function failure({ error }: V1Message['payload']): Result {
  const message = typeof error === 'string' && error !== '' ? error : 'The board reports an error without a sentence.';
  return { ok: false, code: 'FAILED', message };
}
