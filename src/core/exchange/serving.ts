/**
 * The server side of calls: deadlines, dedupe, and the word of a server that it is working. What it executes, it
 * executes at most once: a call is remembered from its first transmission until none of it can be in flight any more.
 *
 * A word of refusal says that this transmission did not run the call, nothing of others (`refusals.ts`).
 *
 * @module
 */
import { ERRORS, type ErrorCode } from '../../base/errors.ts';
import { after, earliest, elapsed, type Instant } from '../../base/time.ts';
import type { Ack, Address, Epoch, Failure, NodeId, Request, Response, ServiceOffer } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import type { Result } from '../model.ts';
import { admit, type Kind } from './admission.ts';
import { CallTable } from './call-table.ts';
import { Refusals } from './refusals.ts';

/** Who calls, and where its latest transmission came from. */
export interface Caller {
  readonly node: NodeId;
  readonly epoch: Epoch;
  readonly address: Address;
  /** It called together with other calls: so may the answers go. */
  readonly together?: boolean;
}

/** What a caller takes at most. */
export interface ReplyLimits {
  readonly takesKiB: number;
  readonly window: number;
}

export interface Work {
  readonly service: string;
  readonly op: string;
  readonly args: unknown;
  readonly client: NodeId;
  readonly leftMs: number;
}

export interface ServingPort {
  /** Run it, and say `answer(execution, …)` when it is done, at once or later. */
  execute(execution: number, work: Work): void;
  /** Send it; an answer that is larger than the caller takes goes as an ERROR TOO_LARGE. */
  reply(client: Caller, message: Response | Failure | Ack, limits: ReplyLimits): void;
}

/** One call. It is under way while it has no answer. */
interface Entry extends ReplyLimits {
  readonly execution: number;
  readonly kind: Kind;
  readonly callId: number;
  caller: Caller;
  takesKiB: number;
  window: number;
  readonly since: Instant;
  /** By the latest transmission: the time left of a long call is more than one can say. */
  deadline: Instant;
  /** When it has run for so long that the caller is to know. */
  ackAt: Instant;
  answer: Response | Failure | undefined;
  /** It was to be forgotten already when this node came out of a stall. */
  heldUntil: Instant | undefined;
}

/** ms between sweeps of what is to be forgotten: each is one look at the whole table. */
const SWEEP_MS = 250;
/** ms that a sweep may be late without a reason to think that this node stood still. */
const LATE_MS = 10;
/** Executions under way that make half of the full load of 255. */
const HALF_LOAD = 8;

export class Serving {
  private readonly config: Config;
  private readonly port: ServingPort;
  private readonly refusals: Refusals;
  private readonly entries = new CallTable<Entry>();
  private readonly running = new Map<number, Entry>();
  private readonly counts: Record<Kind, number> = { safe: 0, unsafe: 0 };
  /** Answered safe calls, the oldest from `head` on. Sweeps drop the forgotten ones. */
  private answered: Entry[] = [];
  private head = 0;
  private executions = 0;
  /** Nothing is to be forgotten before this, and nobody waits for word before that. May be early. */
  private forgetAt: Instant | undefined;
  private ackAt: Instant | undefined;
  private sweptAt: Instant | undefined;

  constructor(config: Config, port: ServingPort) {
    this.config = config;
    this.port = port;
    this.refusals = new Refusals(config.maxUnsafe);
  }

  /** Calls remembered. */
  get size(): number {
    return this.counts.safe + this.counts.unsafe;
  }

  /** Calls under way. */
  get underWay(): number {
    return this.running.size;
  }

  /** That call came in before. */
  knows(from: Pick<Caller, 'node' | 'epoch'>, callId: number): boolean {
    return this.entries.get(from, callId) !== undefined;
  }

  /** How busy, 0 to 255; 127 with eight calls under way. */
  load(): number {
    return Math.floor((255 * this.running.size) / (this.running.size + HALF_LOAD));
  }

  /**
   * A request came in.
   *
   * @param ownEpoch - of this node: a request meant for another is not run.
   * @param offer - the service that is asked for, if this node offers it.
   * @param waitedMs - it may have waited so long to be read.
   */
  request(
    from: Caller,
    request: Request,
    ownEpoch: Epoch,
    offer: ServiceOffer | undefined,
    now: Instant,
    waitedMs = 0,
  ): void {
    const known = this.entries.get(from, request.callId);
    if (known !== undefined) this.repeat(known, from, request, now);
    else
      this.first(from, request, this.refusals.codeOf(from, request) ?? admit(request, ownEpoch, offer, waitedMs), now);
  }

  /**
   * A call that came in blocks is being sent again: its answer may have been lost.
   * @returns false when it is not remembered: it was refused.
   */
  repeated(from: Caller, callId: number, now: Instant): boolean {
    const entry = this.entries.get(from, callId);
    if (entry === undefined) return false;
    entry.caller = from;
    this.remind(entry, now);
    return true;
  }

  /** An execution ended. The answer is kept for repeats; after the deadline it is not sent. */
  answer(execution: number, result: Result, now: Instant): void {
    const entry = this.running.get(execution);
    if (entry === undefined) return;
    this.running.delete(execution);
    if (this.running.size === 0) this.ackAt = undefined;
    const { callId } = entry;
    entry.answer = result.ok
      ? { type: 'response', callId, value: result.value }
      : { type: 'error', callId, code: result.code, message: result.message };
    if (entry.kind === 'safe') this.answered.push(entry);
    if (now < entry.deadline) this.port.reply(entry.caller, entry.answer, entry);
  }

