/**
 * One call under way, and what it has tried so far, instance by instance.
 *
 * @module
 */
import { elapsed, type Instant } from '../../base/time.ts';
import type { Epoch, Failure, NodeId } from '../../wire/message.ts';
import { type CallCommand, type Instance, type Outcome, operationOf, type Result } from '../model.ts';

/** What a call has tried at one instance, under one epoch of its node. */
export interface Attempt {
  readonly instance: Instance;
  readonly epoch: Epoch;
  /** It is the one call that tries a half-open breaker. */
  readonly trial: boolean;
  sends: number;
  sentAt: Instant;
  /** The server says that it works on it. */
  accepted: boolean;
  /** It refused or failed: not asked again in this call. */
  out: boolean;
}

const NONE: readonly Attempt[] = [];
const NOBODY = { id: 0, name: '' };

/** How a call ends that was not begun. */
export const unaskedOutcome = (result: Result): Outcome => {
  return { ...result, node: NOBODY.id, nodeName: NOBODY.name, sibling: false, tookMs: 0, tries: 0 };
};

export class Pending {
  readonly callId: number;
  readonly command: CallCommand;
  readonly deadline: Instant;
  /** The latest attempt at each node; nearly always one, so this is no table. */
  private attempts: readonly Attempt[] = NONE;
  current: Attempt | undefined;
  /** The node that was the first choice, or 0, and when it was asked. */
  firstNode: NodeId = 0;
  firstAt: Instant;
  tries = 0;
  /** The last refusal, which ends the call if nobody does better. */
  failure: Failure | undefined;

  constructor(callId: number, command: CallCommand, deadline: Instant, now: Instant) {
    this.callId = callId;
    this.command = command;
    this.deadline = deadline;
    this.firstAt = now;
  }

  all(): readonly Attempt[] {
    return this.attempts;
  }

  begin(attempt: Attempt): void {
    const known = this.at(attempt.instance.node.id);
    this.attempts = this.attempts.length === 0 ? [attempt] : [...this.attempts.filter((one) => one !== known), attempt];
  }

  at(node: NodeId): Attempt | undefined {
    for (const attempt of this.attempts) if (attempt.instance.node.id === node) return attempt;
    return undefined;
  }

  /** Where an unsafe operation may run already. */
  get bound(): Attempt | undefined {
    for (const attempt of this.attempts) if (!attempt.out && !this.isSafe(attempt)) return attempt;
    return undefined;
  }

  isSafe({ instance }: Attempt): boolean {
    return operationOf(instance.offer, this.command.op) === 'safe';
  }

  /** What was tried there, under the epoch that the node has now. */
  attemptAt({ node }: Instance): Attempt | undefined {
    const attempt = this.at(node.id);
    return attempt?.epoch === node.epoch ? attempt : undefined;
  }

  /** Of those that fit, one at another node that did not refuse yet. */
  hasOther(than: Attempt, fits: readonly Instance[]): boolean {
    return fits.some(({ node }) => node.id !== than.instance.node.id && this.at(node.id)?.out !== true);
  }

  /** The best-ranked instance of those that this call asked least. */
  leastAsked(ranked: readonly Instance[]): Instance | undefined {
    let best: Instance | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    for (const instance of ranked) {
      const attempt = this.attemptAt(instance);
      const sends = attempt?.sends ?? 0;
      if (attempt?.out === true || sends >= fewest) continue;
      best = instance;
      fewest = sends;
    }
    return best;
  }

  /** How it ends. `by`: who answered, or was tried last. */
  outcome(result: Result, by: Attempt | undefined, now: Instant): Outcome {
    const { id, name } = by?.instance.node ?? NOBODY;
    const asked = this.firstNode !== 0;
    return {
      ...result,
      node: id,
      nodeName: name,
      sibling: asked && this.firstNode !== id,
      tookMs: asked ? elapsed(this.firstAt, now) : 0,
      tries: this.tries,
    };
  }

  /** Names of the nodes that were asked. */
  get asked(): string[] {
    return this.attempts.map(({ instance }) => instance.node.name);
  }
}
