/**
 * The calls of this node that are under way, each under a call id of its own, and when each is to be looked at next.
 *
 * @module
 */
import { after, type Instant } from '../../base/time.ts';
import type { CallCommand } from '../model.ts';
import { Timers } from '../timers.ts';
import { Pending } from './pending.ts';

export class CallBook {
  private readonly calls = new Map<number, Pending>();
  /** Call ids by the number that the caller gave. */
  private readonly ids = new Map<number, number>();
  private readonly timers = new Timers<number>();
  private nextId: number;

  /** @param firstId - where call ids begin: chance, so that a restarted node does not repeat them. */
  constructor(firstId: number) {
    this.nextId = firstId >>> 0;
  }

  get size(): number {
    return this.calls.size;
  }

  open(command: CallCommand, now: Instant): Pending {
    const call = new Pending(this.freshId(), command, after(now, Math.max(1, command.timeoutMs)), now);
    this.calls.set(call.callId, call);
    this.ids.set(command.call, call.callId);
    return call;
  }

  get(callId: number): Pending | undefined {
    return this.calls.get(callId);
  }

  /** The call that the caller knows by this number. */
  byCommand(number: number): Pending | undefined {
    return this.calls.get(this.ids.get(number) ?? -1);
  }

  /** All as they are now: what is done with one may end others. */
  values(): Pending[] {
    return [...this.calls.values()];
  }

  /** The call is looked at after `waitMs`, at its deadline at the latest. */
  arm({ callId, deadline }: Pending, waitMs: number, now: Instant): void {
    const at = after(now, waitMs);
    this.timers.set(callId, at < deadline ? at : deadline);
  }

  close({ callId, command }: Pending): void {
    this.calls.delete(callId);
    this.ids.delete(command.call);
    this.timers.clear(callId);
  }

  /** Those to be looked at now. One that is dealt with may end another. */
  due(now: Instant): number[] {
    return this.timers.due(now);
  }

  nextWake(): Instant | undefined {
    return this.timers.next();
  }

  private freshId(): number {
    do this.nextId = (this.nextId + 1) >>> 0;
    while (this.nextId === 0 || this.calls.has(this.nextId));
    return this.nextId;
  }
}
