/**
 * What those who send and receive blocks ask, and who answers it.
 *
 * @module
 */
import type { ErrorCode } from '../../base/errors.ts';
import type { Instant } from '../../base/time.ts';
import type { Ack, Block, NodeId } from '../../wire/message.ts';
import { Introduction } from '../introduction.ts';
import type { BlockReceiverPort, BlockSource } from './block-receiver.ts';
import type { BlockSenderPort, Peer } from './block-sender.ts';
import type { CarrierOptions, CarrierPort } from './carrier-port.ts';

/** The carrier, as blocks see it. */
export interface Carriage {
  readonly options: CarrierOptions;
  readonly port: CarrierPort;
  readonly now: Instant;
  refuse(to: BlockSource, callId: number, code: ErrorCode, message: string): void;
  whole(from: BlockSource, carries: Block['carries'], callId: number, body: Uint8Array): void;
}

export class ForBlockSender extends Introduction<Carriage> implements BlockSenderPort {
  send({ node, address }: Peer, block: Block): void {
    this.parts.options.outbox.send(node, address, block);
  }

  waitMs(node: NodeId): number {
    return this.parts.port.waitMs(node);
  }

  done(to: Peer, carries: Block['carries'], callId: number): void {
    this.ended(to, carries, callId, true);
  }

  failed(to: Peer, carries: Block['carries'], callId: number): void {
    this.ended(to, carries, callId, false);
  }

  private ended(to: Peer, carries: Block['carries'], callId: number, through: boolean): void {
    const { port, now } = this.parts;
    if (carries === 'request') port.transferred(callId, to.node, through, now);
  }
}

export class ForBlockReceiver extends Introduction<Carriage> implements BlockReceiverPort {
  acknowledge({ node, address }: BlockSource, ack: Ack): void {
    this.parts.options.outbox.send(node, address, ack);
  }

  refuse(from: BlockSource, _carries: Block['carries'], callId: number, code: 'TOO_LARGE' | 'BUSY'): void {
    const { config, outbox } = this.parts.options;
    const why =
      code === 'TOO_LARGE'
        ? `This node takes messages of at most ${outbox.identity.abilities.takesKiB} KiB.`
        : `${config.maxTransfers} large messages are under way (\`maxTransfers\`).`;
    this.parts.refuse(from, callId, code, why);
  }

  whole(from: BlockSource, carries: Block['carries'], callId: number, body: Uint8Array): void {
    this.parts.whole(from, carries, callId, body);
  }

  repeated(from: BlockSource, carries: Block['carries'], callId: number): boolean {
    const { port, now } = this.parts;
    return carries === 'response' || port.repeated(from, callId, now);
  }
}
