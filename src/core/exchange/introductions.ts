/**
 * What the parts of the exchange ask, and who answers it: how a call finds its instances and goes out, and where its
 * answer goes.
 *
 * @module
 */
import type { Instant } from '../../base/time.ts';
import type { Ack, Address, Failure, NodeId, Request, Response } from '../../wire/message.ts';
import { Introduction } from '../introduction.ts';
import type { CallCommand, Instance, Outcome, Unsent } from '../model.ts';
import type { RetryBudget } from './budget.ts';
import type { Calls } from './calls.ts';
import type { CallsPort, Transmission } from './calls-port.ts';
import type { Carrier } from './carrier.ts';
import type { CarrierPort } from './carrier-port.ts';
import { type Candidates, candidates, offering, speakingV2 } from './failover.ts';
import type { ExchangeOptions, ExchangePort } from './port.ts';
import type { Caller, ReplyLimits, Serving, ServingPort, Work } from './serving.ts';
import type { Standings } from './standings.ts';

/** The parts that answer. */
export interface Desk {
  readonly options: ExchangeOptions;
  readonly port: ExchangePort;
  readonly calls: Calls;
  readonly serving: Serving;
  readonly standings: Standings;
  readonly budget: RetryBudget;
  readonly carrier: Carrier;
  serve(from: Caller, request: Request, now: Instant): void;
  reply(to: Caller, message: Response | Failure | Ack, limits: ReplyLimits): void;
}

/** The address of a caller that is this node itself. */
export const HERE: Address = 'here';

export class ForCalls extends Introduction<Desk> implements CallsPort {
  /** Those that list the operation and that this node can talk to, if there are any. */
  candidates({ selector, op }: CallCommand): Candidates {
    const { port } = this.parts;
    const { fits, why } = candidates(port.instances(selector.service), selector);
    return { fits: offering(op, port.speaksV1 ? fits : speakingV2(fits)), why };
  }

  rank(fits: readonly Instance[], prefer: NodeId, safe: boolean, now: Instant): readonly Instance[] {
    return this.parts.standings.rank(fits, prefer, safe, now);
  }

  transmit(instance: Instance, transmission: Transmission, now: Instant): 'sent' | 'blocks' | Unsent {
    const { node, offer } = instance;
    const { options, port, calls, carrier, serving } = this.parts;
    const { id, epoch, abilities } = options.outbox.identity;
    const { callId, op, args, leftMs } = transmission;
    if (node.abilities.v1 && !port.speaksV1) return 'not-allowed';
    if (node.abilities.v1) return port.callV1(node.address, callId, op, args) ? 'sent' : 'too-large';
    const request: Request = {
      type: 'request',
      callId,
      op,
      args,
      leftMs,
      serverEpoch: node.epoch,
      takesKiB: abilities.takesKiB,
      window: abilities.window,
      service: offer.name,
    };
    if (node.id !== id) return carrier.request(node, request, calls.size > 1, now);
    serving.request({ node: id, epoch, address: HERE }, request, epoch, options.offers.get(offer.name), now);
    return 'sent';
  }

  waitMs(node: NodeId, attempt: number): number {
    return this.parts.standings.links.waitMs(node, attempt);
  }

  mayRetry(): boolean {
    return this.parts.budget.spend();
  }

  called(): void {
    this.parts.budget.earn();
  }

  answered(node: NodeId, rttMs: number): void {
    this.parts.standings.links.answered(node, rttMs);
  }

  unanswered({ node }: Instance, now: Instant): void {
    this.parts.standings.links.unanswered(node.id);
    this.parts.port.doubt(node, now);
  }

  began(instance: Instance, now: Instant): boolean {
    return this.parts.standings.began(instance, now);
  }

  ended(instance: Instance, how: 'succeeded' | 'failed' | 'abandoned', trial: boolean, now: Instant): void {
    this.parts.standings.ended(instance, how, trial, now);
  }

  movedOn(service: string, from: NodeId, to: NodeId, reason: string): void {
    this.parts.options.outbox.event({ type: 'failover', service, from, to, reason });
  }

  settled(call: number, outcome: Outcome): void {
    this.parts.options.outbox.push({ type: 'settled', call, outcome });
  }

  late(): void {
    this.parts.port.count('late-answers');
  }
}

export class ForServing extends Introduction<Desk> implements ServingPort {
  execute(execution: number, work: Work): void {
    this.parts.options.outbox.push({ type: 'execute', execution, ...work });
  }

  reply(client: Caller, message: Response | Failure | Ack, limits: ReplyLimits): void {
    this.parts.reply(client, message, limits);
  }
}

export class ForCarrier extends Introduction<Desk> implements CarrierPort {
  waitMs(node: NodeId): number {
    return this.parts.standings.links.waitMs(node, 0);
  }

  transferred(callId: number, to: NodeId, through: boolean, now: Instant): void {
    this.parts.calls.transferred(callId, to, through, now);
  }

  request(from: Caller, request: Request, now: Instant): void {
    this.parts.serve(from, request, now);
  }

  response(from: Caller, response: Response, now: Instant): void {
    this.parts.calls.answered(from.node, from.epoch, response, now);
  }

  repeated(from: Caller, callId: number, now: Instant): boolean {
    return this.parts.serving.repeated(from, callId, now);
  }

  count(what: string): void {
    this.parts.port.count(what);
  }
}
