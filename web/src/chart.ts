/**
 * A line over time with its band of least and greatest, drawn by uPlot in the colours of the page.
 *
 * @module
 */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Lines {
  /** Seconds since 1970. */
  readonly at: readonly number[];
  readonly average: readonly number[];
  /** Where a point stands for many values. */
  readonly least: readonly number[] | undefined;
  readonly greatest: readonly number[] | undefined;
}

const HEIGHT = 220;
/** Seconds that a chart spans at least. */
const LEAST_SPAN = 60;

export function draw(place: HTMLElement, unit: string): { update(lines: Lines): void; destroy(): void } {
  const make = (): uPlot => new uPlot(optionsOf(place, unit), [[], [], [], []], place);
  let chart = make();
  let last: Lines | undefined;
  const update = (lines: Lines): void => {
    last = lines;
    const empty = lines.at.map(() => null);
    chart.setData([
      [...lines.at],
      lines.least === undefined ? empty : [...lines.least],
      lines.greatest === undefined ? empty : [...lines.greatest],
      [...lines.average],
    ]);
  };
  const redraw = (): void => {
    chart.destroy();
    chart = make();
    if (last !== undefined) update(last);
  };
  const sizes = new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: HEIGHT }));
  sizes.observe(place);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', redraw);
  return {
    update,
    destroy() {
      sizes.disconnect();
      scheme.removeEventListener('change', redraw);
      chart.destroy();
    },
  };
}

function optionsOf(place: HTMLElement, unit: string): uPlot.Options {
  const style = getComputedStyle(place);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  const edge = { stroke: 'transparent', width: 0, points: { show: false } };
  return {
    width: place.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false },
    fmtDate: (template) => uPlot.fmtDate(template.replaceAll('{h}', '{HH}').replace(/ ?\{aa\}/g, '')),
    scales: { x: { range: (_, least, greatest) => [Math.min(least, greatest - LEAST_SPAN), greatest] } },
    series: [
      {},
      { ...edge, label: 'least' },
      { ...edge, label: 'greatest' },
      { label: unit, stroke: colour('--accent'), width: 2, points: { show: false } },
    ],
    bands: [{ series: [2, 1], fill: colour('--accent-faint') }],
    axes: [
      { ...axis, space: 70 },
      { ...axis, size: 52 },
    ],
  };
}
