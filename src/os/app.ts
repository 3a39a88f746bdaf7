/**
 * Apps and jobs that are looked after: an app that fails is started again, a little later each time; a job runs on a
 * steady beat and never over itself.
 *
 * @module
 */
import { after, elapsed, type Instant } from '../base/time.ts';
import { checkSpan } from './calling.ts';
import type { Os } from './os.ts';
import { nextBeat, pause, pauseUntil } from './pause.ts';
import { type Signal, Stop } from './signal.ts';

/** An app. It should end soon after the signal aborts; ending by itself, it is done. */
export type App = (os: Os, signal: Signal) => unknown;

/** `starting`: about to run. `waiting`: failed, and runs again in `inMs`. `stopped`: done, or was stopped. */
export type AppState =
  | { readonly is: 'starting' }
  | { readonly is: 'running'; readonly forMs: number }
  | { readonly is: 'waiting'; readonly inMs: number }
  | { readonly is: 'stopped' };

export interface AppStatus {
  readonly name: string;
  readonly state: AppState;
  readonly restarts: number;
  /** What it failed with last; undefined if it never did. */
  readonly lastError: string | undefined;
}

export interface SupervisedApp {
  status(): AppStatus;
  /** Resolves when it is stopped for good. */
  readonly ended: Promise<void>;
  /**
   * Asks it to stop, and waits for it.
   *
   * @param boundMs - ms after which it is left to itself. @default 5000
   * @returns false when it did not end in time.
   */
  stop(boundMs?: number): Promise<boolean>;
}

export interface SuperviseOptions {
  /** ms before the first restart, doubling each time. @default 1000 */
  readonly backOffMs?: number;
  /** ms: the longest wait before a restart. @default 60000 */
  readonly backOffMaxMs?: number;
  /** ms of running after which the waits begin anew. @default 60000 */
  readonly steadyMs?: number;
}

type Phase =
  | { readonly is: 'starting' | 'stopped' }
  | { readonly is: 'running'; readonly since: Instant }
  | { readonly is: 'waiting'; readonly until: Instant };

/**
 * Runs an app until it ends by itself, is stopped, or its node closes. When it throws, it is started again.
 *
 * @throws TdosError BAD_ARGUMENT for a span that is none.
 */
export function supervise(os: Os, name: string, app: App, options: SuperviseOptions = {}): SupervisedApp {
  return new Supervisor(os, name, app, options);
}

class Supervisor implements SupervisedApp {
  readonly ended: Promise<void>;
  private readonly os: Os;
  private readonly name: string;
  private readonly app: App;
  private readonly options: Required<SuperviseOptions>;
  private readonly asked = new Stop();
  private phase: Phase = { is: 'starting' };
  private restarts = 0;
  private lastError: string | undefined;

  constructor(os: Os, name: string, app: App, options: SuperviseOptions) {
    this.os = os;
    this.name = name;
    this.app = app;
    this.options = { backOffMs: 1000, backOffMaxMs: 60_000, steadyMs: 60_000, ...options };
    for (const [span, ms] of Object.entries(this.options)) checkSpan(span, ms);
    this.ended = this.live();
  }

  status(): AppStatus {
    const { name, restarts, lastError } = this;
    return { name, state: this.state(), restarts, lastError };
  }

  async stop(boundMs = 5000): Promise<boolean> {
    this.asked.abort();
    const ended = new Stop();
    this.ended.then(() => ended.abort());
    if (await pause(this.os.clock, boundMs, ended)) {
      this.phase = { is: 'stopped' };
      return false;
    }
    return true;
  }

  private state(): AppState {
    const { phase } = this;
    const now = this.os.clock.now();
    if (phase.is === 'running') return { is: 'running', forMs: elapsed(phase.since, now) };
    if (phase.is === 'waiting') return { is: 'waiting', inMs: Math.max(0, elapsed(now, phase.until)) };
    return { is: phase.is };
  }

  private async live(): Promise<void> {
    const { clock, closed } = this.os;
    const { backOffMs, backOffMaxMs, steadyMs } = this.options;
    const close = (): void => this.asked.abort();
    closed.addEventListener('abort', close);
    if (closed.aborted) close();
    await undefined;
    let waitMs = backOffMs;
    while (!this.asked.aborted) {
      const since = clock.now();
      this.phase = { is: 'running', since };
      if (await this.runOnce()) break;
      if (this.asked.aborted) break;
      if (elapsed(since, clock.now()) >= steadyMs) waitMs = backOffMs;
      const until = after(clock.now(), waitMs);
      this.phase = { is: 'waiting', until };
      waitMs = Math.min(waitMs * 2, backOffMaxMs);
      if (!(await pauseUntil(clock, until, this.asked))) break;
      this.restarts++;
    }
    closed.removeEventListener('abort', close);
    this.phase = { is: 'stopped' };
  }

  /** True when the app ended by itself, in peace. */
  private async runOnce(): Promise<boolean> {
    try {
      await this.app(this.os, this.asked);
      return true;
    } catch (error) {
      // What a stop interrupts is no failure.
      if (!this.asked.aborted) this.lastError = error instanceof Error ? error.message : String(error);
      return false;
    }
  }
}

export interface Job {
  /** Runs that ended well. */
  readonly runs: number;
  /** Beats that were left out, because the run before was still under way. */
  readonly skipped: number;
  readonly failures: number;
  /** What it failed with last; undefined if it never did. */
  readonly lastError: string | undefined;
  /** Resolves when it is stopped. */
  readonly ended: Promise<void>;
  /** No further runs; one under way is told by its signal. */
  stop(): void;
}

/**
 * Runs something now, and again on every beat of a steady period, until it is stopped or the node closes. A run that
 * throws is counted; the next beat runs again.
 *
 * @param periodMs - ms between runs.
 * @throws TdosError BAD_ARGUMENT for a period that is none.
 */
export function every(os: Os, periodMs: number, run: (signal: Signal) => unknown): Job {
  checkSpan('periodMs', periodMs);
  return new PeriodicJob(os, periodMs, run);
}

class PeriodicJob implements Job {
  runs = 0;
  skipped = 0;
  failures = 0;
  lastError: string | undefined;
  readonly ended: Promise<void>;
  private readonly asked = new Stop();

  constructor(os: Os, periodMs: number, run: (signal: Signal) => unknown) {
    this.ended = this.live(os, periodMs, run);
  }

  stop(): void {
    this.asked.abort();
  }

  private async live({ clock, closed }: Os, periodMs: number, run: (signal: Signal) => unknown): Promise<void> {
    const close = (): void => this.stop();
    closed.addEventListener('abort', close);
    if (closed.aborted) close();
    const start = clock.now();
    let beat = 0;
    while (!this.asked.aborted) {
      await this.runOnce(run);
      const next = nextBeat(start, periodMs, clock.now());
      this.skipped += next.beat - beat - 1;
      beat = next.beat;
      await pauseUntil(clock, next.at, this.asked);
    }
    closed.removeEventListener('abort', close);
  }

  private async runOnce(run: (signal: Signal) => unknown): Promise<void> {
    try {
      await run(this.asked);
      this.runs++;
    } catch (error) {
      this.failures++;
      this.lastError = error instanceof Error ? error.message : String(error);
    }
  }
}
