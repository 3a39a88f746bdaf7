/**
 * Faults on purpose: buttons that only a simulated cluster has.
 *
 * @module
 */
import { useState } from 'preact/hooks';
import { beginFault, endFault, told } from './api.ts';
import type { State } from './model.ts';
import { useLive } from './store.ts';

const selectFaults = (state: State) => state.faults;
const selectSession = (state: State) => state.session;

const FAULTS = [
  { words: 'Cut its power', order: { kind: 'kill' } },
  { words: 'Hang it for 20 s', order: { kind: 'hang', forMs: 20_000 } },
  { words: 'Cut its link for 20 s', order: { kind: 'cut', forMs: 20_000 } },
  { words: 'Lose half for 30 s', order: { kind: 'loss', loss: 0.5, forMs: 30_000 } },
  { words: 'Reboot it', order: { kind: 'reboot' } },
] as const;

function useFaults(): { readonly problem: string; act(run: () => Promise<unknown>): Promise<void> } {
  const [problem, setProblem] = useState('');
  return {
    problem,
    async act(run) {
      try {
        await run();
        setProblem('');
      } catch (error) {
        setProblem(told(error));
      }
    },
  };
}

export function FaultButtons({ node }: { readonly node: string }) {
  const { problem, act } = useFaults();
  return (
    <>
      <div class="buttons">
        {FAULTS.map(({ words, order }) => (
          <button key={words} type="button" onClick={() => act(() => beginFault({ ...order, node }))}>
            {words}
          </button>
        ))}
      </div>
      <ActiveFaults node={node} />
      <p class="bad" role="status">
        {problem}
      </p>
    </>
  );
}

function ActiveFaults({ node }: { readonly node?: string }) {
  const { act } = useFaults();
  const active = useLive(selectFaults).filter((fault) => node === undefined || fault.node === node);
  if (active.length === 0) return null;
  return (
    <ul class="active-faults">
      {active.map(({ id, text }) => (
        <li key={id}>
          {text}
          <button type="button" onClick={() => act(() => endFault(id))} aria-label={`End: ${text}`}>
            End
          </button>
        </li>
      ))}
    </ul>
  );
}

/** For the whole of a simulated cluster, on its first view. */
export function FaultBar() {
  const { problem, act } = useFaults();
  const mayWrite = useLive(selectSession)?.role === 'write';
  return (
    <section class="card fault-bar" aria-label="Simulated cluster">
      <p>
        <strong>This cluster is simulated.</strong>{' '}
        <span class="quiet">Open a node to cut its power, hang it, or cut its link.</span>
      </p>
      {mayWrite && (
        <button type="button" onClick={() => act(() => beginFault({ kind: 'loss', loss: 0.3, forMs: 30_000 }))}>
          Lose 30 % everywhere for 30 s
        </button>
      )}
      <ActiveFaults />
      {problem !== '' && <p class="bad">{problem}</p>}
    </section>
  );
}
