/**
 * What is wrong in the cluster itself, seen from outside: the second half of `tdos doctor`.
 *
 * @module
 */
import type { ClusterEvent } from '../core/model.ts';
import { bad, type Check, fine } from '../hosts/node/check.ts';
import type { NodeInfo } from '../os/os.ts';
import type { ClusterView } from './cluster.ts';
import { formatDuration } from './duration.ts';
import { outsiderText } from './outsiders.ts';

/**
 * The checks of a cluster.
 *
 * @param events - what was seen while looking.
 */
export function clusterChecks(view: ClusterView, events: readonly ClusterEvent[]): Check[] {
  const present = view.nodes.filter(({ state }) => state !== 'left');
  return [
    kernels(present),
    outsiders(events),
    ids(events),
    names(present),
    protocols(events),
    health(present),
    breakers(view),
    v1(present),
  ]
    .flat()
    .filter((check) => check !== undefined);
}

/** Where nobody answers. */
export const noClusterCheck = (where: string): Check =>
  fine('cluster', `No node answers on ${where}.`, 'Start one with `tdos up`, or name the network with --interface.');

function kernels(nodes: readonly NodeInfo[]): Check {
  const alive = nodes.filter(({ kernel, state }) => kernel && state === 'alive').map(({ node }) => node);
  const count = `${nodes.length} node${nodes.length === 1 ? '' : 's'}`;
  if (alive.length > 0) return fine('cluster', `${count}; kernel: ${alive.join(', ')}.`);
  return fine(
    'cluster',
    `${count}, and no kernel: each looks after itself, with more broadcasts.`,
    'Start one with `tdos kernel`.',
  );
}

/** Nodes that cannot be talked to for want of a common key. */
export const outsiders = (events: readonly ClusterEvent[]): Check[] =>
  events
    .filter((event) => event.type === 'outsider')
    .map((event) =>
      bad(
        'cluster key',
        'warning',
        `${outsiderText(event)}.`,
        'Two clusters on one network are fine, if that is meant.',
      ),
    );

function ids(events: readonly ClusterEvent[]): Check[] | Check {
  const seen = new Map<number, Set<string>>();
  for (const event of events) {
    if (event.type !== 'duplicate-id') continue;
    const addresses = seen.get(event.node) ?? new Set();
    for (const address of event.addresses) addresses.add(address);
    seen.set(event.node, addresses);
  }
  if (seen.size === 0) return fine('node ids', 'No two nodes have the same.');
  return [...seen].map(([id, addresses]) =>
    bad(
      'node ids',
      'error',
      `Two nodes have the id ${id.toString(16)}: ${[...addresses].join(', ')}.`,
      'The state of one was copied from the other. Delete it there, or give that node another --name.',
    ),
  );
}

function names(nodes: readonly NodeInfo[]): Check[] {
  const byName = Map.groupBy(
    nodes.filter(({ state }) => state !== 'dead'),
    ({ node }) => node,
  );
  return [...byName]
    .filter(([, group]) => group.length > 1)
    .map(([name, group]) =>
      bad(
        'node names',
        'warning',
        `${group.length} nodes are named ${name}: ${group.map(({ address }) => address).join(', ')}.`,
        `\`@${name}\` means any of them. Start one with another --name.`,
      ),
    );
}

function protocols(events: readonly ClusterEvent[]): Check[] | Check {
  const reasons = new Map<string, string>();
  for (const event of events) if (event.type === 'protocol-mismatch') reasons.set(event.address, event.reason);
  if (reasons.size === 0) return fine('protocol', 'All nodes that were heard share a version.');
  return [...reasons].map(([address, reason]) =>
    bad('protocol', 'error', `${address}: ${reason}.`, 'Install the same version of TDOS there.'),
  );
}

function health(nodes: readonly NodeInfo[]): Check[] {
  return nodes
    .filter(({ state }) => state === 'dead' || state === 'suspect')
    .map(({ node, state, address, heardMs }) =>
      bad(
        'health',
        'warning',
        `${node} (${address}) is ${state}: the last sign of life came ${formatDuration(heardMs)} ago.`,
        'See whether it has power and is on the network. It comes back by itself.',
      ),
    );
}

function breakers({ services }: ClusterView): Check[] {
  return services
    .filter(({ breaker }) => breaker !== 'closed')
    .map(({ service, node }) =>
      bad(
        'breakers',
        'warning',
        `${service} on ${node} failed too often.`,
        `\`tdos read ${service}@${node}\` says why.`,
      ),
    );
}

function v1(nodes: readonly NodeInfo[]): Check | undefined {
  const boards = nodes.filter((node) => node.v1).map(({ node }) => node);
  if (boards.length === 0) return undefined;
  return fine('original protocol', `Spoken by ${boards.join(', ')}: anybody on the network could forge what they say.`);
}
