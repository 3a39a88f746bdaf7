/**
 * What those who speak v1 ask, and who answers it. It comes with them: boards that speak no v1 have no code for it.
 *
 * @module
 */
import type { Instant } from '../../base/time.ts';
import type { NodeId } from '../../wire/message.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { Introduction } from '../introduction.ts';
import type { Membership } from '../membership/membership.ts';
import type { Result } from '../model.ts';
import type { Outbox } from '../outbox.ts';
import type { BoardFacts } from './boards.ts';
import type { V1BridgePort } from './port.ts';

/** The parts that answer. */
export interface Neighbours {
  readonly outbox: Outbox;
  readonly membership: Membership;
  readonly exchange: Exchange;
}

export class ForV1 extends Introduction<Neighbours> implements V1BridgePort {
  heard(board: BoardFacts, changed: boolean, now: Instant): void {
    this.parts.membership.heardBoard(board, changed, now);
  }

  gone(id: NodeId): void {
    this.parts.membership.registry.forget(id);
  }

  taken(id: NodeId): boolean {
    const { outbox, membership } = this.parts;
    return id === outbox.identity.id || membership.registry.get(id)?.abilities.v1 === false;
  }

  answered(callId: number, board: NodeId, result: Result, now: Instant): void {
    const { membership, exchange } = this.parts;
    const node = membership.registry.get(board);
    if (node === undefined) return;
    membership.health.heard(node, now);
    // Probes have negative numbers: being answered was all they wanted.
    if (callId > 0) exchange.answeredV1(callId, node, result, now);
  }
}
