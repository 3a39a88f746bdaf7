/**
 * Calls, in both directions: introduces calls, links, breakers and failover to each other on the caller's side,
 * serving on the server's, and the blocks in which large messages travel between them.
 *
 * A call to this node's own service takes the same way, but for the wire.
 *
 * @module
 */
import { ERRORS, type ErrorCode } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import { after, earliest, type Instant } from '../../base/time.ts';
import { decodeBody, encodeBody } from '../../wire/index.ts';
import type { Ack, Address, Codec, Failure, Header, Message, NodeId, Request, Response } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import { type CallCommand, type Instance, instanceKey, type NodeRecord, type Result } from '../model.ts';
import type { Offers } from '../offers.ts';
import type { Outbox } from '../outbox.ts';
import { BlockReceiver } from './block-receiver.ts';
import { BlockSender } from './block-sender.ts';
import { Breakers } from './breaker.ts';
import { RetryBudget } from './budget.ts';
import { Calls, type Transmission, type Unsent } from './calls.ts';
import { type Candidates, candidates, offering, preferably, rank } from './failover.ts';
import { Links } from './link.ts';
import { type Caller, type ReplyLimits, Serving } from './serving.ts';

export interface ExchangePort {
  instances(service: string): readonly Instance[];
  node(id: NodeId): NodeRecord | undefined;
  /** A try got no answer: its judge may want to look. */
  doubt(node: NodeRecord, now: Instant): void;
  /** The user allows v1, so that boards that speak nothing else can be called. */
  readonly speaksV1: boolean;
  /** Sends to a board that speaks v1 only; false when it does not fit. */
  callV1(address: Address, callId: number, op: string, args: unknown): boolean;
  count(what: string): void;
}

export interface ExchangeOptions {
  readonly config: Config;
  readonly codec: Codec;
  readonly random: Random;
  readonly outbox: Outbox;
  readonly offers: Offers;
}

/** The address of a caller that is this node itself. */
const HERE: Address = 'here';
const KIB = 1024;

export class Exchange {
  private readonly options: ExchangeOptions;
  private readonly port: ExchangePort;
  private readonly calls: Calls;
  private readonly serving: Serving;
  private readonly links: Links;
  private readonly breakers: Breakers;
  private readonly budget: RetryBudget;
  private readonly sender: BlockSender;
  private readonly receiver: BlockReceiver;
  /** Answers to calls of this node to itself, taken up once the call is through its own bookkeeping. */
  private readonly ownAnswers: (Response | Failure | Ack)[] = [];
  private now: Instant;

