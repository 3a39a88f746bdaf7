/**
 * How much a cluster sends.
 *
 * @module
 */
import type { Cluster } from './cluster.ts';
import type { Stats } from './trial-model.ts';

/** Share of the time in which somebody sends, datagrams, and bytes, since the beginning. */
export function traffic(cluster: Cluster): Pick<Stats, 'airtime' | 'messages' | 'bytes'> {
  const { world } = cluster;
  let [airtimeMs, messages, bytes] = [0, 0, 0];
  for (const name of cluster.names()) {
    const sent = world.airtime(name);
    airtimeMs += sent.airtimeMs;
    messages += sent.unicasts + sent.broadcasts;
    bytes += sent.bytes;
  }
  return { airtime: airtimeMs / Math.max(1, world.now()), messages, bytes };
}
