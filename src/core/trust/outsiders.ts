/**
 * Nodes that cannot be talked to because they have another key, or none where this one has: people are told, now and
 * then, since such a node sees nothing but silence.
 *
 * @module
 */
import { after, type Instant } from '../../base/time.ts';
import type { Address, Refusal } from '../../wire/message.ts';
import { Timers } from '../timers.ts';

/** ms between two words about one address. */
const AGAIN_MS = 60_000;
/** Addresses that are told of at once. Anybody can forge more. */
const MAX_TOLD = 16;

const WORDS: Partial<Readonly<Record<Refusal, string>>> = {
  'other-key': 'uses another cluster key',
  'bad-seal': 'sends datagrams whose seal is broken: it has another cluster key, or somebody changes them',
  'not-sealed': 'has no cluster key',
  sealed: 'has a cluster key, and this node has none',
};

export class Outsiders {
  private readonly told = new Timers<Address>();

  /** What to tell of a datagram from there that was refused; undefined when there is nothing new to tell. */
  heard(refusal: Refusal, from: Address, now: Instant): string | undefined {
    const words = WORDS[refusal];
    if (words === undefined) return undefined;
    this.told.due(now);
    if (this.told.at(from) !== undefined || this.told.size >= MAX_TOLD) return undefined;
    this.told.set(from, after(now, AGAIN_MS));
    return words;
  }
}
