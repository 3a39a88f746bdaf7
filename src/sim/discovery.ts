/**
 * Whether all know all, at the beginning.
 *
 * @module
 */
import type { Cluster } from './cluster.ts';

/** ms until the next look at who knows whom: often at first, so that the moment is known to a few hundredths. */
export const discoveryLookMs = (now: number): number => Math.min(250, Math.max(5, 0.02 * now));

/** Every kernel and reader knows every board. */
export function knowsAll(cluster: Cluster): boolean {
  const boards = cluster.names('node');
  return [...cluster.names('kernel'), ...cluster.names('reader')].every((name) => {
    const known = new Set(
      cluster
        .resident(name)
        ?.nodes()
        .map(({ node, state }) => (state === 'dead' ? '' : node)),
    );
    return boards.every((board) => known.has(board));
  });
}
