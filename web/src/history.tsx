/**
 * How a value went: since the page was opened, or from the storage. The drawing itself is loaded when it is first needed.
 *
 * @module
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { type HistoryView, historyOf, Refusal, told } from './api.ts';
import type { Lines } from './chart.ts';
import type { State, Trail } from './model.ts';
import { useLive } from './store.ts';

const selectTrails = (state: State) => state.trails;

const SPANS = [
  { words: 'Since opened', ms: 0 },
  { words: '1 hour', ms: 3_600_000 },
  { words: '1 day', ms: 86_400_000 },
  { words: '30 days', ms: 30 * 86_400_000 },
] as const;
/** ms between two looks into the storage. */
const AGAIN_MS = 10_000;

interface Props {
  readonly service: string;
  readonly node: string;
  /** `service@node id` */
  readonly id: string;
  readonly unit: string;
}

export function HistoryChart({ service, node, id, unit }: Props) {
  const [spanMs, setSpan] = useState(0);
  const [stored, setStored] = useState<HistoryView | undefined>();
  const [problem, setProblem] = useState('');
  const trail = useLive(selectTrails).get(id) ?? [];
  useEffect(() => {
    setStored(undefined);
    setProblem('');
    if (spanMs === 0) return;
    let isOver = false;
    const look = async (): Promise<void> => {
      try {
        const found = await historyOf(service, node, spanMs);
        if (isOver) return;
        setStored(found);
        setProblem('');
      } catch (error) {
        if (!isOver) setProblem(problemOf(error));
      }
    };
    void look();
    const timer = setInterval(look, AGAIN_MS);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [service, node, spanMs]);
  const lines = spanMs === 0 ? ofTrail(trail) : ofHistory(stored);
  return (
    <div class="history">
      <div class="spans" role="group" aria-label="How far back">
        {SPANS.map(({ words, ms }) => (
          <button key={words} type="button" aria-pressed={ms === spanMs} onClick={() => setSpan(ms)}>
            {words}
          </button>
        ))}
      </div>
      {problem !== '' ? <p class="why">{problem}</p> : <Chart lines={lines} unit={unit} />}
      <p class="quiet" role="status">
        {problem === '' && aboutOf(lines, unit, spanMs === 0 ? undefined : stored)}
      </p>
    </div>
  );
}

const problemOf = (error: unknown): string =>
  error instanceof Refusal && error.code === 'NO_STORAGE'
    ? 'No node stores readings, so there is nothing older than this page. To store them: npx tdos storage'
    : told(error);

const ofTrail = (trail: Trail): Lines => ({
  at: trail.map(([at]) => at / 1000),
  average: trail.map(([, value]) => value),
  least: undefined,
  greatest: undefined,
});

function ofHistory(stored: HistoryView | undefined): Lines {
  const points = stored?.series.flatMap((series) => series.points).sort((a, b) => a[0] - b[0]) ?? [];
  return {
    at: points.map(([at]) => at / 1000),
    average: points.map(([, average]) => average),
    least: points.map(([, , least]) => least),
    greatest: points.map(([, , , greatest]) => greatest),
  };
}

/** The chart in words. */
function aboutOf({ at, average, least, greatest }: Lines, unit: string, stored: HistoryView | undefined): string {
  if (at.length === 0)
    return stored === undefined ? 'Waiting for values…' : `Nothing stored in this time on ${stored.storage}.`;
  const low = Math.min(...(least ?? average));
  const high = Math.max(...(greatest ?? average));
  const from = stored === undefined ? '' : `, from ${stored.storage}`;
  return `${at.length} points between ${low.toFixed(1)} and ${high.toFixed(1)} ${unit}${from}`;
}

function Chart({ lines, unit }: { readonly lines: Lines; readonly unit: string }) {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<{ update(lines: Lines): void; destroy(): void } | undefined>(undefined);
  const latest = useRef(lines);
  latest.current = lines;
  useEffect(() => {
    let isOver = false;
    void import('./chart.ts').then(({ draw }) => {
      if (isOver || place.current === null) return;
      drawn.current = draw(place.current, unit);
      drawn.current.update(latest.current);
    });
    return () => {
      isOver = true;
      drawn.current?.destroy();
      drawn.current = undefined;
    };
  }, [unit]);
  useEffect(() => drawn.current?.update(lines));
  return <div class="chart" ref={place} aria-hidden="true" />;
}
