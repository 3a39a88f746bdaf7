// Who thinks what of whom, for scenes in which all must come to think alike.

import type { Station } from '../lan.ts';

/** One line a node that is known and has not left: its name, what it offers and how it is. */
export const viewOf = (station: Station): string[] =>
  [...station.endpoint.nodes()]
    .filter(({ state }) => state !== 'left')
    .map(({ id, name, epoch, generation, state, services }) => {
      const offers = services.map(({ name: service, version }) => `${service} ${version}`).sort();
      return `${name} ${id} epoch ${epoch} generation ${generation} ${state}: ${offers.join(', ')}`;
    })
    .sort();

/** The view without what only a silent observer lacks: itself. */
export const agree = (stations: readonly Station[]): boolean => {
  const [first, ...others] = stations.map((station) => viewOf(station).join('\n'));
  return others.every((view) => view === first);
};

export const services = (station: Station, service: string): string[] =>
  station.endpoint
    .instances(service)
    .map(({ node }) => node.name)
    .sort();
