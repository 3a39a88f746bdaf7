/**
 * What may be sent to those who have proved nothing: little. All together they get no more bytes than they send, each only so
 * often, and all so often a second. So nobody can use a node to multiply what he sends, whomever he seems to be.
 *
 * @module
 */
import type { Instant } from '../../base/time.ts';
import type { Address, NodeId } from '../../wire/message.ts';
import type { Config } from '../config.ts';
import { Pace } from './pace.ts';

/** ms between two answers to one. */
const AGAIN_MS = 50;
/** Bytes that they get before they sent any, and what is kept of theirs for later answers: a few datagrams. */
const FIRST_BYTES = 512;
const MAX_BYTES = 4096;

export class Strangers {
  /** By who seems to have sent something, and from where. */
  private readonly pace: Pace<string>;
  private bytes = FIRST_BYTES;

  constructor({ challengesPerSecond, maxNodes }: Config, now: Instant) {
    this.pace = new Pace(challengesPerSecond, AGAIN_MS, maxNodes, now);
  }

  /** Bytes that may go to them now. */
  get credit(): number {
    return this.bytes;
  }

  /** One of them sent so many bytes. */
  heard(bytes: number): void {
    this.bytes = Math.min(this.bytes + bytes, MAX_BYTES);
  }

  /** So many bytes went to one of them. */
  told(bytes: number): void {
    this.bytes -= bytes;
  }

  /** Whether an answer of so many bytes may go there now; if so, it counts as sent. */
  mayTell(node: NodeId, address: Address, bytes: number, now: Instant): boolean {
    if (this.bytes < bytes || !this.pace.allows(`${node} ${address}`, now)) return false;
    this.told(bytes);
    return true;
  }
}
