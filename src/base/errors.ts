/**
 * Every fault a user can meet, as one table: a stable code, what it means, and what to do about it.
 * Codes travel on the wire (PROTOCOL.md) and through the JSON output of the command line.
 *
 * @module
 */

/** What each code means and what to do. The keys are the codes. */
export const ERRORS = {
  NOT_FOUND: 'No node offers this service. Check the name with `tdos ls`, or wait for the board to appear.',
  TIMEOUT: 'No answer came in time. The board may be off or out of reach; `tdos ls` shows its health.',
  OUTCOME_UNKNOWN: 'The operation was sent, but no answer says whether it ran. Read the state before you try it again.',
  UNAVAILABLE: 'Every instance of this service is dead or refusing work. `tdos ls` shows which and since when.',
  BUSY: 'The server has no room for another call. Try again after a moment, or spread the load.',
  EXPIRED: 'The call reached the server after its deadline and was not run. Allow it more time.',
  WRONG_EPOCH:
    'The server restarted since the call was made, and did not run it. Safe calls are repeated by themselves.',
  BAD_OPERATION: 'The service has no such operation. `tdos info SERVICE` lists the ones it has.',
  BAD_ARGUMENT: 'The arguments do not fit the operation. The sentence says which and why.',
  FAILED: 'The operation ran and failed. The sentence is the service’s own.',
  TOO_LARGE: 'The message is larger than the receiver takes. Send less, or in pieces.',
  PROTOCOL_MISMATCH: 'The two nodes share no protocol version. Update the older one.',
  VERSION_MISMATCH: 'No instance has a version in the asked range. Update the board, or widen the range.',
  STALE: 'No value as fresh as asked could be had. Allow a higher `maxAge`, or bring a sensor back.',
  CLOSED: 'The node or the handle was closed. Open it again.',
  LIMIT: 'A limit of this node is reached. The sentence says which; config.ts says why it is there.',
  NO_KEY:
    'This machine has no cluster key. `tdos key new` starts a cluster, `tdos key join` takes the key of another ' +
    'machine, and `--open` runs without one, where anybody on the network can speak.',
  BAD_CONFIG: 'A setting makes no sense. The sentence says which and what it takes.',
  HOST: 'The operating system refused. The sentence says what, and what to do.',
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** True for a code of the table; a peer may send others, from a later version. */
export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

/** An error with a code to switch on, and a sentence to show. */
export class TdosError extends Error {
  readonly code: ErrorCode;

  /**
   * @param code - a key of {@link ERRORS}.
   * @param message - what happened, in a sentence; by default the table's.
   */
  constructor(code: ErrorCode, message: string = ERRORS[code]) {
    super(message);
    this.name = 'TdosError';
    this.code = code;
  }
}
