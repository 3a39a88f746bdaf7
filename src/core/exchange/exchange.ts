/**
 * Calls, in both directions: introduces calls, failover and what is known of instances to each other on the caller's
 * side, serving on the server's, and the carrier between them.
 *
 * A call to this node's own service takes the same way, but for the wire.
 *
 * @module
 */
import { earliest, type Instant } from '../../base/time.ts';
import type { Ack, Address, Failure, Header, Message, NodeId, Request, Response } from '../../wire/message.ts';
import { type CallCommand, type Instance, type NodeRecord, operationOf, type Result } from '../model.ts';
import { RetryBudget } from './budget.ts';
import { Calls } from './calls.ts';
import { Carrier } from './carrier.ts';
import { type Desk, ForCalls, ForCarrier, ForServing, HERE } from './introductions.ts';
import type { ExchangeOptions, ExchangePort } from './port.ts';
import { type Caller, type ReplyLimits, Serving } from './serving.ts';
import { type Condition, Standings } from './standings.ts';
import { Standstill } from './standstill.ts';

export type { Condition };

export class Exchange implements Desk {
  readonly options: ExchangeOptions;
  readonly port: ExchangePort;
  readonly calls: Calls;
  readonly serving: Serving;
  readonly standings: Standings;
  readonly budget: RetryBudget;
  readonly carrier: Carrier;
  private readonly standstill: Standstill;
  /** Answers to calls of this node to itself, taken up once the call is through its own bookkeeping. */
  private readonly ownAnswers: (Response | Failure | Ack)[] = [];
  private now: Instant;

  constructor(options: ExchangeOptions, port: ExchangePort, now: Instant) {
    const { config, random, outbox } = options;
    this.options = options;
    this.port = port;
    this.now = now;
    this.standstill = new Standstill(config, now);
    this.standings = new Standings(config, random.split(), outbox, now);
    this.budget = new RetryBudget(config);
    this.serving = new Serving(config, new ForServing(this));
    this.calls = new Calls(config, random.u32(), new ForCalls(this));
    this.carrier = new Carrier(options, new ForCarrier(this), now);
  }

  call(command: CallCommand, now: Instant): void {
    this.now = now;
    this.calls.start(command, now);
  }

  cancel(call: number, now: Instant): void {
    this.calls.cancel(call, now);
  }

  /** A service of this node has the result of an execution. */
  answer(execution: number, result: Result, now: Instant): void {
    this.now = now;
    this.serving.answer(execution, result, now);
  }

  close(now: Instant): void {
    this.calls.close(now);
  }

  /** Time has come to this node: a datagram, or its alarm. `due`: when it was to act at the latest. */
  woke(due: Instant, now: Instant): void {
    this.standstill.woke(due, now);
  }

  /** A call waits for an answer of that node. */
  awaits(callId: number, node: NodeId): boolean {
    return this.calls.awaits(callId, node);
  }

  /** A call that is meant for another epoch of this node. */
  refuses(message: Message): boolean {
    if (message.type !== 'request' || message.serverEpoch === 0) return false;
    return message.serverEpoch !== this.options.outbox.identity.epoch;
  }

  /** Tells a caller that may be anybody that a call was not run. Nothing of it is kept. */
  refuse({ sender }: Header, address: Address, { callId }: Request): void {
    this.options.outbox.send(sender, address, { type: 'error', callId, code: 'WRONG_EPOCH', message: '' });
  }

  /** It would begin something that must not be done twice. */
  begins(header: Header, message: Message): boolean {
    const from = { node: header.sender, epoch: header.epoch };
    if (message.type === 'bundle') return message.messages.some((one) => this.begins(header, one));
    if (message.type === 'block') return message.carries === 'request' && !this.carrier.knows(from, message);
    if (message.type !== 'request') return false;
    const offer = this.options.offers.get(message.service);
    const unsafe = offer !== undefined && operationOf(offer, message.op) === 'unsafe';
    return unsafe && !this.serving.knows(from, message.callId);
  }

  /** The node did not take what this one sent, but will now. */
  again(node: NodeId, now: Instant): void {
    this.carrier.again(node);
    this.calls.again(node, now);
  }

