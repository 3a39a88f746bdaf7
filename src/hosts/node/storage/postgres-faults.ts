/**
 * What PostgreSQL refuses, in words: what happened, and what to do about it.
 *
 * @module
 */
import { TdosError } from '../../../base/errors.ts';
import { faultCode } from '../faults.ts';

/** By the beginning of PostgreSQL's code, or the code of the connection. */
const ADVICE: readonly (readonly [code: string, advice: string])[] = [
  ['ECONNREFUSED', 'it does not answer there. Start it, or check the address.'],
  ['ENOTFOUND', 'there is no such machine. Check the address.'],
  ['CONNECT_TIMEOUT', 'it does not answer there. Check the address, and firewalls.'],
  ['CONNECTION_', 'the connection broke. It is made again by itself; what was not answered for comes again.'],
  ['ECONNRESET', 'the connection broke. It is made again by itself; what was not answered for comes again.'],
  ['28', 'it does not let this user in. Check user and password of the address.'],
  ['3D', 'there is no such database. `createdb` makes one.'],
  ['42501', 'this user may not make tables there. Give it CREATE on the database.'],
  ['25006', 'it takes no writes: it is a replica, or read-only. Name the primary.'],
  ['53100', 'its disk is full. Make room: what loggers could not send waits in their journals, and comes by itself.'],
  ['53300', 'it has too many connections. Raise max_connections, or end some.'],
  ['57P', 'it is stopping or starting. It is asked again by itself.'],
];

/** A HOST error: what was tried, and the reason in words. Errors of TDOS stay as they are. */
export function postgresError(what: string, error: unknown): TdosError {
  if (error instanceof TdosError) return error;
  const code = faultCode(error);
  const said = error instanceof Error ? error.message : String(error);
  const advice = ADVICE.find(([start]) => code.startsWith(start))?.[1] ?? `${said}.`;
  const fault = new TdosError('HOST', `${what}: ${advice}`);
  fault.cause = error;
  return fault;
}
