/**
 * The way of a value since the page was opened, small and without axes. The number beside it says the rest.
 *
 * @module
 */
import type { Trail } from './model.ts';

const WIDTH = 120;
const HEIGHT = 34;
/** ms that it shows. */
const SPAN_MS = 90_000;

export function Sparkline({ trail }: { readonly trail: Trail }) {
  const end = trail.at(-1)?.[0] ?? 0;
  const points = trail.filter(([at]) => at > end - SPAN_MS);
  if (points.length < 2) return <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" />;
  const values = points.map(([, value]) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (at: number): number => WIDTH - ((end - at) / SPAN_MS) * WIDTH;
  const y = (value: number): number =>
    high === low ? HEIGHT / 2 : HEIGHT - 3 - ((value - low) / (high - low)) * (HEIGHT - 6);
  const path = points.map(
    ([at, value], index) => `${index === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`,
  );
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={path.join('')} />
    </svg>
  );
}
