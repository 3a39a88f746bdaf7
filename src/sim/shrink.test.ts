import { describe, expect, it } from 'vitest';
import type { Fault } from './faults.ts';
import { type FixedTrial, shrink } from './shrink.ts';
import type { TrialOptions, TrialResult } from './trial-model.ts';

const kill = (at: number, node: string): Fault => ({ at, kind: 'kill', node });

const large: FixedTrial = {
  ...{ seed: 3, nodes: 6, kernels: 2, forMs: 20_000, radio: { loss: 0.2, reorder: 0.01 } },
  faults: [1, 2, 3, 4, 5, 6, 7, 8].map((number) => kill(1000 * number, `n${(number % 6) + 1}`)),
};

/** A world in which `breaks` says which trials fail, and when. */
const runOf =
  (breaks: (trial: FixedTrial) => number | undefined, runs: TrialOptions[] = []) =>
  async (trial: TrialOptions): Promise<TrialResult> => {
    runs.push(trial);
    const { faults } = trial;
    if (typeof faults === 'string') throw new Error('the faults are to be written out');
    const at = breaks({ ...trial, faults });
    const violations = at === undefined ? [] : [{ at, rule: 'views' as const, detail: 'they differ' }];
    const calls = { ok: 0, failed: {}, latenciesMs: [] };
    const times = { suspectMs: [], deadMs: [], failoverMs: [], discoveryMs: undefined };
    const stats = { ...times, calls, falseDeaths: 0, nodeDays: 0, airtime: 0, messages: 0, bytes: 0 };
    return { faults, violations, stats, timeline: [], traceHash: '' };
  };

describe('Shrinking', () => {
  it('leaves the two faults, the two nodes and the one property of the air without which nothing breaks', async () => {
    const runs: TrialOptions[] = [];
    const needs = (trial: FixedTrial): number | undefined => {
      const kills = (node: string): boolean => trial.faults.some((fault) => 'node' in fault && fault.node === node);
      return kills('n1') && kills('n2') && trial.radio.loss === 0.2 ? 7500 : undefined;
    };
    const { trial, violation, runs: count } = await shrink(large, 'views', { run: runOf(needs, runs) });
    expect(trial).toMatchObject({ seed: 3, nodes: 2, kernels: 0, forMs: 8000, radio: { loss: 0.2 } });
    expect(trial.faults.map((fault) => 'node' in fault && fault.node).sort()).toEqual(['n1', 'n2']);
    expect(violation.at).toBe(7500);
    expect(count).toBe(runs.length);
    expect(new Set(runs.map(({ seed }) => seed % 1_000_000))).toEqual(new Set([3]));
  });

  it('runs no more trials than it may', async () => {
    const runs: TrialOptions[] = [];
    await shrink(large, 'views', { run: runOf(() => 1000, runs), maxRuns: 4 });
    expect(runs.length).toBe(4);
  });

  it('refuses what breaks no rule, or another', async () => {
    await expect(shrink(large, 'views', { run: runOf(() => undefined) })).rejects.toThrow('Seed 3 does not break');
    await expect(shrink(large, 'once', { run: runOf(() => 1000) })).rejects.toThrow('`once`');
  });
});
