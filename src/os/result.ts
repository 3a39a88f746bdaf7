/**
 * What an operation does, as an answer that can travel.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import type { Result } from '../core/model.ts';
import { jsonFault } from './json.ts';

/** Runs an operation, and says once how it ended: at once unless it returns a promise. Never throws. */
export function conclude(run: () => unknown, end: (result: Result) => void): void {
  let value: unknown;
  try {
    value = run();
  } catch (error) {
    end(failureOf(error));
    return;
  }
  if (isThenable(value)) {
    Promise.resolve(value).then(
      (later) => end(resultOf(later)),
      (error: unknown) => end(failureOf(error)),
    );
  } else {
    end(resultOf(value));
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

/** What an operation returned, as an answer. */
function resultOf(value: unknown): Result {
  const fault = jsonFault(value);
  if (fault === undefined) return { ok: true, value: value === undefined ? null : value };
  return { ok: false, code: 'FAILED', message: `The result of the operation ${fault}.` };
}

/** What an operation threw, as an answer. */
function failureOf(error: unknown): Result {
  if (error instanceof TdosError) return { ok: false, code: error.code, message: error.message };
  return { ok: false, code: 'FAILED', message: error instanceof Error ? error.message : String(error) };
}
