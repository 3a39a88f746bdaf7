/**
 * Nodes with which this one shares no protocol version: both sides are told in words, now and then.
 *
 * @module
 */
import { after, type Instant } from '../../base/time.ts';
import { type Address, type Announce, type NodeId, PROTOCOL, type ProtocolRange } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import type { Outbox } from '../outbox.ts';
import { Timers } from '../timers.ts';

/** ms between two words about one node. */
const AGAIN_MS = 60_000;

export class Mismatches {
  private readonly config: Config;
  private readonly outbox: Outbox;
  /** Who was told, until when that is enough. */
  private readonly told = new Timers<Address>();

  constructor(config: Config, outbox: Outbox) {
    this.config = config;
    this.outbox = outbox;
  }

  /** @returns true for an announcement of a node that this one cannot talk to. */
  refuses({ protocol, name }: Announce, sender: NodeId, from: Address, now: Instant): boolean {
    if (protocol.min <= PROTOCOL.max && protocol.max >= PROTOCOL.min) return false;
    this.told.due(now);
    if (this.told.at(from) !== undefined || this.told.size >= this.config.maxErrands) return true;
    this.told.set(from, after(now, AGAIN_MS));
    const reason = `${name} speaks protocol ${inWords(protocol)}, this node ${inWords(PROTOCOL)}: update the older one`;
    this.outbox.event({ type: 'protocol-mismatch', address: from, reason });
    this.outbox.send(sender, from, { type: 'error', callId: 0, code: 'PROTOCOL_MISMATCH', message: reason });
    return true;
  }
}

const inWords = ({ min, max }: ProtocolRange): string => (min === max ? `${min}` : `${min} to ${max}`);
