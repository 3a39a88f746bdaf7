/**
 * Health as a mark that tells states apart by shape, not by colour alone, with its word for who cannot see it.
 *
 * @module
 */
import type { NodeView } from './model.ts';

export function StateMark({ state, word = false }: { readonly state: NodeView['state']; readonly word?: boolean }) {
  return (
    <span class={`state ${state}`}>
      <span class={`dot ${state}`} aria-hidden="true" />
      <span class={word ? undefined : 'hidden'}>{state}</span>
    </span>
  );
}

export function QualityMark({ quality }: { readonly quality: string }) {
  const words: Readonly<Record<string, string>> = {
    live: 'live',
    sibling: 'from a sibling',
    stale: 'last known',
    none: 'no value',
  };
  return <span class={`quality ${quality}`}>{words[quality] ?? quality}</span>;
}
