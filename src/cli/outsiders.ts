/**
 * Nodes that cannot be talked to for want of a common key, as a person is told of them: who, and what to do.
 *
 * @module
 */
import type { ClusterEvent } from '../core/model.ts';
import type { Os } from '../os/os.ts';
import { printable } from './table.ts';

export type OutsiderEvent = Extract<ClusterEvent, { type: 'outsider' }>;

/** Nodes that are told of at most; a network of another cluster may have hundreds. */
const MAX_TOLD = 5;

/** What to do about the nodes that say so: the reasons of `core/trust/outsiders.ts`. */
const ADVICE: readonly (readonly [part: string, advice: string])[] = [
  ['and this node has none', '`tdos key join` takes it, and --open must go'],
  ['another cluster key', '`tdos key join` takes it'],
  ['has no cluster key', '`tdos key join` there takes yours; --open talks to it without one'],
];

/** `a node at 192.0.2.7:4001 uses another cluster key: `tdos key join` takes it`. */
export function outsiderText({ address, reason }: OutsiderEvent): string {
  const advice = ADVICE.find(([part]) => reason.includes(part))?.[1];
  return printable(`a node at ${address} ${reason}${advice === undefined ? '' : `: ${advice}`}`);
}

/** Collects those that are heard from now on, as long as the node is open. */
export function watchOutsiders(os: Os): readonly OutsiderEvent[] {
  const heard: OutsiderEvent[] = [];
  os.on((event) => {
    if (event.type === 'outsider' && heard.length < MAX_TOLD) heard.push(event);
  });
  return heard;
}
