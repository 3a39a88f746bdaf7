/**
 * What a trial found, as rows for a table and as JSON with keys that stay: TDOS and, where it was run too, the rules of
 * the original in the same world.
 *
 * @module
 */
import type { Stats, TrialOptions, TrialResult } from './trial-model.ts';

/** A line of the table: what, and how it was with TDOS and with the original's rules. */
export type ReportRow = readonly [what: string, tdos: string, original: string];

/** The value below which `share` of the values lie; undefined when there are none. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** The table at the end of `tdos sim`, for 80 columns. Three times stand for many: see `LEGEND`. */
export function reportRows(ours: Stats, theirs?: Stats): ReportRow[] {
  const row = (what: string, text: (stats: Stats) => string): ReportRow => [
    what,
    text(ours),
    theirs === undefined ? '' : text(theirs),
  ];
  const codes = new Set(
    [ours, ...(theirs === undefined ? [] : [theirs])].flatMap(({ calls }) => Object.keys(calls.failed)),
  );
  return [
    row('deaths noticed', ({ deadMs }) => String(deadMs.length)),
    row('  suspected after', ({ suspectMs }) => spread(suspectMs)),
    row('  called dead after', ({ deadMs }) => spread(deadMs)),
    row('false deaths', ({ falseDeaths, nodeDays }) => `${falseDeaths} in ${round(nodeDays)} node-days`),
    row('  a node-day', ({ falseDeaths, nodeDays }) => round(falseDeaths / Math.max(nodeDays, 1e-9))),
    row('all known after', ({ discoveryMs }) => (discoveryMs === undefined ? 'not in time' : time(discoveryMs))),
    row('failover', ({ failoverMs }) => spread(failoverMs)),
    row('calls', ({ calls }) => callText(calls)),
    ...[...codes].sort().map((code) => row(`  ${code}`, ({ calls }) => String(calls.failed[code] ?? 0))),
    row('  answered after', ({ calls }) => spread(calls.latenciesMs)),
    row('airtime used', ({ airtime }) => `${round(100 * airtime)} %`),
    row('messages a node', ({ messages, nodeDays }) => `${perSecond(messages, nodeDays)} a second`),
    row('bytes a node', ({ bytes, nodeDays }) => `${perSecond(bytes, nodeDays)} a second`),
  ];
}

/** What three times in a row mean. */
export const LEGEND = 'Times: the median, what 99 % stay below, and the longest.';

/** The same for programs. */
export function reportJson(options: TrialOptions, result: TrialResult, theirs?: Stats): object {
  const { faults, violations, stats, traceHash } = result;
  const { seed, nodes, kernels, readers = 1, forMs, radio, callEveryMs = null } = options;
  const { calm = false, open = false, attacked = false } = options;
  return {
    ...{
      seed,
      nodes,
      kernels,
      readers,
      forMs,
      radio,
      callEveryMs,
      calm,
      open,
      attacked,
      faults,
      violations,
      traceHash,
    },
    tdos: statsJson(stats),
    original: theirs === undefined ? null : statsJson(theirs),
  };
}

function statsJson(stats: Stats): object {
  const { suspectMs, deadMs, falseDeaths, nodeDays, discoveryMs, failoverMs, calls, airtime, messages, bytes } = stats;
  const nodeSeconds = Math.max(1, nodeDays * 86_400);
  return {
    ...{ detections: deadMs.length, suspectMs: percentiles(suspectMs), deadMs: percentiles(deadMs) },
    ...{ falseDeaths, nodeDays, falseDeathsPerNodeDay: falseDeaths / Math.max(nodeDays, 1e-9) },
    ...{ discoveryMs: discoveryMs ?? null, failoverMs: percentiles(failoverMs) },
    calls: { ok: calls.ok, failed: calls.failed, latencyMs: percentiles(calls.latenciesMs) },
    ...{ airtime, messagesPerNodeSecond: messages / nodeSeconds, bytesPerNodeSecond: bytes / nodeSeconds },
  };
}

const percentiles = (values: readonly number[]): object => ({
  count: values.length,
  p50: percentile(values, 0.5) ?? null,
  p99: percentile(values, 0.99) ?? null,
  max: percentile(values, 1) ?? null,
});

const perSecond = (count: number, nodeDays: number): string => round(count / Math.max(1, nodeDays * 86_400));

/** `1.90 s, 2.40 s, 2.45 s`. */
function spread(values: readonly number[]): string {
  if (values.length === 0) return '-';
  return [0.5, 0.99, 1].map((share) => time(percentile(values, share) ?? 0)).join(', ');
}

function callText({ ok, failed }: Stats['calls']): string {
  const all = Object.values(failed).reduce((sum, count) => sum + count, ok);
  return all === 0 ? 'none' : `${all}, ${percent(ok, all)} answered`;
}

/** A share with as many digits as it takes: `100 %` is said of all alone. */
export function percent(part: number, all: number): string {
  for (const digits of [1, 2, 3]) {
    const text = ((100 * part) / all).toFixed(digits);
    if (!text.startsWith('100')) return `${text} %`;
  }
  return part === all ? '100 %' : 'over 99.999 %';
}

/** `0.4 ms`, `12 ms`, `3.42 s`. */
export function time(ms: number): string {
  if (ms < 1000) return `${round(ms)} ms`;
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** Three digits. */
export function round(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return '0';
  if (value >= 100) return value.toFixed(0);
  return String(Number(value.toPrecision(3)));
}

/** A moment of a trial, to the second: `0:20`, `1:05:00`. */
export function clock(ms: number): string {
  const two = (count: number): string => String(Math.floor(count) % 60).padStart(2, '0');
  const [minutes, hours] = [ms / 60_000, Math.floor(ms / 3_600_000)];
  return hours === 0 ? `${Math.floor(minutes)}:${two(ms / 1000)}` : `${hours}:${two(minutes)}:${two(ms / 1000)}`;
}

/** To the tenth: `0:20.4`. */
export const moment = (ms: number): string => `${clock(ms)}.${Math.floor(ms / 100) % 10}`;
