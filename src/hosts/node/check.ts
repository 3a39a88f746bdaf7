/**
 * What the doctor says of one thing it looked at.
 *
 * @module
 */

export interface Check {
  /** `discovery port` */
  readonly name: string;
  /** Nothing needs to be done. */
  readonly ok: boolean;
  /** `error`: nodes cannot work; `warning`: they may not; `info`: good to know. */
  readonly severity: 'info' | 'warning' | 'error';
  /** What was found, in a sentence. */
  readonly finding: string;
  /** What to do; empty when there is nothing. */
  readonly advice: string;
}

/** Nothing needs to be done; `advice` says what could be. */
export const fine = (name: string, finding: string, advice = ''): Check => ({
  name,
  ok: true,
  severity: 'info',
  finding,
  advice,
});

export const bad = (name: string, severity: 'warning' | 'error', finding: string, advice: string): Check => ({
  name,
  ok: false,
  severity,
  finding,
  advice,
});
