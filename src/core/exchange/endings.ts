/**
 * The ways in which a call ends without a result: for each its code, and a sentence that says what is the matter and
 * what to do about it.
 *
 * @module
 */
import { type ErrorCode, isErrorCode } from '../../base/errors.ts';
import type { Failure } from '../../wire/message.ts';
import type { NodeRecord, Result, Selector, Unsent } from '../model.ts';

export type Ending = Extract<Result, { ok: false }>;

/** Ends that say nothing about the server. */
const OWN_FAULTS: readonly ErrorCode[] = ['CLOSED', 'TOO_LARGE', 'BAD_ARGUMENT', 'LIMIT'];

/** The call failed for a reason of this node's own. */
export const isOwnFault = ({ code }: Ending): boolean => OWN_FAULTS.includes(code);

const ending = (code: ErrorCode, message: string): Ending => ({ ok: false, code, message });

/** What a server said. A code that this version does not know is a failure like any other. */
export const refusedWith = ({ code, message }: Failure): Ending => ending(isErrorCode(code) ? code : 'FAILED', message);

export const closed = (): Ending => ending('CLOSED', 'The node was closed.');

export const tooManyCalls = (limit: number): Ending =>
  ending('LIMIT', `${limit} calls are under way (\`maxCalls\`). Wait for some to end.`);

export const tooManyTransfers = (limit: number): Ending =>
  ending('LIMIT', `${limit} large messages are under way all the time (\`maxTransfers\`).`);

/** What cannot be sent to the node, now or later. */
export function unsendable({ name, abilities }: NodeRecord, why: Exclude<Unsent, 'too-many'>): Ending {
  switch (why) {
    case 'too-large':
      return ending(
        'TOO_LARGE',
        `${name} takes messages of at most ${abilities.takesKiB} KiB. Send less, or in pieces.`,
      );
    case 'not-allowed':
      return ending(
        'UNAVAILABLE',
        `${name} speaks the original protocol only, which this node does not allow (--allow-v1).`,
      );
    case 'no-json':
      return ending('BAD_ARGUMENT', 'The arguments cannot be written as JSON: a cycle, a BigInt, or too deep.');
  }
}

export const neverSeen = (service: string): Ending =>
  ending('NOT_FOUND', `No node offers ${service}. \`tdos ls\` lists what there is.`);

/** Instances are known, but none may be asked: `why` says what ruled out the last ones. */
export function noneLeft(selector: Selector, why: string): Ending {
  const { service } = selector;
  if (why === 'version')
    return ending(
      'VERSION_MISMATCH',
      `No instance of ${service} has a version in the asked range. \`tdos info ${service}\` lists them.`,
    );
  const state = why === 'breaker' ? 'refusing calls after failures' : 'dead';
  return ending('UNAVAILABLE', `Every instance of ${meant(selector)} is ${state}. \`tdos ls\` shows since when.`);
}

/** What was asked for, as it was opened: others of the service may be well. */
function meant({ service, at, label, node }: Selector): string {
  if (node !== undefined) return `${service}@${node.name}`;
  if (label !== undefined) return `${service}@${label.key}=${label.value}`;
  return at === undefined ? service : `${service}@${at}`;
}

export const noAnswer = (names: readonly string[], timeoutMs: number, tries: number): Ending =>
  ending(
    'TIMEOUT',
    `No answer from ${names.join(', ')} within ${timeoutMs} ms (${tries} tries). \`tdos ls\` shows their health.`,
  );

/** An unsafe operation may have run. `what` its server did: "restarted before it answered". */
export const unknownOutcome = (name: string, what: string, op: string): Ending =>
  ending('OUTCOME_UNKNOWN', `${name} ${what}: \`${op}\` may have run or not. Read the state before you try it again.`);
