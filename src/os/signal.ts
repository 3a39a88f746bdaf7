/**
 * A request to stop that code can look at or be told of. Portable code has no `AbortController`; this is the part of
 * it that is needed, in the same shape, so that a real `AbortSignal` serves wherever a {@link Signal} is asked for.
 *
 * @module
 */

/** What an `AbortSignal` is, too. */
export interface Signal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', run: () => void): void;
  removeEventListener(type: 'abort', run: () => void): void;
}

/** A signal with its trigger. */
export class Stop implements Signal {
  aborted = false;
  private readonly runs = new Set<() => void>();

  addEventListener(_type: 'abort', run: () => void): void {
    if (!this.aborted) this.runs.add(run);
  }

  removeEventListener(_type: 'abort', run: () => void): void {
    this.runs.delete(run);
  }

  /** Tells everybody, once. */
  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    const runs = [...this.runs];
    this.runs.clear();
    for (const run of runs) run();
  }
}
