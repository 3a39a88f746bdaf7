/**
 * Circuit breakers, one an instance: an instance whose calls fail gets no more of them for a while. Only whole calls
 * and error answers count; a single unanswered try merely lowers an instance's rank.
 *
 * Closed until enough calls fail; then open, for twice as long each time in a row; then half-open: one call at a time
 * may try. No timers: an open breaker is half-open by the moment at which one looks, and the change is reported when
 * the first trial begins. An instance without an entry has a closed breaker.
 *
 * @module
 */
import { after, elapsed, type Instant } from '../../base/time.ts';
import type { Config } from '../config.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakersPort {
  /** Told of every change; `reason` is a sentence part: "5 failures in a row". */
  breakerChanged(key: string, state: BreakerState, reason: string): void;
}

/** Counts the calls of the last half to whole window: `recent` since `since`, `earlier` in the half window before. */
interface Closed {
  readonly is: 'closed';
  failuresInARow: number;
  since: Instant;
  recent: Tally;
  earlier: Tally | undefined;
}

interface Open {
  readonly is: 'open';
  readonly openedAt: Instant;
  readonly openMs: number;
}

interface HalfOpen {
  readonly is: 'half-open';
  /** How long it was open last. */
  readonly openMs: number;
  /** When the trial under way is given up; undefined when there is none. */
  trialUntil: Instant | undefined;
}

interface Tally {
  calls: number;
  failures: number;
}

export class Breakers {
  private readonly config: Config;
  private readonly port: BreakersPort;
  private readonly entries = new Map<string, Closed | Open | HalfOpen>();

  constructor(config: Config, port: BreakersPort) {
    this.config = config;
    this.port = port;
  }

  /** Whether a call may go there: `trial` when it would be the one that tries a half-open breaker. Changes nothing. */
  admits(key: string, now: Instant): 'yes' | 'trial' | 'no' {
    const entry = this.entries.get(key);
    if (entry === undefined || entry.is === 'closed') return 'yes';
    if (entry.is === 'open') return this.isOver(entry, now) ? 'trial' : 'no';
    return entry.trialUntil === undefined || entry.trialUntil <= now ? 'trial' : 'no';
  }

  state(key: string, now: Instant): BreakerState {
    const entry = this.entries.get(key);
    if (entry === undefined) return 'closed';
    return entry.is === 'open' && this.isOver(entry, now) ? 'half-open' : entry.is;
  }

  /**
   * A call goes there.
   *
   * @returns true when it is the trial. The caller gives this back with the call's end, since only the trial's own
   * result decides over a half-open breaker: calls from before it opened may still fail long after.
   */
  begin(key: string, now: Instant): boolean {
    if (this.admits(key, now) !== 'trial') return false;
    const entry = this.entries.get(key);
    if (entry?.is === 'open') this.halfOpen(key, entry, `${seconds(entry.openMs)} have passed`);
    const half = this.entries.get(key);
    // A trial that never ends would keep the instance out for good, so it is given up after a usual call's time.
    if (half?.is === 'half-open') half.trialUntil = after(now, this.config.callTimeoutMs);
    return true;
  }

  /** The call got a result. */
  succeeded(key: string, now: Instant, trial: boolean): void {
    const entry = this.entries.get(key);
    if (entry === undefined || entry.is === 'closed') {
      this.count(key, entry, 0, now);
    } else if (entry.is === 'half-open' && trial) {
      this.close(key, 'a trial call succeeded');
    }
  }

  /** The call got no answer at all, or an error that speaks against the instance. */
  failed(key: string, now: Instant, trial: boolean): void {
    const entry = this.entries.get(key);
    if (entry === undefined || entry.is === 'closed') {
      const reason = this.verdict(this.count(key, entry, 1, now));
      if (reason !== undefined) this.open(key, this.config.breakerOpenMs, now, reason);
    } else if (entry.is === 'half-open' && trial) {
      this.open(key, Math.min(2 * entry.openMs, this.config.breakerOpenMaxMs), now, 'a trial call failed');
    }
  }

