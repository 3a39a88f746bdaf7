/**
 * The caller's side of calls: which instance is asked, when it is asked again, when another is, and how a call
 * ends. It always ends: with a result, a coded failure, or at its deadline.
 *
 * A safe operation that gets no answer moves on to the next instance within the same call. An unsafe one stays
 * with its instance, which runs it at most once; it may move only when a refusal proves that it did not run.
 *
 * @module
 */
import { elapsed, type Instant } from '../../base/time.ts';
import type { Epoch, Failure, NodeId, Response } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import type { CallCommand, Instance, Result, Unsent } from '../model.ts';
import { CallBook } from './call-book.ts';
import type { CallsPort } from './calls-port.ts';
import * as endings from './endings.ts';
import { isSafeEverywhere } from './failover.ts';
import { type Attempt, type Pending, unaskedOutcome } from './pending.ts';
import { consequenceOf, isConclusive } from './proof.ts';

/** A call is not sent more often than this, whatever its deadline. */
const MAX_TRIES = 64;
const RESTARTED = 'restarted before it answered';

export class Calls {
  private readonly config: Config;
  private readonly port: CallsPort;
  private readonly pending: CallBook;
  /** Calls for which no instance is known yet. */
  private readonly waiting = new Set<Pending>();

  /** @param firstId - where call ids begin: chance, so that a restarted node does not repeat them. */
  constructor(config: Config, firstId: number, port: CallsPort) {
    this.config = config;
    this.pending = new CallBook(firstId);
    this.port = port;
  }

  get size(): number {
    return this.pending.size;
  }

  start(command: CallCommand, now: Instant): void {
    if (this.pending.size >= this.config.maxCalls) {
      this.port.settled(command.call, unaskedOutcome(endings.tooManyCalls(this.config.maxCalls)));
      return;
    }
    const call = this.pending.open(command, now);
    this.port.called();
    this.proceed(call, now);
  }

  /** Nobody waits for the call any more. What it may have started goes on. */
  cancel(command: number, now: Instant): void {
    const call = this.pending.byCommand(command);
    if (call !== undefined) this.end(call, undefined, 'abandoned', now);
  }

  /** Ends every call under way. */
  close(now: Instant): void {
    for (const call of this.pending.values()) this.fail(call, endings.closed(), now);
  }

  /** A RESPONSE or ERROR with a call id came from a node. */
  answered(from: NodeId, epoch: Epoch, message: Response | Failure, now: Instant): void {
    const call = this.pending.get(message.callId);
    const attempt = call?.at(from);
    // Only a node of another epoch refuses an epoch: a second copy of that refusal is not about what was sent since.
    const otherEpoch = message.type === 'error' && message.code === 'WRONG_EPOCH';
    if (call === undefined || attempt === undefined || (attempt.epoch !== epoch) !== otherEpoch) {
      this.port.late();
      return;
    }
    if (attempt.sends === 1 && !attempt.accepted) this.port.answered(from, elapsed(attempt.sentAt, now));
    if (message.type === 'error') this.refused(call, attempt, message, now);
    else this.settle(call, attempt, { ok: true, value: message.value }, now);
  }

  /** An ACK `working`: the answer takes longer than a round trip. */
  working(from: NodeId, callId: number, now: Instant): void {
    const call = this.pending.get(callId);
    const attempt = call?.at(from);
    if (call === undefined || attempt === undefined) return;
    const again = attempt.accepted;
    attempt.accepted = true;
    if (call.current !== attempt) return;
    // It may work for ever. What may be asked of another instance waits for its answer once, not each time it says so.
    const { fits } = this.port.candidates(call.command);
    if (again && call.isSafe(attempt) && call.hasOther(attempt, fits)) return;
    this.pending.arm(call, this.config.workingMs, now);
  }

  awaits(callId: number, from: NodeId): boolean {
    return this.pending.get(callId)?.at(from) !== undefined;
  }

  /** The node asked who calls, and ran nothing for that: what waits for its answer is sent again. */
  again(node: NodeId, now: Instant): void {
    for (const call of [...this.pending.values()]) {
      const { current } = call;
      if (current === undefined || current.instance.node.id !== node || current.accepted || current.out) continue;
      if (now >= call.deadline || call.tries >= MAX_TRIES) continue;
      if (current.epoch === current.instance.node.epoch) this.send(call, current.instance, now);
      else this.proceed(call, now);
    }
  }

