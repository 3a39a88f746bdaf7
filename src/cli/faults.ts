/**
 * How a command fails: one sentence that says what to do, an exit code, and for scripts one line of JSON.
 * Nobody is shown a stack trace unless TDOS_DEBUG is set.
 *
 * @module
 */
import { ERRORS, type ErrorCode, isErrorCode, TdosError } from '../base/errors.ts';

/** What the process ends with. Documented in `--help`; scripts rely on it. */
export const EXIT = { fine: 0, failed: 1, usage: 2, notFound: 3 } as const;

/** Codes of the command line itself, beside those of `base/errors.ts`. */
export type CliCode =
  | 'USAGE'
  | 'NO_CLUSTER'
  | 'ALREADY_RUNNING'
  | 'NODE_FAILED'
  | 'APP_FAILED'
  | 'KEY_EXISTS'
  | 'NOT_ROTATED';

/** A fault that the command line itself found. */
export class CliError extends Error {
  readonly code: CliCode;

  /** @param cause - what threw, for TDOS_DEBUG. */
  constructor(code: CliCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'CliError';
    this.code = code;
  }
}

export interface Fault {
  readonly code: string;
  /** What happened, and mostly what to do. */
  readonly message: string;
  /** What to do, where the message is of the service's or the system's own words. */
  readonly advice: string | undefined;
  readonly exit: number;
}

/** Errors whose sentence may be a service's own, and so may not say what to do. */
const OF_SERVICES: ReadonlySet<string> = new Set<ErrorCode>(['FAILED', 'BUSY', 'BAD_OPERATION']);

const EXITS: Readonly<Record<string, number>> = {
  USAGE: EXIT.usage,
  BAD_CONFIG: EXIT.usage,
  NO_CLUSTER: EXIT.notFound,
  NOT_FOUND: EXIT.notFound,
};

/** What to tell about anything that was thrown. */
export function faultOf(error: unknown): Fault {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof TdosError || error instanceof CliError ? error.code : 'INTERNAL';
  return { code, message, advice: adviceOf(code, message), exit: EXITS[code] ?? EXIT.failed };
}

function adviceOf(code: string, message: string): string | undefined {
  if (code === 'APP_FAILED') return 'TDOS_DEBUG=1 shows where.';
  if (code === 'INTERNAL') return 'This looks like a fault of TDOS itself. TDOS_DEBUG=1 shows where it came from.';
  return OF_SERVICES.has(code) && isErrorCode(code) && message !== ERRORS[code] ? ERRORS[code] : undefined;
}

/** Stack traces are wanted. */
export const isDebugging = (): boolean => (process.env.TDOS_DEBUG ?? '') !== '' && process.env.TDOS_DEBUG !== '0';

/** The error as one line of JSON, or as text for a person. */
export function faultText(fault: Fault, json: boolean): string {
  if (json) return JSON.stringify({ error: { code: fault.code, message: fault.message } });
  return [`tdos: ${fault.message}`, ...(fault.advice === undefined ? [] : [`      ${fault.advice}`])].join('\n');
}