  /** Any datagram came from the node. */
  heard(node: NodeId): void {
    this.standings.links.heard(node);
  }

  /** This node goes on under another epoch or id. */
  reborn(now: Instant): void {
    this.calls.reborn(now);
  }

  instancesChanged(now: Instant): void {
    this.calls.recheck(now);
  }

  gone(node: NodeRecord, now: Instant): void {
    this.calls.nodeGone(node.id, now);
  }

  back(node: NodeRecord, how: 'revived' | 'rebooted', now: Instant): void {
    this.standings.back(node, how, now);
  }

  forgotten(node: NodeRecord): void {
    this.standings.forgotten(node);
  }

  /** A v1 board answered a call. */
  answeredV1(callId: number, node: NodeRecord, result: Result, now: Instant): void {
    const message: Response | Failure = result.ok
      ? { type: 'response', callId, value: result.value }
      : { type: 'error', callId, code: result.code, message: result.message };
    this.calls.answered(node.id, node.epoch, message, now);
  }

  /** @returns false for a message that is not about a call. */
  take(header: Header, address: Address, message: Message, now: Instant, together = false): boolean {
    this.now = now;
    const { sender: node, epoch } = header;
    switch (message.type) {
      case 'bundle':
        for (const one of message.messages) this.take(header, address, one, now, true);
        return true;
      case 'request':
        this.serve({ node, epoch, address, together }, message, now);
        return true;
      case 'response':
      case 'error':
        this.answered(header, address, message, now);
        return true;
      case 'ack':
        if (message.kind === 'working') this.calls.working(node, message.id, now);
        else this.carrier.acknowledged({ node, epoch, address }, message.id, message.value, now);
        return true;
      case 'block':
        this.carrier.block({ node, epoch, address }, message, now);
        return true;
      default:
        return false;
    }
  }

  /** Takes up what this node answered itself. Every verb ends with it. */
  settleOwn(now: Instant): void {
    const { id, epoch } = this.options.outbox.identity;
    for (let message = this.ownAnswers.shift(); message !== undefined; message = this.ownAnswers.shift())
      if (message.type === 'ack') this.calls.working(id, message.id, now);
      else this.calls.answered(id, epoch, message, now);
  }

  condition(instance: Instance, now: Instant): Condition {
    return this.standings.condition(instance, now);
  }

  load(): number {
    return this.serving.load();
  }

  nextWake(): Instant | undefined {
    return earliest(earliest(this.calls.nextWake(), this.serving.nextWake()), this.carrier.nextWake());
  }

  advance(now: Instant): void {
    this.now = now;
    this.calls.advance(now);
    this.serving.advance(now);
    this.carrier.advance(now);
  }

  /** Somebody calls. */
  serve(from: Caller, request: Request, now: Instant): void {
    const { outbox, offers } = this.options;
    const { epoch } = outbox.identity;
    this.serving.request(from, request, epoch, offers.get(request.service), now, this.standstill.waitedMs(now));
  }

  /** Somebody is answered. */
  reply(to: Caller, message: Response | Failure | Ack, limits: ReplyLimits): void {
    if (to.address === HERE) this.ownAnswers.push(message);
    else if (message.type === 'ack') this.options.outbox.send(to.node, to.address, message);
    else this.carrier.reply(to, message, limits, this.port.node(to.node)?.abilities.inflates ?? false, this.now);
  }

  private answered(header: Header, address: Address, message: Response | Failure, now: Instant): void {
    // The answer may overtake the last ACK of a large request.
    this.carrier.stop(header.sender, message.callId);
    if (message.callId !== 0) this.calls.answered(header.sender, header.epoch, message, now);
    else if (message.type === 'error') this.refusedOutright(address, message);
  }

  /** A refusal that answers no call: it is about this node as a whole. */
  private refusedOutright(address: Address, { code, message }: Failure): void {
    if (code === 'PROTOCOL_MISMATCH')
      this.options.outbox.event({ type: 'protocol-mismatch', address, reason: message });
    this.port.count('refusals-received');
  }
}