  /** A large request is through: from now on its answer may come. `false`: the transfer failed. */
  transferred(callId: number, to: NodeId, through: boolean, now: Instant): void {
    const call = this.pending.get(callId);
    const attempt = call?.at(to);
    if (call === undefined || attempt === undefined || call.current !== attempt) return;
    this.pending.arm(call, through ? this.port.waitMs(to, attempt.sends) : 0, now);
  }

  /** A node died or left: what waits for it must not. */
  nodeGone(node: NodeId, now: Instant): void {
    for (const call of this.pending.values()) if (call.current?.instance.node.id === node) this.proceed(call, now);
  }

  /** This node goes on under another identity: a server would not know a repeated call for the same. */
  reborn(now: Instant): void {
    for (const call of this.pending.values()) {
      const { bound } = call;
      if (bound !== undefined) this.leaveOpen(call, bound, 'did not answer before this node changed its epoch', now);
    }
  }

  /** Instances appeared or changed: calls that wait for a first one look again. */
  recheck(now: Instant): void {
    for (const call of [...this.waiting]) this.proceed(call, now);
  }

  nextWake(): Instant | undefined {
    return this.pending.nextWake();
  }

  advance(now: Instant): void {
    for (const callId of this.pending.due(now)) {
      const call = this.pending.get(callId);
      if (call !== undefined) this.overdue(call, now);
    }
  }

  /** No answer in time, or the deadline. */
  private overdue(call: Pending, now: Instant): void {
    if (now >= call.deadline) {
      this.expire(call, now);
      return;
    }
    const { current } = call;
    if (current !== undefined && !current.out) this.port.unanswered(current.instance, now);
    if (call.tries < MAX_TRIES && this.port.mayRetry()) this.proceed(call, now);
    else this.pending.arm(call, this.config.retryMaxMs, now);
  }

  /** Sends to the best instance that is left, or ends the call when none is. */
  private proceed(call: Pending, now: Instant): void {
    const { fits, why } = this.port.candidates(call.command);
    const { bound, failure } = call;
    if (bound !== undefined) {
      this.insist(call, bound, fits, now);
      return;
    }
    const next = this.choose(call, fits, now);
    if (next !== undefined) this.send(call, next, now);
    else if (failure !== undefined) this.fail(call, endings.refusedWith(failure), now);
    else if (fits.length === 0 && (why === 'none' || why === 'label')) this.wait(call, now);
    else this.fail(call, endings.noneLeft(call.command.selector, fits.length === 0 ? why : 'breaker'), now);
  }

  /** Asks again where an unsafe operation may run already. */
  private insist(call: Pending, bound: Attempt, fits: readonly Instance[], now: Instant): void {
    const instance = fits.find(({ node }) => node.id === bound.instance.node.id);
    if (instance === undefined) this.leaveOpen(call, bound, 'left or died before it answered', now);
    else if (instance.node.epoch !== bound.epoch) this.leaveOpen(call, bound, RESTARTED, now);
    else this.send(call, instance, now);
  }

  /** The best-ranked instance of those that this call asked least. */
  private choose(call: Pending, fits: readonly Instance[], now: Instant): Instance | undefined {
    const { command, current } = call;
    const best = call.leastAsked(this.port.rank(fits, command.prefer, isSafeEverywhere(fits, command.op), now));
    if (best !== undefined || current === undefined || current.out) return best;
    // An instance that this call tries already may be refused by its own breaker's trial: it is still ours to ask.
    return fits.find(({ node }) => node === current.instance.node);
  }

  private send(call: Pending, instance: Instance, now: Instant): void {
    const { callId, command } = call;
    const leftMs = Math.min(0xffff, Math.ceil(elapsed(now, call.deadline)));
    const known = call.attemptAt(instance);
    const result = this.port.transmit(instance, { callId, op: command.op, args: command.args, leftMs }, now);
    if (result !== 'sent' && result !== 'blocks') {
      this.unsent(call, instance, result, now);
      return;
    }
    const attempt = known ?? this.begin(call, instance, now);
    const from = call.current;
    if (from !== undefined && from.instance.node.id !== instance.node.id) {
      const reason = from.out ? (call.failure?.message ?? 'it restarted') : 'no answer';
      this.port.movedOn(command.selector.service, from.instance.node.id, instance.node.id, reason);
    }
    attempt.sends += 1;
    attempt.sentAt = now;
    call.current = attempt;
    if (call.firstNode === 0) {
      call.firstNode = instance.node.id;
      call.firstAt = now;
    }
    call.tries += 1;
    this.waiting.delete(call);
    // Blocks are repeated by their transfer, which reports its end.
    const wait =
      result === 'blocks' ? elapsed(now, call.deadline) : this.port.waitMs(instance.node.id, attempt.sends - 1);
    this.pending.arm(call, wait, now);
  }

