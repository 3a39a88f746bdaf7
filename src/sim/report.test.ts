import { describe, expect, it } from 'vitest';
import { moment, percent, percentile, reportJson, reportRows } from './report.ts';
import { timelineHtml } from './timeline-html.ts';
import type { Stats, TrialOptions, TrialResult } from './trial-model.ts';

const options: TrialOptions = { seed: 7, nodes: 2, kernels: 1, readers: 0, forMs: 60_000, radio: {}, faults: 'none' };

const stats: Stats = {
  ...{ suspectMs: [1700], deadMs: [4100], falseDeaths: 1, nodeDays: 0.5, discoveryMs: 250, failoverMs: [] },
  calls: { ok: 98, failed: { UNAVAILABLE: 1, BUSY: 1 }, latenciesMs: [5, 7, 900] },
  ...{ airtime: 0.0125, messages: 43_200, bytes: 4_320_000 },
};

const result: TrialResult = {
  faults: [{ at: 20_000, kind: 'kill', node: 'n1', forMs: 20_000 }],
  violations: [{ at: 30_000, rule: 'views', detail: 'k1 holds <n1> for alive' }],
  stats,
  timeline: [
    { at: 0, node: 'k1', what: 'up' },
    { at: 0, node: 'n1', what: 'up' },
    { at: 20_000, node: 'n1', what: 'off' },
    { at: 21_700, node: 'k1', what: 'n1 is suspect: no sign of life for 1.8 s' },
    { at: 24_100, node: 'k1', what: 'n1 is dead: no answer' },
    { at: 40_000, node: 'n1', what: 'up' },
    { at: 40_100, node: 'k1', what: 'n1 is alive: ' },
  ],
  traceHash: '0123456789abcdef',
};

describe('A report', () => {
  it('has a row for each figure, with the original beside it', () => {
    const theirs = { ...stats, discoveryMs: undefined, deadMs: [], calls: { ok: 3, failed: {}, latenciesMs: [] } };
    expect(reportRows(stats, theirs)).toEqual([
      ['deaths noticed', '1', '0'],
      ['  suspected after', '1.70 s, 1.70 s, 1.70 s', '1.70 s, 1.70 s, 1.70 s'],
      ['  called dead after', '4.10 s, 4.10 s, 4.10 s', '-'],
      ['false deaths', '1 in 0.5 node-days', '1 in 0.5 node-days'],
      ['  a node-day', '2', '2'],
      ['all known after', '250 ms', 'not in time'],
      ['failover', '-', '-'],
      ['calls', '100, 98.0 % answered', '3, 100 % answered'],
      ['  BUSY', '1', '0'],
      ['  UNAVAILABLE', '1', '0'],
      ['  answered after', '7 ms, 900 ms, 900 ms', '-'],
      ['airtime used', '1.25 %', '1.25 %'],
      ['messages a node', '1 a second', '1 a second'],
      ['bytes a node', '100 a second', '100 a second'],
    ]);
  });

  it('says 100 % of all alone, and never of almost all', () => {
    expect([percent(0, 4), percent(1, 3), percent(9996, 10_000), percent(99_999_999, 100_000_000)]).toEqual([
      '0.0 %',
      '33.3 %',
      '99.96 %',
      'over 99.999 %',
    ]);
    expect(percent(7, 7)).toBe('100 %');
  });

  it('writes moments as a clock does', () => {
    expect([0, 20_456, 3_599_999, 86_399_900].map(moment)).toEqual(['0:00.0', '0:20.4', '59:59.9', '23:59:59.9']);
  });

  it('has stable keys for programs', () => {
    const json = reportJson(options, result);
    expect(Object.keys(json)).toEqual(
      'seed nodes kernels readers forMs radio callEveryMs calm open attacked faults violations traceHash tdos original'.split(
        ' ',
      ),
    );
    expect(json).toMatchObject({
      seed: 7,
      original: null,
      tdos: {
        ...{ detections: 1, deadMs: { count: 1, p50: 4100, p99: 4100, max: 4100 }, falseDeaths: 1, nodeDays: 0.5 },
        ...{ falseDeathsPerNodeDay: 2, discoveryMs: 250, airtime: 0.0125 },
        calls: { ok: 98, failed: { UNAVAILABLE: 1, BUSY: 1 }, latencyMs: { count: 3, p50: 7, p99: 900, max: 900 } },
        ...{ messagesPerNodeSecond: 1, bytesPerNodeSecond: 100 },
      },
    });
  });

  it('takes percentiles by rank', () => {
    expect([percentile([3, 1, 2], 0.5), percentile([3, 1, 2], 1), percentile([9], 0.01), percentile([], 0.5)]).toEqual([
      2,
      3,
      9,
      undefined,
    ]);
  });
});

describe('A timeline', () => {
  const html = timelineHtml(options, result);

  it('shows lives, doubts, detections, faults and what broke', () => {
    for (const [mark, count] of [
      ['class="up" x', 3],
      ['class="suspect" x', 1],
      ['class="dead" x', 1],
      ['class="detected" cx="', 2],
      ['class="fault"><path class="span"', 1],
      ['class="broken" d="M', 2],
    ] as const)
      expect([mark, html.split(mark).length - 1]).toEqual([mark, count]);
    expect(html).toContain('n1 held for suspect by k1: no sign of life for 1.8 s (0:21.7 to 0:24.1)');
    expect(html).toContain('0:20.0: kill n1 forMs 20000');
  });

  it('is one file that loads nothing, escapes what it is given, and knows light and dark', () => {
    expect(html).not.toMatch(/src=|href=|@import|<script/);
    expect(html).toContain('k1 holds &lt;n1&gt; for alive');
    expect(html).toContain('prefers-color-scheme:dark');
  });
});
