/**
 * Somebody on the air who hears everything and says what he likes, from any address, but has no key: he repeats what was
 * said, to whom it was said and to others, before and after restarts; changes bits; sends things back; and invents things.
 *
 * What he repeats unchanged is some seconds old. Sooner, he may be the first who brings a datagram that the air had lost:
 * then he is a relay, and does no more than the air might have done.
 *
 * @module
 */
import { Random } from '../base/random.ts';
import { seedOf } from './hash.ts';
import type { Parcel } from './parcel.ts';
import type { World } from './world.ts';

/** ms between two deeds, on average. */
const PAUSE_MS = 15;
/** Datagrams that he remembers, drawn from all that he heard. */
const MEMORY = 2000;
/** ms after which he repeats one unchanged. */
const OLD_MS = 10_000;
const HOME = '10.66.6.6:666';
/** The header's sequence number; the first byte of the tag, from the end. */
const SEQUENCE_AT = 12;
const TAG_BYTES = 8;

interface Heard {
  readonly at: number;
  readonly parcel: Parcel;
  readonly to: string;
}

export class Attacker {
  /** What he sent. */
  deeds = 0;
  private readonly world: World;
  private readonly names: readonly string[];
  private readonly random: Random;
  private readonly memory: Heard[] = [];
  private heard = 0;

  /** @param names - of the machines that he knows of. */
  constructor(world: World, names: readonly string[]) {
    this.world = world;
    this.names = names;
    this.random = new Random(seedOf(`${world.seed}/attacker`));
    world.onDatagram = (parcel, to) => this.hear({ at: world.now(), parcel, to });
  }

  /** Goes on until that moment, ms. */
  start(untilMs: number): void {
    const { world } = this;
    const next = (): void => {
      if (world.now() >= untilMs) return;
      this.act();
      world.after(this.random.between(0, 2 * PAUSE_MS), next);
    };
    next();
  }

  /** Each datagram has the same chance to be remembered, however long it goes on. */
  private hear(heard: Heard): void {
    this.heard += 1;
    if (this.memory.length < MEMORY) this.memory.push(heard);
    else {
      const place = this.random.below(this.heard);
      if (place < MEMORY) this.memory[place] = heard;
    }
  }

  private act(): void {
    const { random, memory } = this;
    const heard = memory[random.below(Math.max(1, memory.length))];
    if (heard === undefined) return;
    const { parcel, to, at } = heard;
    const isOld = this.world.now() - at >= OLD_MS;
    const anybody = this.names[random.below(this.names.length)] ?? to;
    const from = random.below(2) === 0 ? parcel.from : HOME;
    const deed = random.below(6);
    if (deed < 2 && isOld) this.say(parcel, from, deed === 0 ? to : anybody, parcel.bytes);
    else if (deed === 2 && isOld) this.say(parcel, from, parcel.sender, parcel.bytes);
    else if (deed === 3) this.say(parcel, from, to, this.flipped(parcel.bytes));
    else if (deed === 4) this.say(parcel, from, to, this.renumbered(parcel.bytes));
    else if (deed === 5) this.say(parcel, from, anybody, this.invented(parcel.bytes));
  }

  private say(parcel: Parcel, from: string, to: string, bytes: Uint8Array): void {
    this.deeds += 1;
    this.world.inject(to, { from, door: parcel.door, bytes });
  }

  private flipped(bytes: Uint8Array): Uint8Array {
    const copy = bytes.slice();
    const bit = this.random.below(copy.length * 8);
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return copy;
  }

  /** The same, as if it were said next. */
  private renumbered(bytes: Uint8Array): Uint8Array {
    const copy = bytes.slice();
    if (copy.length >= SEQUENCE_AT + 4) {
      const view = new DataView(copy.buffer);
      view.setUint32(SEQUENCE_AT, view.getUint32(SEQUENCE_AT) + 1 + this.random.below(100));
    }
    return copy;
  }

  /** Another tag, drawn; sometimes all after the header. */
  private invented(bytes: Uint8Array): Uint8Array {
    const copy = bytes.slice();
    const from = this.random.below(4) === 0 ? Math.min(16, copy.length) : Math.max(0, copy.length - TAG_BYTES);
    for (let at = from; at < copy.length; at++) copy[at] = this.random.below(256);
    return copy;
  }
}
