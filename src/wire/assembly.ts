/**
 * Announcements that come in numbered parts, put together again. A part of a newer epoch or generation
 * drops what was collected of the older one; one collection a node, and so many nodes. A service too large to be told
 * on to others is left out.
 *
 * @module
 */

import type { Codec } from './codec.ts';
import { MAX_SERVICES } from './limits.ts';
import type { Abilities, Epoch, NodeId, ServiceOffer } from './message.ts';
import { offerFits } from './parts.ts';

/** A part, or a whole announcement in one. */
export interface Part {
  readonly generation: number;
  readonly part: number;
  readonly parts: number;
  readonly abilities: Abilities;
  readonly intervalMs: number;
  readonly name: string;
  readonly services: readonly ServiceOffer[];
}

export type Announcement = Omit<Part, 'part' | 'parts'>;

interface Collection {
  readonly epoch: Epoch;
  readonly generation: number;
  readonly parts: (Part | undefined)[];
}

export class PartTable {
  private readonly limit: number;
  private readonly codec: Codec;
  private readonly collections = new Map<NodeId, Collection>();

  constructor(limit: number, codec: Codec) {
    this.limit = limit;
    this.codec = codec;
  }

  /** @returns the announcement once its last missing part is here. */
  add(node: NodeId, epoch: Epoch, said: Part): Announcement | undefined {
    const part = { ...said, services: said.services.filter((offer) => offerFits(offer, this.codec)) };
    if (part.parts === 1) {
      this.collections.delete(node);
      return part;
    }
    const collection = this.collectionFor(node, epoch, part);
    collection.parts[part.part] = part;
    const services = collection.parts.flatMap((piece) => piece?.services ?? []);
    const tooMany = services.length > MAX_SERVICES;
    if (!tooMany && collection.parts.includes(undefined)) return undefined;
    this.collections.delete(node);
    return tooMany ? undefined : { ...part, services };
  }

  drop(node: NodeId): void {
    this.collections.delete(node);
  }

  private collectionFor(node: NodeId, epoch: Epoch, part: Part): Collection {
    const known = this.collections.get(node);
    const same = known?.epoch === epoch && known.generation === part.generation && known.parts.length === part.parts;
    if (known !== undefined && same) return known;
    const oldest = this.collections.keys().next();
    if (known === undefined && this.collections.size >= this.limit && !oldest.done)
      this.collections.delete(oldest.value);
    const fresh: Collection = {
      epoch,
      generation: part.generation,
      parts: new Array<Part | undefined>(part.parts).fill(undefined),
    };
    this.collections.set(node, fresh);
    return fresh;
  }
}
