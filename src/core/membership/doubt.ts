/**
 * When many nodes fall silent at once, it is likelier that their judge does not hear than that all of them died
 * (Lifeguard). It doubts itself until it hears something.
 *
 * @see https://arxiv.org/abs/1707.00788
 * @module
 */
import { elapsed, type Instant } from '../../base/time.ts';
import type { Config } from '../config.ts';
import type { NodeRecord } from '../model.ts';

export class Doubt {
  private readonly config: Config;
  private isDoubting = false;
  private saidAt: Instant | undefined;

  constructor(config: Config) {
    this.config = config;
  }

  get active(): boolean {
    return this.isDoubting;
  }

  /**
   * One of the judged nodes fell silent. `stretchMs`: its interval, within which the others count too.
   *
   * @returns the reason to doubt, if there is one and it was not told within this interval already.
   */
  fellSilent(judged: Iterable<{ readonly node: NodeRecord }>, stretchMs: number, now: Instant): string | undefined {
    let living = 0;
    let silent = 0;
    for (const { node } of judged) {
      const { state, since } = node;
      if (state === 'alive' || state === 'suspect') living += 1;
      if (state === 'suspect' && elapsed(since, now) <= stretchMs) silent += 1;
    }
    if (silent < this.config.doubtAtLeast || silent <= this.config.doubtShare * living) return undefined;
    this.isDoubting = true;
    if (this.saidAt !== undefined && elapsed(this.saidAt, now) <= stretchMs) return undefined;
    this.saidAt = now;
    return `${silent} of ${living} nodes fell silent at once`;
  }

  /** Something was heard. */
  end(): void {
    this.isDoubting = false;
  }
}