  /** The call was cancelled and says nothing; a trial is free for the next call. */
  abandoned(key: string, trial: boolean): void {
    const entry = this.entries.get(key);
    if (entry?.is === 'half-open' && trial) entry.trialUntil = undefined;
  }

  /** The instance gave a sign of life after silence: it may be tried at once. */
  wake(key: string, now: Instant): void {
    const entry = this.entries.get(key);
    if (entry?.is === 'open' && !this.isOver(entry, now)) this.halfOpen(key, entry, 'a sign of life');
  }

  /** The instance restarted: nothing held against it counts any more. */
  reset(key: string): void {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    if (entry.is === 'closed') this.entries.delete(key);
    else this.close(key, 'it restarted');
  }

  /** The instance is no longer known. */
  forget(key: string): void {
    this.entries.delete(key);
  }

  private isOver(entry: Open, now: Instant): boolean {
    return elapsed(entry.openedAt, now) >= entry.openMs;
  }

  private close(key: string, reason: string): void {
    this.entries.delete(key);
    this.port.breakerChanged(key, 'closed', reason);
  }

  private open(key: string, openMs: number, now: Instant, reason: string): void {
    this.entries.set(key, { is: 'open', openedAt: now, openMs });
    this.port.breakerChanged(key, 'open', reason);
  }

  private halfOpen(key: string, entry: Open, reason: string): void {
    this.entries.set(key, { is: 'half-open', openMs: entry.openMs, trialUntil: undefined });
    this.port.breakerChanged(key, 'half-open', reason);
  }

  private count(key: string, known: Closed | undefined, failures: 0 | 1, now: Instant): Closed {
    const entry = known ?? this.enter(key, now);
    this.slide(entry, now);
    entry.failuresInARow = failures === 0 ? 0 : entry.failuresInARow + 1;
    entry.recent.calls += 1;
    entry.recent.failures += failures;
    return entry;
  }

  private slide(entry: Closed, now: Instant): void {
    const half = this.config.breakerWindowMs / 2;
    const age = elapsed(entry.since, now);
    if (age < half) return;
    entry.earlier = age < 2 * half ? entry.recent : undefined;
    entry.since = age < 2 * half ? after(entry.since, half) : now;
    entry.recent = { calls: 0, failures: 0 };
  }

  /** Why the breaker must open, if it must. */
  private verdict(entry: Closed): string | undefined {
    const { breakerFailures, breakerCalls, breakerShare } = this.config;
    if (entry.failuresInARow >= breakerFailures) return `${entry.failuresInARow} failures in a row`;
    const calls = entry.recent.calls + (entry.earlier?.calls ?? 0);
    const failures = entry.recent.failures + (entry.earlier?.failures ?? 0);
    if (calls < breakerCalls || failures < breakerShare * calls) return undefined;
    return `${failures} of ${calls} calls failed`;
  }

  private enter(key: string, now: Instant): Closed {
    if (this.entries.size >= this.config.maxBreakers) this.makeRoom(now);
    const recent = { calls: 0, failures: 0 };
    const entry: Closed = { is: 'closed', failuresInARow: 0, since: now, recent, earlier: undefined };
    this.entries.set(key, entry);
    return entry;
  }

  /** Drops the closed breakers whose window is empty; when there are none, the oldest of all. */
  private makeRoom(now: Instant): void {
    let oldest: string | undefined;
    for (const [key, entry] of this.entries) {
      oldest ??= key;
      if (entry.is === 'closed' && elapsed(entry.since, now) >= this.config.breakerWindowMs) this.entries.delete(key);
    }
    if (oldest !== undefined && this.entries.size >= this.config.maxBreakers) this.entries.delete(oldest);
  }
}

const seconds = (ms: number): string => `${ms / 1000} s`;
