/**
 * What must never happen to a call, whatever the network does: the ledger of all calls of a trial, checked with every
 * entry. Each call carries a nonce; whoever runs it writes that down here, and so does whoever gets the answer.
 *
 * @module
 */
import type { Instant } from '../base/time.ts';
import { elapsed } from '../base/time.ts';
import type { Reading } from '../os/reading.ts';

/** The rules of a trial. */
export type Rule =
  /** An answer reached another call than its own, or is said to come from another node. */
  | 'answers'
  /** An unsafe operation ran twice, or was answered and did not run. */
  | 'once'
  /** An unsafe operation ran, though its call ended with the word that it had not. */
  | 'outcome'
  /** A reading claims to be younger than it is. */
  | 'age'
  /** A dead node was not called dead in time. */
  | 'death'
  /** A node that lives and can be reached was called dead. */
  | 'false-death'
  /** Views differ from what is, 10 s after the last fault ended. */
  | 'views'
  /** A living instance cannot be called long after the last fault ended. */
  | 'usable'
  /** A table outgrew its bound. */
  | 'tables'
  /** A closed node left something behind. */
  | 'leaks'
  /** Something threw that never may. */
  | 'crash';

export interface Violation {
  /** ms since the beginning of the trial. */
  readonly at: number;
  readonly rule: Rule;
  readonly detail: string;
}

/** What a server says in an answer: which call it was, and who ran it. */
export interface Stamp {
  readonly nonce: number;
  readonly node: string;
}

/** What a sensor of a trial measures: itself. */
export interface Sample {
  readonly node: string;
  /** ms since the beginning of the trial, when the sample was taken and when it was given out. */
  readonly takenAt: number;
  readonly servedAt: number;
}

/** How calls ended, by code, and how long they took. */
export interface CallStats {
  ok: number;
  readonly failed: Record<string, number>;
  /** Of those that succeeded, the newest `MAX_LATENCIES`, ms. */
  readonly latenciesMs: number[];
}

interface Deed {
  readonly runs: string[];
  end: 'ok' | 'nothing-ran' | 'unknown' | undefined;
  endedAt: Instant | undefined;
}

/** Violations noted; of more there is no need. */
const MAX_VIOLATIONS = 20;
const MAX_LATENCIES = 100_000;
/** ms after its end at which a deed is closed: nothing of it is under way any more. */
const CLOSE_AFTER_MS = 30_000;
/** What a call to an unsafe operation may end with when it may have run. */
const MAY_HAVE_RUN: readonly string[] = ['OUTCOME_UNKNOWN', 'FAILED', 'CLOSED'];
/** Clocks that run off make ages wrong by this share of the time that they measured. */
const DRIFT = 0.02;

export class Checks {
  readonly violations: Violation[] = [];
  readonly calls: CallStats = { ok: 0, failed: {}, latenciesMs: [] };
  /** ms of reads that another than the first choice had to answer, the newest. */
  readonly failoverMs: number[] = [];
  private readonly now: () => Instant;
  private readonly onBreak: (violation: Violation) => void;
  private readonly deeds = new Map<number, Deed>();
  private latencyAt = 0;

  constructor(now: () => Instant, onBreak: (violation: Violation) => void) {
    this.now = now;
    this.onBreak = onBreak;
  }

  break(rule: Rule, detail: string): void {
    if (this.violations.length >= MAX_VIOLATIONS) return;
    const violation = { at: this.now(), rule, detail };
    this.violations.push(violation);
    this.onBreak(violation);
  }

  /** A call ended: well, or with a code. */
  ended(code: string | undefined, since: Instant): void {
    if (code !== undefined) {
      this.calls.failed[code] = (this.calls.failed[code] ?? 0) + 1;
      return;
    }
    this.calls.ok += 1;
    this.calls.latenciesMs[this.latencyAt] = elapsed(since, this.now());
    this.latencyAt = (this.latencyAt + 1) % MAX_LATENCIES;
  }