  private unsent(call: Pending, { node }: Instance, why: Unsent, now: Instant): void {
    if (why !== 'too-many') {
      this.fail(call, endings.unsendable(node, why), now);
      return;
    }
    call.failure = { type: 'error', callId: call.callId, ...endings.tooManyTransfers(this.config.maxTransfers) };
    this.pending.arm(call, this.config.retryMaxMs, now);
  }

  private begin(call: Pending, instance: Instance, now: Instant): Attempt {
    const trial = this.port.began(instance, now);
    const attempt = { instance, epoch: instance.node.epoch, trial, sends: 0, sentAt: now, accepted: false, out: false };
    call.begin(attempt);
    return attempt;
  }

  private refused(call: Pending, attempt: Attempt, failure: Failure, now: Instant): void {
    const { restartMs } = this.config;
    const afterMs = elapsed(attempt.sentAt, now);
    const refused = { safe: call.isSafe(attempt), single: attempt.sends === 1, afterMs, restartMs };
    switch (consequenceOf(failure.code, refused)) {
      case 'elsewhere':
        this.moveOn(call, attempt, failure, now);
        return;
      case 'later':
        call.failure = failure;
        if (isConclusive(refused) && call.hasOther(attempt, this.port.candidates(call.command).fits))
          this.moveOn(call, attempt, failure, now);
        else this.pending.arm(call, this.port.waitMs(attempt.instance.node.id, attempt.sends), now);
        return;
      case 'unknown':
        this.leaveOpen(call, attempt, RESTARTED, now);
        return;
      case 'ignored':
        return;
      case 'end':
        this.settle(call, attempt, endings.refusedWith(failure), now);
    }
  }

  /** That instance is out: another is asked, or the same node under its new epoch. */
  private moveOn(call: Pending, attempt: Attempt, failure: Failure, now: Instant): void {
    attempt.out = true;
    const restarted = failure.code === 'WRONG_EPOCH';
    if (!restarted) call.failure = failure;
    if (restarted && call.tries >= MAX_TRIES) this.leaveOpen(call, attempt, RESTARTED, now);
    else this.proceed(call, now);
  }

  private wait(call: Pending, now: Instant): void {
    this.waiting.add(call);
    this.pending.arm(call, elapsed(now, call.deadline), now);
  }

  private expire(call: Pending, now: Instant): void {
    const { current, failure, command } = call;
    if (current !== undefined && !current.out && !call.isSafe(current))
      this.leaveOpen(call, current, 'gave no answer in time', now);
    else if (failure !== undefined) this.fail(call, endings.refusedWith(failure), now);
    else if (current === undefined) this.fail(call, endings.neverSeen(command.selector.service), now);
    else this.fail(call, endings.noAnswer(call.asked, command.timeoutMs, call.tries), now);
  }

  /** Ends the call without knowing whether its operation ran. */
  private leaveOpen(call: Pending, { instance }: Attempt, what: string, now: Instant): void {
    this.fail(call, endings.unknownOutcome(instance.node.name, what, call.command.op), now);
  }

  private fail(call: Pending, ending: endings.Ending, now: Instant): void {
    this.conclude(call, call.current, ending, endings.isOwnFault(ending) ? 'abandoned' : 'failed', now);
  }

  private settle(call: Pending, attempt: Attempt, result: Result, now: Instant): void {
    const bad = !result.ok && (result.code === 'FAILED' || result.code === 'BUSY');
    this.port.ended(attempt.instance, bad ? 'failed' : 'succeeded', attempt.trial, now);
    this.conclude(call, attempt, result, 'abandoned', now);
  }

  private conclude(
    call: Pending,
    by: Attempt | undefined,
    result: Result,
    others: 'failed' | 'abandoned',
    now: Instant,
  ): void {
    this.end(call, result.ok || others === 'abandoned' ? by : undefined, others, now);
    this.port.settled(call.command.call, call.outcome(result, by, now));
  }

  /** Forgets the call, and tells the breakers how it went at every instance but `done`. */
  private end(call: Pending, done: Attempt | undefined, how: 'failed' | 'abandoned', now: Instant): void {
    this.pending.close(call);
    this.waiting.delete(call);
    for (const attempt of call.all()) {
      if (attempt === done) continue;
      // A trial that another instance had to answer for has failed. What ended with a restart says nothing of how it is since.
      const failed =
        attempt.epoch === attempt.instance.node.epoch && (how === 'failed' || attempt.trial || attempt.out);
      this.port.ended(attempt.instance, failed ? 'failed' : 'abandoned', attempt.trial, now);
    }
  }
}
