/**
 * Errors over HTTP, as problem details (RFC 9457): a code to switch on, and a sentence that says what to do.
 *
 * @module
 */
import type * as v from 'valibot';
import { ERRORS, type ErrorCode, TdosError } from '../base/errors.ts';
import type { Problem } from './schemas.ts';

/** Faults of HTTP itself, beside those of `base/errors.ts`: what each means and what to do. */
export const HTTP_ERRORS = {
  BAD_REQUEST: 'The request does not fit the API. `errors` says where.',
  UNAUTHORIZED: 'A token is needed: send it as `Authorization: Bearer TOKEN`.',
  FORBIDDEN: 'This token may only read.',
  CROSS_SITE: 'The request comes from a page of another site, which may not use this API.',
  WRONG_HOST: 'The request names a host that this gateway is not. Name it with `--http-name`.',
  NO_ROUTE: 'There is nothing at this address. `/api` shows what there is.',
  WRONG_METHOD: 'This address does not take this method.',
  BODY_TOO_LARGE: 'The body is larger than 64 KiB.',
  NOT_JSON: 'The body must be JSON, sent as `Content-Type: application/json`.',
  TOO_MANY: 'The gateway does as much at once as it takes. Try again after a moment.',
  NO_FAULTS: 'This cluster is real: faults can be made in a simulated one (`tdos sim --live --http`).',
  NO_STORAGE: 'No node stores readings. Start one: `tdos storage`.',
  INTERNAL: 'A fault of the gateway itself.',
} as const;

export type ProblemCode = ErrorCode | keyof typeof HTTP_ERRORS;

/** What is not listed is a fault of the node that was called. */
const STATUS: Readonly<Partial<Record<ProblemCode, number>>> = {
  BAD_REQUEST: 400,
  BAD_ARGUMENT: 400,
  NOT_JSON: 415,
  BODY_TOO_LARGE: 413,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  CROSS_SITE: 403,
  WRONG_HOST: 421,
  NO_ROUTE: 404,
  NO_FAULTS: 404,
  NOT_FOUND: 404,
  BAD_OPERATION: 404,
  WRONG_METHOD: 405,
  STALE: 409,
  VERSION_MISMATCH: 409,
  TOO_LARGE: 413,
  LIMIT: 429,
  TOO_MANY: 429,
  INTERNAL: 500,
  HOST: 500,
  BAD_CONFIG: 500,
  UNAVAILABLE: 503,
  NO_STORAGE: 503,
  BUSY: 503,
  CLOSED: 503,
  WRONG_EPOCH: 503,
  TIMEOUT: 504,
  EXPIRED: 504,
  OUTCOME_UNKNOWN: 504,
};

/** An error that is answered with its problem. */
export class ApiError extends Error {
  readonly code: ProblemCode;
  readonly errors: readonly { readonly path: string; readonly message: string }[] | undefined;

  /** @param message - @default what the code means */
  constructor(code: ProblemCode, message?: string, errors?: ApiError['errors']) {
    super(message ?? meaningOf(code));
    this.name = 'ApiError';
    this.code = code;
    this.errors = errors;
  }
}

export const meaningOf = (code: ProblemCode): string => ({ ...ERRORS, ...HTTP_ERRORS })[code];

/** The problem that anything thrown is. What nobody foresaw is not told to strangers. */
export function problemOf(error: unknown): v.InferOutput<typeof Problem> {
  const code = error instanceof ApiError || error instanceof TdosError ? error.code : 'INTERNAL';
  const detail = code === 'INTERNAL' || !(error instanceof Error) ? meaningOf(code) : error.message;
  const errors = error instanceof ApiError && error.errors !== undefined ? { errors: [...error.errors] } : {};
  return { type: `/api#${code}`, title: meaningOf(code), status: STATUS[code] ?? 502, detail, code, ...errors };
}

/** The answer with that problem. */
export function problemResponse(error: unknown): Response {
  const problem = problemOf(error);
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  if (problem.status === 401) headers['www-authenticate'] = 'Bearer realm="tdos"';
  if (problem.status === 429 || problem.code === 'BUSY') headers['retry-after'] = '1';
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}
