/**
 * Cluster events in words, for whoever shows them: a terminal, a page, a log. What events hold comes from the network; who
 * shows it makes it harmless for where it is shown.
 *
 * @module
 */
import type { ClusterEvent } from '../core/model.ts';
import type { NodeId } from '../wire/message.ts';

/** The node's name, or its id where it is not known any more. */
export type NameOf = (id: NodeId) => string;

/** Looks names up in what is known now. */
export function namesOf(nodes: () => readonly { readonly node: string; readonly nodeId: NodeId }[]): NameOf {
  return (id) => nodes().find(({ nodeId }) => nodeId === id)?.node ?? `node ${id.toString(16)}`;
}

const STATES = { alive: 'is here', suspect: 'is suspect', dead: 'is dead', left: 'left' } as const;

/** What happened, as one sentence without its full stop. */
export function sentenceOf(event: ClusterEvent, nameOf: NameOf): string {
  switch (event.type) {
    case 'node': {
      const isBack = event.state === 'alive' && event.was !== undefined;
      return `${event.name} ${isBack ? 'is back' : STATES[event.state]}${because(event.reason)}`;
    }
    case 'service':
      return `${event.name} ${event.change === 'offered' ? 'offers' : 'no longer offers'} ${event.service}`;
    case 'breaker':
      return `the breaker of ${event.service} on ${nameOf(event.node)} is ${event.state}${because(event.reason)}`;
    case 'failover':
      return `${event.service}: ${nameOf(event.to)} takes over from ${nameOf(event.from)}${because(event.reason)}`;
    case 'duplicate-id':
      return `two nodes have the id ${event.node.toString(16)}: ${event.addresses.join(' and ')}; give one another --name`;
    case 'protocol-mismatch':
      return `${event.address} speaks another protocol: ${event.reason}`;
    case 'outsider':
      return `a node at ${event.address} ${event.reason}`;
    case 'kernel':
      return event.change === 'joined' ? `${event.name} is the kernel now` : `the kernel ${event.name} is lost`;
    case 'self-doubt':
      return `this node doubts itself${because(event.reason)}`;
  }
}

const because = (reason: string): string => (reason === '' ? '' : `: ${reason}`);

/** False for what only says that the cluster comes together as it should. */
export function isRemarkable(event: ClusterEvent): boolean {
  if (event.type === 'node') return event.was !== undefined || event.state !== 'alive';
  return event.type !== 'service' && !(event.type === 'kernel' && event.change === 'joined');
}