  /** A server runs the unsafe operation of that nonce. */
  ran(nonce: number, node: string): void {
    const deed = this.deeds.get(nonce);
    if (deed === undefined) {
      this.break('once', `operation ${nonce} ran at ${node} long after its call had ended`);
      return;
    }
    deed.runs.push(node);
    if (deed.runs.length > 1)
      this.break('once', `operation ${nonce} ran ${deed.runs.length} times: ${deed.runs.join(', ')}`);
    else if (deed.end === 'nothing-ran')
      this.break('outcome', `operation ${nonce} ran at ${node} after its call had failed as not run`);
  }

  /** A caller is about to ask for an unsafe operation. */
  asks(nonce: number): void {
    this.deeds.set(nonce, { runs: [], end: undefined, endedAt: undefined });
  }

  /** The call of an unsafe operation ended: with an answer, or with a code. */
  did(nonce: number, code: string | undefined): void {
    const deed = this.deeds.get(nonce);
    if (deed === undefined) return;
    deed.end = code === undefined ? 'ok' : MAY_HAVE_RUN.includes(code) ? 'unknown' : 'nothing-ran';
    deed.endedAt = this.now();
    if (deed.end === 'ok' && deed.runs.length === 0)
      this.break('once', `operation ${nonce} was answered but never ran`);
    if (deed.end === 'nothing-ran' && deed.runs.length > 0)
      this.break('outcome', `operation ${nonce} ran at ${deed.runs.join(', ')}, but its call ended with ${code}`);
  }

  /** An answer to the call of that nonce; `from` when the caller was told who gave it. */
  answered(nonce: number, answer: unknown, from?: string): void {
    const stamp = stampOf(answer);
    if (stamp === undefined)
      this.break('answers', `call ${nonce} was answered with ${JSON.stringify(answer)?.slice(0, 80)}`);
    else if (stamp.nonce !== nonce)
      this.break('answers', `call ${nonce} got the answer to ${stamp.nonce} of ${stamp.node}`);
    else if (from !== undefined && from !== stamp.node)
      this.break('answers', `the answer of ${stamp.node} to call ${nonce} is said to come from ${from}`);
  }

  /** A reading of a sample. `since`: when it was asked for. */
  read(reading: Reading<unknown>, since: Instant): void {
    const now = this.now();
    const sample = sampleOf(reading.value);
    const { quality, age, node } = reading;
    if (sample === undefined) {
      this.break('answers', `a reading of ${node} is ${JSON.stringify(reading.value)?.slice(0, 80)}`);
      return;
    }
    if (quality === 'sibling' && this.failoverMs.length < MAX_LATENCIES) this.failoverMs.push(elapsed(since, now));
    if (sample.node !== node) this.break('answers', `a reading of ${sample.node} is said to come from ${node}`);
    const real = now - sample.takenAt;
    if (real > age * (1 + DRIFT) + 1)
      this.break('age', `a ${quality} reading of ${node} says it is ${age} ms old, and is ${real}`);
    if (quality !== 'stale' && sample.servedAt < since)
      this.break(
        'age',
        `a ${quality} reading of ${node} was given out ${since - sample.servedAt} ms before it was asked for`,
      );
  }

  /** Closes the books on what ended long ago, so that a long trial needs no more memory than a short one. */
  sweep(): void {
    const now = this.now();
    for (const [nonce, { endedAt }] of this.deeds)
      if (endedAt !== undefined && elapsed(endedAt, now) > CLOSE_AFTER_MS) this.deeds.delete(nonce);
  }
}

function stampOf(answer: unknown): Stamp | undefined {
  if (typeof answer !== 'object' || answer === null || !('nonce' in answer) || !('node' in answer)) return undefined;
  const { nonce, node } = answer;
  return typeof nonce === 'number' && typeof node === 'string' ? { nonce, node } : undefined;
}

function sampleOf(value: unknown): Sample | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('node' in value) || !('takenAt' in value) || !('servedAt' in value)) return undefined;
  const { node, takenAt, servedAt } = value;
  if (typeof node !== 'string' || typeof takenAt !== 'number' || typeof servedAt !== 'number') return undefined;
  return { node, takenAt, servedAt };
}