  constructor(options: ExchangeOptions, port: ExchangePort, now: Instant) {
    const { config, random, outbox } = options;
    this.options = options;
    this.port = port;
    this.now = now;
    this.links = new Links(config, random.split());
    this.budget = new RetryBudget(config);
    this.breakers = new Breakers(config, (key, state, reason) => {
      const slash = key.indexOf('/');
      outbox.event({
        type: 'breaker',
        service: key.slice(slash + 1),
        node: Number(key.slice(0, slash)),
        state,
        reason,
      });
    });
    this.serving = new Serving(config, {
      execute: (execution, work) => outbox.push({ type: 'execute', execution, ...work }),
      reply: (to, message, limits) => this.reply(to, message, limits),
    });
    this.calls = new Calls(config, random.u32(), {
      candidates: ({ selector, op }) => this.suited(op, candidates(port.instances(selector.service), selector)),
      rank: (fits, prefer, safe, at) => this.rank(fits, prefer, safe, at),
      transmit: (instance, transmission, at) => this.transmit(instance, transmission, at),
      waitMs: (node, attempt) => this.links.waitMs(node, attempt),
      mayRetry: () => this.budget.spend(),
      called: () => this.budget.earn(),
      answered: (node, rttMs) => this.links.answered(node, rttMs),
      unanswered: ({ node }, at) => {
        this.links.unanswered(node.id);
        port.doubt(node, at);
      },
      began: ({ node, offer }, at) => this.breakers.begin(instanceKey(node.id, offer.name), at),
      ended: (instance, how, trial, at) => this.ended(instance, how, trial, at),
      movedOn: (service, from, to, reason) => outbox.event({ type: 'failover', service, from, to, reason }),
      settled: (call, outcome) => outbox.push({ type: 'settled', call, outcome }),
      late: () => port.count('late-answers'),
    });
    this.sender = new BlockSender(config, {
      send: ({ address }, block) => outbox.send(address, block),
      waitMs: (node) => this.links.waitMs(node, 0),
      done: (to, carries, callId) => {
        if (carries === 'request') this.calls.transferred(callId, to.node, true, this.now);
      },
      failed: (to, carries, callId) => {
        if (carries === 'request') this.calls.transferred(callId, to.node, false, this.now);
      },
    });
    this.receiver = new BlockReceiver(config, outbox.identity.abilities.window, {
      acknowledge: ({ address }, ack) => outbox.send(address, ack),
      refuse: ({ address }, _carries, callId, code) =>
        outbox.send(address, { type: 'error', callId, code, message: this.refusalOf(code) }),
      repeated: (from, carries, callId) => {
        if (carries === 'request') this.serving.repeated(from, callId, this.now);
      },
      whole: (from, carries, callId, body) => this.whole(from, carries, callId, body),
    });
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

  /** Any datagram came from the node. */
  heard(node: NodeId): void {
    this.links.heard(node);
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
    for (const { name } of node.services) {
      const key = instanceKey(node.id, name);
      if (how === 'rebooted') this.breakers.reset(key);
      else this.breakers.wake(key, now);
    }
    this.links.heard(node.id);
  }

  forgotten(node: NodeRecord): void {
    this.links.forget(node.id);
    for (const { name } of node.services) this.breakers.forget(instanceKey(node.id, name));
  }

  /** A v1 board answered a call. */
  answeredV1(callId: number, node: NodeRecord, result: Result, now: Instant): void {
    const message: Response | Failure = result.ok
      ? { type: 'response', callId, value: result.value }
      : { type: 'error', callId, code: result.code, message: result.message };
    this.calls.answered(node.id, node.epoch, message, now);
  }

  /** @returns false for a message that is not about a call. */
  take(header: Header, address: Address, message: Message, now: Instant): boolean {
    this.now = now;
    const { sender: node, epoch } = header;
    switch (message.type) {
      case 'request':
        this.serve({ node, epoch, address }, message, now);
        return true;
      case 'response':
      case 'error':
        this.answered(header, address, message, now);
        return true;
      case 'ack':
        if (message.kind === 'working') this.calls.working(node, message.id, now);
        else this.sender.acknowledged({ node, epoch, address }, message.id, message.value, now);
        return true;
      case 'block':
        this.receiver.block(
          { node, epoch, address },
          message,
          this.options.outbox.identity.abilities.takesKiB * KIB,
          now,
        );
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

  condition({ node, offer }: Instance, now: Instant): Condition {
    return {
      breaker: this.breakers.state(instanceKey(node.id, offer.name), now),
      rttMs: this.links.rttMs(node.id),
      unanswered: this.links.unansweredTries(node.id),
    };
  }

  load(): number {
    return this.serving.load();
  }

  nextWake(): Instant | undefined {
    const blocks = earliest(this.sender.nextWake(), this.receiver.nextWake());
    return earliest(earliest(this.calls.nextWake(), this.serving.nextWake()), blocks);
  }

  advance(now: Instant): void {
    this.now = now;
    this.calls.advance(now);
    this.serving.advance(now);
    this.sender.advance(now);
    this.receiver.advance(now);
  }

  private rank(fits: readonly Instance[], prefer: NodeId, safe: boolean, now: Instant): readonly Instance[] {
    const standing = {
      admits: ({ node, offer }: Instance) => this.breakers.admits(instanceKey(node.id, offer.name), now),
      unansweredTries: (node: NodeId) => this.links.unansweredTries(node),
      rttMs: (node: NodeId) => this.links.rttMs(node),
    };
    return rank(fits, standing, prefer, safe);
  }

  private ended(
    { node, offer }: Instance,
    how: 'succeeded' | 'failed' | 'abandoned',
    trial: boolean,
    now: Instant,
  ): void {
    const key = instanceKey(node.id, offer.name);
    if (how === 'succeeded') this.breakers.succeeded(key, now, trial);
    else if (how === 'failed') this.breakers.failed(key, now, trial);
    else this.breakers.abandoned(key, trial);
  }

  /** Those that list the operation and that this node can talk to, if there are any. */
  private suited(op: string, { fits, why }: Candidates): Candidates {
    const able = this.port.speaksV1 ? fits : preferably(fits, ({ node }) => !node.abilities.v1);
    return offering(op, { fits: able, why });
  }

  private transmit(instance: Instance, transmission: Transmission, now: Instant): 'sent' | 'blocks' | Unsent {
    const { node, offer } = instance;
    const { outbox, codec, offers } = this.options;
    const { id, epoch, abilities } = outbox.identity;
    if (node.abilities.v1 && !this.port.speaksV1) return 'not-allowed';
    if (node.abilities.v1)
      return this.port.callV1(node.address, transmission.callId, transmission.op, transmission.args)
        ? 'sent'
        : 'too-large';
    const request: Request = {
      type: 'request',
      ...transmission,
      serverEpoch: node.epoch,
      takesKiB: abilities.takesKiB,
      window: abilities.window,
      service: offer.name,
    };
    if (node.id === id) {
      this.serving.request({ node: id, epoch, address: HERE }, request, epoch, offers.get(offer.name), now);
      return 'sent';
    }
    const { inflates, takesKiB, window } = node.abilities;
    const whole = this.send(node.address, request, inflates);
    if (whole === 'sent' || whole === 'no-json') return whole;
    const body = encodeBody(request, codec);
    if (body.length > takesKiB * KIB) return 'too-large';
    const deadline = after(now, transmission.leftMs);
    const begun = this.sender.begin(peerOf(node), 'request', request.callId, body, window, now, deadline);
    return begun ? 'blocks' : 'too-many';
  }

  /** In one datagram, if it fits. What an app hands over may be no JSON at all. */
  private send(to: Address, message: Message, inflates: boolean): 'sent' | 'large' | 'no-json' {
    try {
      return this.options.outbox.send(to, message, inflates) ? 'sent' : 'large';
    } catch {
      return 'no-json';
    }
  }

  private serve(from: Caller, request: Request, now: Instant): void {
    const { outbox, offers } = this.options;
    this.serving.request(from, request, outbox.identity.epoch, offers.get(request.service), now);
  }

  private reply(to: Caller, message: Response | Failure | Ack, limits: ReplyLimits): void {
    const { codec } = this.options;
    if (to.address === HERE) {
      this.ownAnswers.push(message);
      return;
    }
    const inflates = this.port.node(to.node)?.abilities.inflates ?? false;
    const whole = this.send(to.address, message, inflates);
    if (whole === 'sent' || message.type === 'ack') return;
    const { callId } = message;
    if (message.type === 'error') {
      this.refuse(to, callId, 'FAILED', ERRORS.FAILED);
    } else if (whole === 'no-json') {
      this.refuse(to, callId, 'FAILED', 'The result cannot be written as JSON: a cycle, a BigInt, or too deep.');
    } else {
      this.replyInBlocks(to, callId, encodeBody(message, codec), limits);
    }
  }

  private replyInBlocks(to: Caller, callId: number, body: Uint8Array, { takesKiB, window }: ReplyLimits): void {
    const deadline = after(this.now, this.options.config.callTimeoutMs);
    if (body.length > takesKiB * KIB)
      this.refuse(to, callId, 'TOO_LARGE', `The answer has ${body.length} bytes; the caller takes ${takesKiB} KiB.`);
    else if (!this.sender.begin(to, 'response', callId, body, window, this.now, deadline))
      // No room now. The caller asks again, and is answered from what is remembered.
      this.options.outbox.send(to.address, { type: 'ack', id: callId, kind: 'working', value: 0 });
  }

  private refuse(to: Caller, callId: number, code: ErrorCode, message: string): void {
    this.options.outbox.send(to.address, { type: 'error', callId, code, message });
  }

  private answered(header: Header, address: Address, message: Response | Failure, now: Instant): void {
    // The answer may overtake the last ACK of a large request.
    this.sender.stop(header.sender, message.callId);
    if (message.callId !== 0) this.calls.answered(header.sender, header.epoch, message, now);
    else if (message.type === 'error') this.refusedOutright(address, message);
  }

  /** A refusal that answers no call: it is about this node as a whole. */
  private refusedOutright(address: Address, { code, message }: Failure): void {
    if (code === 'PROTOCOL_MISMATCH')
      this.options.outbox.event({ type: 'protocol-mismatch', address, reason: message });
    this.port.count('refusals-received');
  }

  private whole(from: Caller, carries: 'request' | 'response', callId: number, body: Uint8Array): void {
    const message = decodeBody(carries, body, this.options.codec);
    if (typeof message === 'string') {
      this.port.count(`refused.${message}`);
      return;
    }
    if (message.type === 'request' && message.callId === callId) this.serve(from, message, this.now);
    else if (message.type === 'response' && message.callId === callId)
      this.calls.answered(from.node, from.epoch, message, this.now);
  }

  private refusalOf(code: 'TOO_LARGE' | 'BUSY'): string {
    const { takesKiB } = this.options.outbox.identity.abilities;
    return code === 'TOO_LARGE'
      ? `This node takes messages of at most ${takesKiB} KiB.`
      : `${this.options.config.maxTransfers} large messages are under way (\`maxTransfers\`).`;
  }
}

export interface Condition {
  readonly breaker: 'closed' | 'open' | 'half-open';
  /** Smoothed round trip, ms; undefined until a call was answered. */
  readonly rttMs: number | undefined;
  /** Tries in a row that got no answer. */
  readonly unanswered: number;
}

const peerOf = ({ id, epoch, address }: NodeRecord): Caller => ({ node: id, epoch, address });
