/**
 * Whether a request that comes in for the first time is run.
 *
 * An unsafe one that may have expired while it waited to be read is not: its caller may long have acted on not knowing
 * whether it ran. One that waits still is told BUSY, so it asks again.
 *
 * @module
 */
import type { ErrorCode } from '../../base/errors.ts';
import type { Epoch, Request, ServiceOffer } from '../../wire/message.ts';
import { operationOf } from '../model.ts';

/** Whether an operation may be repeated without harm. */
export type Kind = 'safe' | 'unsafe';

/**
 * How safe the operation is, or why it is not run.
 *
 * @param offer - the service that is asked for, if this node offers it.
 * @param waitedMs - the request may have waited so long to be read.
 */
export function admit(
  request: Request,
  ownEpoch: Epoch,
  offer: ServiceOffer | undefined,
  waitedMs: number,
): Kind | ErrorCode {
  if (request.serverEpoch !== 0 && request.serverEpoch !== ownEpoch) return 'WRONG_EPOCH';
  if (request.leftMs === 0) return 'EXPIRED';
  if (offer === undefined) return 'NOT_FOUND';
  const kind = operationOf(offer, request.op) ?? 'BAD_OPERATION';
  return kind === 'unsafe' && request.leftMs <= waitedMs ? 'BUSY' : kind;
}
