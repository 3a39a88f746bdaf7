/**
 * Carries requests and answers of any size: in one datagram where they fit, else in blocks, and never more than the
 * other side takes.
 *
 * A part of a message is never handed on: what comes in blocks is decoded once it is whole.
 *
 * @module
 */
import { ERRORS, type ErrorCode } from '../../base/errors.ts';
import { after, earliest, type Instant } from '../../base/time.ts';
import { decodeBody, encodeBody } from '../../wire/index.ts';
import type { Block, Bundled, Failure, Request, Response } from '../../wire/message.ts';
import type { NodeRecord, Unsent } from '../model.ts';
import { type Carriage, ForBlockReceiver, ForBlockSender } from './block-introductions.ts';
import { BlockReceiver } from './block-receiver.ts';
import { BlockSender } from './block-sender.ts';
import type { CarrierOptions, CarrierPort } from './carrier-port.ts';
import type { Caller, ReplyLimits } from './serving.ts';

const KIB = 1024;

/** What a peer takes counts for a message as it is, however small it travels. */
const inflatesBytes = (inflates: boolean, takesKiB: number): number => (inflates ? takesKiB * KIB : 0);

export class Carrier implements Carriage {
  readonly options: CarrierOptions;
  readonly port: CarrierPort;
  private readonly sender: BlockSender;
  private readonly receiver: BlockReceiver;
  /** The moment of the verb under way. */
  now: Instant;

  constructor(options: CarrierOptions, port: CarrierPort, now: Instant) {
    const { config, outbox } = options;
    this.options = options;
    this.port = port;
    this.now = now;
    this.sender = new BlockSender(config, new ForBlockSender(this));
    this.receiver = new BlockReceiver(config, outbox.identity.abilities.window, new ForBlockReceiver(this));
  }

  /** `together`: others wait for answers of that node too. */
  request(
    { id, epoch, address, abilities }: NodeRecord,
    request: Request,
    together: boolean,
    now: Instant,
  ): 'sent' | 'blocks' | Unsent {
    const to = { node: id, epoch, address, together: together && abilities.bundles === true };
    const whole = this.send(to, request, inflatesBytes(abilities.inflates, abilities.takesKiB));
    if (whole !== 'large') return whole;
    const body = encodeBody(request, this.options.codec);
    if (body.length > abilities.takesKiB * KIB) return 'too-large';
    const deadline = after(now, request.leftMs);
    const begun = this.sender.begin(to, 'request', request.callId, body, abilities.window, now, deadline);
    return begun ? 'blocks' : 'too-many';
  }

  /** `inflates`: the caller takes compressed bodies. */
  reply(to: Caller, message: Response | Failure, limits: ReplyLimits, inflates: boolean, now: Instant): void {
    const { callId } = message;
    const whole = this.send(to, message, inflatesBytes(inflates, limits.takesKiB));
    if (whole === 'sent') return;
    if (message.type === 'error') this.refuse(to, callId, 'FAILED', ERRORS.FAILED);
    else if (whole === 'no-json')
      this.refuse(to, callId, 'FAILED', 'The result cannot be written as JSON: a cycle, a BigInt, or too deep.');
    else this.replyInBlocks(to, callId, encodeBody(message, this.options.codec), limits, now);
  }

  /** Blocks of that message came before. */
  knows(from: Pick<Caller, 'node' | 'epoch'>, block: Block): boolean {
    return this.receiver.knows(from, block);
  }

  /** A block came in. */
  block(from: Caller, block: Block, now: Instant): void {
    this.now = now;
    this.receiver.block(from, block, this.options.outbox.identity.abilities.takesKiB * KIB, now);
  }

  /** An ACK of a block came in. */
  acknowledged(from: Caller, callId: number, value: number, now: Instant): void {
    this.now = now;
    this.sender.acknowledged(from, callId, value, now);
  }

  /** That node did not take what was sent to it, but will now. */
  again(node: number): void {
    this.sender.again(node);
  }

  /** The call is answered: the rest of its request need not be sent. */
  stop(to: number, callId: number): void {
    this.sender.stop(to, callId);
  }

  nextWake(): Instant | undefined {
    return earliest(this.sender.nextWake(), this.receiver.nextWake());
  }

  advance(now: Instant): void {
    this.now = now;
    this.sender.advance(now);
    this.receiver.advance(now);
  }

  /** In one datagram, if it fits. What an app hands over may be no JSON at all. */
  private send({ node, address, together }: Caller, message: Bundled, inflates: number): 'sent' | 'large' | 'no-json' {
    const { outbox } = this.options;
    try {
      if (together && outbox.hold(node, address, message)) return 'sent';
      return outbox.send(node, address, message, inflates) ? 'sent' : 'large';
    } catch {
      return 'no-json';
    }
  }

  private replyInBlocks(
    to: Caller,
    callId: number,
    body: Uint8Array,
    { takesKiB, window }: ReplyLimits,
    now: Instant,
  ): void {
    const deadline = after(now, this.options.config.callTimeoutMs);
    if (body.length > takesKiB * KIB)
      this.refuse(to, callId, 'TOO_LARGE', `The answer has ${body.length} bytes; the caller takes ${takesKiB} KiB.`);
    else if (!this.sender.begin(to, 'response', callId, body, window, now, deadline))
      // No room now. The caller asks again, and is answered from what is remembered.
      this.options.outbox.send(to.node, to.address, { type: 'ack', id: callId, kind: 'working', value: 0 });
  }

  /** A message that came in blocks is here. */
  whole(from: Caller, carries: 'request' | 'response', callId: number, body: Uint8Array): void {
    const message = decodeBody(carries, body, this.options.codec);
    if (typeof message === 'string') this.port.count(`refused.${message}`);
    else if (message.type === 'request' && message.callId === callId) this.port.request(from, message, this.now);
    else if (message.type === 'response' && message.callId === callId) this.port.response(from, message, this.now);
  }

  /** Says why nothing of a message is taken. */
  refuse(to: Caller, callId: number, code: ErrorCode, message: string): void {
    this.options.outbox.send(to.node, to.address, { type: 'error', callId, code, message });
  }
}
