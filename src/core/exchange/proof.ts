/**
 * What a refusal of a call proves, and so what the call does next. A refusal is about one transmission: when others of an
 * unsafe call may still be on their way, it does not prove that the operation did not run.
 *
 * @module
 */

export interface Refused {
  /** The operation may be repeated without harm. */
  readonly safe: boolean;
  /** The call was sent to that node once. */
  readonly single: boolean;
  /** ms since it was sent. */
  readonly afterMs: number;
  /** In which no node restarts, ms. */
  readonly restartMs: number;
}

/**
 * `elsewhere`: that node is out, ask another. `later`: ask it again after a while, or another if {@link isConclusive}.
 * `ignored`: an answer to another transmission may come. `unknown`: the call ends, and whether it ran is not known.
 * `end`: the call ends with the refusal.
 */
export type Consequence = 'elsewhere' | 'later' | 'ignored' | 'unknown' | 'end';

/** Nothing of the call ran there, or it does no harm. */
export const isConclusive = ({ safe, single }: Refused): boolean => safe || single;

export function consequenceOf(code: string, refused: Refused): Consequence {
  switch (code) {
    case 'WRONG_EPOCH':
      // A copy may have run before the restart, but no node restarts that fast.
      return refused.safe || (refused.single && refused.afterMs < refused.restartMs) ? 'elsewhere' : 'unknown';
    case 'BUSY':
      return 'later';
    case 'FAILED':
      return refused.safe ? 'elsewhere' : 'end';
    case 'NOT_FOUND':
      return isConclusive(refused) ? 'elsewhere' : 'ignored';
    case 'EXPIRED':
      return isConclusive(refused) ? 'end' : 'ignored';
    default:
      return 'end';
  }
}
