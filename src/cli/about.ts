/**
 * What this copy of TDOS is called.
 *
 * @module
 */
import { readFileSync } from 'node:fs';

/** The version in package.json, which stands two folders up in a checkout and in an install alike. */
export function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const about: unknown = JSON.parse(text);
  if (typeof about === 'object' && about !== null && 'version' in about && typeof about.version === 'string')
    return about.version;
  return 'unknown';
}