  advance(now: Instant): void {
    if (this.ackAt !== undefined && this.ackAt <= now) this.acknowledge(now);
    const sweepAt = this.sweepAt();
    if (sweepAt !== undefined && sweepAt <= now) this.sweep(now);
  }

  /** May be early, never late. */
  nextWake(): Instant | undefined {
    return earliest(this.ackAt, this.sweepAt());
  }

  private first(from: Caller, request: Request, verdict: Kind | ErrorCode, now: Instant): void {
    if (verdict !== 'safe' && verdict !== 'unsafe') {
      this.refuse(from, request, verdict);
    } else if (this.hasRoom(verdict, now)) {
      const entry = this.remember(from, request, verdict, now);
      this.running.set(entry.execution, entry);
      if (this.ackAt === undefined || entry.ackAt < this.ackAt) this.ackAt = entry.ackAt;
      const { service, op, args, leftMs } = request;
      this.port.execute(entry.execution, { service, op, args, client: from.node, leftMs });
    } else {
      this.refuse(from, request, 'BUSY');
    }
  }

  private repeat(entry: Entry, from: Caller, request: Request, now: Instant): void {
    entry.caller = from;
    entry.takesKiB = request.takesKiB;
    entry.window = request.window;
    const deadline = after(now, request.leftMs);
    if (deadline > entry.deadline) entry.deadline = deadline;
    this.remind(entry, now);
  }

  /** The answer again, or the word that there will be one. */
  private remind(entry: Entry, now: Instant): void {
    if (now >= entry.deadline) return;
    if (entry.answer !== undefined) this.port.reply(entry.caller, entry.answer, entry);
    else if (elapsed(entry.since, now) >= this.config.ackAfterMs) this.sayWorking(entry, now);
  }

  private refuse(from: Caller, request: Request, code: ErrorCode): void {
    const { callId } = request;
    this.refusals.note(from, request, code);
    this.port.reply(from, { type: 'error', callId, code, message: ERRORS[code] }, request);
  }

  private hasRoom(kind: Kind, now: Instant): boolean {
    const limit = kind === 'safe' ? this.config.maxSafe : this.config.maxUnsafe;
    if (this.counts[kind] < limit) return true;
    if (kind === 'safe' && this.dropOldestAnswered()) return true;
    if (this.forgetAt === undefined || this.forgetAt > now) return false;
    this.sweep(now);
    return this.counts[kind] < limit;
  }

  private remember(from: Caller, request: Request, kind: Kind, now: Instant): Entry {
    this.executions += 1;
    const deadline = after(now, request.leftMs);
    const entry: Entry = {
      execution: this.executions,
      kind,
      callId: request.callId,
      caller: this.entries.shared(from),
      takesKiB: request.takesKiB,
      window: request.window,
      since: now,
      deadline,
      ackAt: after(now, this.config.ackAfterMs),
      answer: undefined,
      heldUntil: undefined,
    };
    this.entries.set(from, request.callId, entry);
    this.counts[kind] += 1;
    const forgetAt = this.forgetAtOf(entry);
    if (this.forgetAt === undefined || forgetAt < this.forgetAt) this.forgetAt = forgetAt;
    return entry;
  }

  /** When no transmission of the call can be in flight any more. */
  private forgetAtOf({ deadline, heldUntil }: Entry): Instant {
    const landed = after(deadline, this.config.flightMs);
    return heldUntil === undefined || heldUntil < landed ? landed : heldUntil;
  }

  private forget(entry: Entry): void {
    this.entries.delete(entry.caller, entry.callId);
    this.running.delete(entry.execution);
    this.counts[entry.kind] -= 1;
  }

  private dropOldestAnswered(): boolean {
    const oldest = this.answered[this.head];
    if (oldest === undefined) return false;
    this.forget(oldest);
    this.head += 1;
    if (this.head * 2 > this.answered.length) {
      this.answered = this.answered.slice(this.head);
      this.head = 0;
    }
    return true;
  }

  private sweepAt(): Instant | undefined {
    if (this.forgetAt === undefined || this.sweptAt === undefined) return this.forgetAt;
    return after(this.forgetAt, Math.max(0, SWEEP_MS - elapsed(this.sweptAt, this.forgetAt)));
  }

  /**
   * Forgets what is due. A sweep that comes late follows a stall, and what its calls sent meanwhile may wait in the socket
   * still, older than any flight: so it holds what is due a little longer.
   */
  private sweep(now: Instant): void {
    const isLate = elapsed(this.sweepAt() ?? now, now) > LATE_MS;
    this.sweptAt = now;
    this.forgetAt = undefined;
    for (const entry of this.entries.values()) {
      if (isLate && this.forgetAtOf(entry) <= now) entry.heldUntil ??= after(now, SWEEP_MS);
      const forgetAt = this.forgetAtOf(entry);
      if (forgetAt <= now) this.forget(entry);
      else this.forgetAt = earliest(this.forgetAt, forgetAt);
    }
    this.answered = this.answered.slice(this.head).filter((entry) => this.forgetAtOf(entry) > now);
    this.head = 0;
    if (this.running.size === 0) this.ackAt = undefined;
  }

  private acknowledge(now: Instant): void {
    this.ackAt = undefined;
    for (const entry of this.running.values()) {
      if (entry.deadline <= now) continue;
      if (entry.ackAt <= now) this.sayWorking(entry, now);
      this.ackAt = earliest(this.ackAt, entry.ackAt);
    }
  }

  private sayWorking(entry: Entry, now: Instant): void {
    entry.ackAt = after(now, this.config.workingMs / 2);
    this.port.reply(entry.caller, { type: 'ack', id: entry.callId, kind: 'working', value: 0 }, entry);
  }
}
