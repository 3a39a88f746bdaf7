/**
 * Probing on behalf of others (SWIM): a judge that gets no answer from a node asks this one to try. The answer,
 * if there is one, goes back; silence needs no word.
 *
 * @module
 */

import type { Random } from '../../base/random.ts';
import { after, type Instant } from '../../base/time.ts';
import type { Address, NodeId, ProbeRequest } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import { Timers } from '../timers.ts';

interface Errand {
  readonly requester: NodeId;
  readonly address: Address;
  readonly theirNonce: number;
  readonly target: NodeId;
}

export interface ErrandsPort {
  probe(target: NodeId, address: Address, nonce: number): void;
  /** The target answered: tell the one who asked. */
  vouch(requester: NodeId, address: Address, nonce: number, epoch: number): void;
}

export class Errands {
  private readonly config: Config;
  private readonly random: Random;
  private readonly port: ErrandsPort;
  private readonly errands = new Map<number, Errand>();
  private readonly timers = new Timers<number>();

  constructor(config: Config, random: Random, port: ErrandsPort) {
    this.config = config;
    this.random = random;
    this.port = port;
  }

  /** Someone wants `request.target` probed. At the limit the request is dropped: others were asked too. */
  take(requester: NodeId, address: Address, request: ProbeRequest, now: Instant): void {
    if (this.errands.size >= this.config.maxErrands) return;
    const nonce = this.random.id();
    this.errands.set(nonce, { requester, address, theirNonce: request.nonce, target: request.target });
    this.timers.set(nonce, after(now, this.config.probeRoundMs));
    this.port.probe(request.target, request.address, nonce);
  }

  /** An ACK `alive` came from `from`: perhaps for one of ours. */
  answered(nonce: number, from: NodeId, epoch: number): void {
    const errand = this.errands.get(nonce);
    if (errand === undefined || errand.target !== from) return;
    this.end(nonce);
    this.port.vouch(errand.requester, errand.address, errand.theirNonce, epoch);
  }

  nextWake(): Instant | undefined {
    return this.timers.next();
  }

  advance(now: Instant): void {
    for (const nonce of this.timers.due(now)) this.errands.delete(nonce);
  }

  private end(nonce: number): void {
    this.errands.delete(nonce);
    this.timers.clear(nonce);
  }
}
