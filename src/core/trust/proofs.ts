/**
 * Which messages prove that their sender hears this node now: those that echo what it said some seconds ago at most.
 *
 * @module
 */
import type { Instant } from '../../base/time.ts';
import type { Codec } from '../../wire/codec.ts';
import type { Address, Epoch, Header, Message, NodeId } from '../../wire/message.ts';
import { Nonces } from './nonces.ts';

export interface ProofsPort {
  /** This node sent that sequence number some seconds ago at most. */
  sentLately(sequence: number): boolean;
  /** A call of this node waits for an answer of that node. */
  awaits(callId: number, node: NodeId): boolean;
  /** The epoch of this node. */
  ownEpoch(): Epoch;
}

export class Proofs {
  private readonly port: ProofsPort;
  private readonly nonces: Nonces;

  /**
   * @param secret - of this start, unknown to all who have no key.
   * @param limit - questions kept in each of two generations.
   */
  constructor(secret: Uint8Array, codec: Codec, limit: number, port: ProofsPort) {
    this.port = port;
    this.nonces = new Nonces(secret, codec, limit);
  }

  /** A question went out whose answer proves who gives it; to everybody: 0. */
  asked(nonce: number, node: NodeId): void {
    this.nonces.ask(nonce, node);
  }

  /** Some seconds have passed. */
  age(): void {
    this.nonces.age();
  }

  /**
   * The nonce of a challenge to the sender of that datagram.
   * @param proof - the sequence number of the last proof of that epoch; 0 for none.
   */
  challengeFor({ sender: node, epoch }: Header, address: Address, proof: number, now: Instant): number {
    return this.nonces.challengeFor({ node, epoch, address, proof }, now);
  }

  /** What is sent to everybody proves nothing: it may have been meant for another. */
  holds(header: Header, message: Message, from: Address, proof: number, now: Instant): boolean {
    if (!header.addressed) return false;
    const { port, nonces } = this;
    const { sender } = header;
    switch (message.type) {
      case 'ack':
        if (message.kind === 'working' || message.kind === 'block') return port.awaits(message.id, sender);
        if (message.kind === 'vouched') return nonces.answers(message.id, sender);
        return (
          this.answersChallenge(header, message, from, proof, now) ||
          (nonces.answers(message.id, sender) && port.sentLately(message.value))
        );
      case 'announce':
      case 'welcome':
        return nonces.answers(message.nonce, sender) || port.sentLately(message.nonce);
      case 'challenge':
        return port.sentLately(message.sequence) && message.epoch >= port.ownEpoch();
      case 'response':
      case 'error':
      case 'block':
        return port.awaits(message.callId, sender);
      case 'bundle':
        return message.messages.some((one) => this.holds(header, one, from, proof, now));
      default:
        return false;
    }
  }

  /** It names the nonce, and the number of the challenge: in time, an old answer might meet one of them by chance, never both. */
  answersChallenge(
    { sender: node, epoch, addressed }: Header,
    message: Message,
    from: Address,
    proof: number,
    now: Instant,
  ): boolean {
    if (!addressed || message.type !== 'ack' || message.kind !== 'alive') return false;
    if (!this.port.sentLately(message.value)) return false;
    const who = { node, epoch, address: from, proof };
    return this.nonces.answersChallenge(message.id, who, now);
  }
}
