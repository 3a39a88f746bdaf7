/**
 * What a scene claims about views, held against what the nodes see.
 *
 * @module
 */
import type { Os } from '../os/os.ts';
import type { PeerState } from '../wire/message.ts';
import type { Claim, SeenState } from './scene-model.ts';
import { nodeInWords } from './scene-words.ts';

/** What speaks against the claim, in words; nothing when it holds. */
export function faultsOf(claim: Claim, os: (name: string) => Os): string[] {
  if (claim.is === 'agree') return disagreements(claim.observers, os);
  return claim.observers.flatMap((observer) => {
    const nodes = os(observer).nodes();
    return claim.views.flatMap(({ node, state }) => {
      const states = nodes.filter((known) => known.node === node).map((known) => known.state);
      if (states.length === 0) return state === 'unknown' ? [] : [`${observer} does not know ${node}`];
      return states.some((seen) => isAs(seen, state)) ? [] : [`${observer} sees ${node} ${states.join(' and ')}`];
    });
  });
}

function disagreements(observers: readonly string[], os: (name: string) => Os): string[] {
  const views = observers.map((observer) =>
    os(observer)
      .nodes()
      .map((node) => `  epoch ${node.epoch} ${nodeInWords(node)}`)
      .join('\n'),
  );
  const other = views.findIndex((view) => view !== views[0]);
  return other < 0 ? [] : [`${observers[0]} sees\n${views[0]}\nand ${observers[other]} sees\n${views[other]}`];
}

const isAs = (seen: PeerState, state: SeenState): boolean =>
  seen === state || (state === 'living' && (seen === 'alive' || seen === 'suspect'));
