/**
 * Which instances there are of each service: what calls choose from.
 *
 * @module
 */
import type { ServiceOffer } from '../../wire/message.ts';
import { likeOneOf } from '../alike.ts';
import type { Instance, NodeRecord } from '../model.ts';

/** Names of services. */
export interface Changes {
  readonly offered: readonly string[];
  readonly withdrawn: readonly string[];
}

/** What a node offers that has said nothing of it. */
export const NO_SERVICES: readonly ServiceOffer[] = [];

export class InstanceIndex {
  private readonly byService = new Map<string, readonly Instance[]>();

  /** Those of a service on every node; of all services without a name. */
  of(service?: string): readonly Instance[] {
    if (service !== undefined) return this.byService.get(service) ?? [];
    return [...this.byService.values()].flat();
  }

  /** The node offers that now, and nothing else. */
  set(node: NodeRecord, said: readonly ServiceOffer[]): Changes {
    const before = node.services;
    const services = this.likeKnown(said);
    node.services = services;
    for (const { name } of before) {
      const rest = this.of(name).filter((instance) => instance.node !== node);
      if (rest.length === 0) this.byService.delete(name);
      else this.byService.set(name, rest);
    }
    for (const offer of services) this.byService.set(offer.name, [...this.of(offer.name), { node, offer }]);
    return { offered: namesBeyond(services, before), withdrawn: namesBeyond(before, services) };
  }

  /** The same offers, or the same list of them, as another node has. */
  private likeKnown(said: readonly ServiceOffer[]): readonly ServiceOffer[] {
    const offers = said.map((offer) => likeOneOf(this.of(offer.name), (known) => known.offer, offer));
    const [first] = offers;
    return first === undefined ? NO_SERVICES : likeOneOf(this.of(first.name), ({ node }) => node.services, offers);
  }
}

function namesBeyond(offers: readonly ServiceOffer[], others: readonly ServiceOffer[]): readonly string[] {
  return offers.map(({ name }) => name).filter((name) => !others.some((other) => other.name === name));
}
