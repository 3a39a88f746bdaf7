/**
 * What the words in a datagram may look like. Each check takes `unknown`, since it judges parsed JSON.
 *
 * @module
 */
import { MAX_NAME, MAX_REASON, MAX_VERSION } from './limits.ts';

/** True for a string of `min` to `max` UTF-16 units without control characters and without half a surrogate pair. */
function isText(value: unknown, min: number, max: number): value is string {
  if (typeof value !== 'string' || value.length < min || value.length > max) return false;
  for (let at = 0; at < value.length; at += 1) {
    const unit = value.charCodeAt(at);
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0)) return false;
    if (unit < 0xd800 || unit > 0xdfff) continue;
    const next = value.charCodeAt(at + 1);
    if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return false;
    at += 1;
  }
  return true;
}

/** A service, node, operation, capability, label key or error code. */
export const isName = (value: unknown): value is string => isText(value, 1, MAX_NAME);

export const isVersion = (value: unknown): value is string => isText(value, 1, MAX_VERSION);

export const isLabelValue = (value: unknown): value is string => isText(value, 0, MAX_NAME);

/** Words for a person. */
export const isReason = (value: unknown): value is string => isText(value, 1, MAX_REASON);

/** True for `a.b.c.d:port`, decimal without leading zeros, port 1 to 65535. */
export function isAddress(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > 21) return false;
  const found = /^(\d+)\.(\d+)\.(\d+)\.(\d+):(\d+)$/.exec(value);
  if (found === null) return false;
  const numbers = found.slice(1).map(Number);
  const port = numbers.pop() ?? 0;
  return port >= 1 && port <= 65_535 && numbers.every((n) => n <= 255) && value === `${numbers.join('.')}:${port}`;
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
