/**
 * Why a resource gives what it gives: asked by a button, and by itself as soon as something is wrong with it. The answer is
 * of one moment, and says so.
 *
 * @module
 */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { type ExplanationView, told, whyOf } from './api.ts';
import { clock } from './words.ts';

interface WhyProps {
  readonly resource: string;
  /** Something is wrong with it: it is asked at once. */
  readonly trouble: boolean;
}

type Asked =
  | { readonly state: 'not' | 'asking' }
  | { readonly state: 'answered'; readonly at: number; readonly answer: ExplanationView }
  | { readonly state: 'failed'; readonly message: string };

export function Why({ resource, trouble }: WhyProps) {
  const [asked, setAsked] = useState<Asked>({ state: 'not' });
  const ask = useCallback(async () => {
    setAsked({ state: 'asking' });
    try {
      setAsked({ state: 'answered', answer: await whyOf(resource), at: Date.now() });
    } catch (error) {
      setAsked({ state: 'failed', message: told(error) });
    }
  }, [resource]);
  useEffect(() => {
    if (trouble) void ask();
  }, [trouble, ask]);
  return (
    <section class="card" aria-labelledby="why-title">
      <div class="card-head">
        <h2 id="why-title">Why</h2>
        <button type="button" disabled={asked.state === 'asking'} onClick={() => void ask()}>
          {asked.state === 'not' ? 'Find out' : 'Ask again'}
        </button>
      </div>
      <div aria-live="polite">
        {asked.state === 'not' && <p class="quiet">Tries it, asks the kernels, and says what is the matter.</p>}
        {asked.state === 'asking' && <p class="quiet">Trying it…</p>}
        {asked.state === 'failed' && <p class="why">{asked.message}</p>}
        {asked.state === 'answered' && <Answer answer={asked.answer} at={asked.at} />}
      </div>
    </section>
  );
}

function Answer({ answer, at }: { readonly answer: ExplanationView; readonly at: number }) {
  return (
    <>
      {answer.findings.map(({ what, since, because, history }) => (
        <div class="finding" key={what}>
          <p>
            <strong>{what}</strong>
            {since > 0 && ` since ${clock(since)}`}
            {because === '' ? '.' : `: ${because}${/[.!?]$/.test(because) ? '' : '.'}`}
          </p>
          <ul class="quiet">
            {history.map((deed) => (
              <li key={`${deed.at} ${deed.text}`}>
                <time>{clock(deed.at)}</time> {deed.text}
              </li>
            ))}
          </ul>
        </div>
      ))}
      {answer.notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
      <p class="quiet">As of {clock(at)}.</p>
    </>
  );
}
