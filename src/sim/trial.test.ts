import { describe, expect, it } from 'vitest';
import type { Fault } from './faults.ts';
import { runTrial } from './trial.ts';
import { faultsOf } from './trial-faults.ts';
import { namesOf, type TrialOptions } from './trial-model.ts';

const options: TrialOptions = {
  ...{ seed: 5, nodes: 3, kernels: 1, forMs: 12_000 },
  ...{ radio: { loss: 0.1 }, faults: 'drawn' },
};

describe('A trial', () => {
  it('is the same, line for line, each time its seed is played, and another with another seed', async () => {
    const lines: string[][] = [];
    const play = (seed: number) => {
      const trace: string[] = [];
      lines.push(trace);
      return runTrial({ ...options, seed }, { onTrace: (line) => trace.push(line) });
    };
    const [first, again, other] = [await play(5), await play(5), await play(6)];
    expect(lines[1]).toEqual(lines[0]);
    expect(again).toEqual(first);
    expect(other.traceHash).not.toBe(first.traceHash);
  });

  it('tells its faults before it begins, and plays them alike when they are given', async () => {
    let told: readonly Fault[] = [];
    const drawn = await runTrial(options, { onFaults: (faults) => (told = faults) });
    expect(told).toEqual(faultsOf(options));
    expect(drawn.faults).toEqual(told);
    const given = await runTrial({ ...options, faults: JSON.parse(JSON.stringify(told)) });
    expect(given.traceHash).toBe(drawn.traceHash);
  });

  it('draws a fault for each minute of a long calm trial, so that there are deaths to measure', () => {
    const counts = (forMs: number, calm: boolean): number[] =>
      [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => faultsOf({ ...options, seed, forMs, calm }).length);
    for (const calm of [true, false]) {
      expect(Math.min(...counts(60_000, calm))).toBeGreaterThanOrEqual(1);
      expect(Math.max(...counts(60_000, calm))).toBeLessThanOrEqual(8);
    }
    expect(new Set(counts(3_600_000, true))).toEqual(new Set([60]));
    expect(new Set(counts(86_400_000, true))).toEqual(new Set([100]));
    expect(Math.max(...counts(3_600_000, false))).toBeLessThanOrEqual(8);
  });

  it('measures what calls, deaths and the air were like', async () => {
    const { violations, stats } = await runTrial({
      ...{ seed: 1, nodes: 3, kernels: 1, forMs: 12_000, radio: {} },
      faults: [{ at: 3000, kind: 'kill', node: 'n2' }],
    });
    expect(violations).toEqual([]);
    expect(stats.suspectMs.map((ms) => ms <= 2500)).toEqual([true]);
    expect(stats.deadMs.map((ms) => ms <= 5000)).toEqual([true]);
    expect(stats.discoveryMs).toBeLessThan(1000);
    expect(stats.falseDeaths).toBe(0);
    expect(stats.calls.ok).toBeGreaterThan(100);
    expect(stats.calls.latenciesMs.length).toBe(stats.calls.ok);
    expect(stats.airtime).toBeGreaterThan(0);
    expect(stats.bytes).toBeGreaterThan(stats.messages * 20);
    expect(stats.nodeDays).toBeCloseTo((5 * 26 - 23) / 86_400, 3);
  });

  const once: Record<string, TrialOptions> = {
    'a server runs nothing again that waited in its socket while it stood still': {
      ...{ seed: 92, nodes: 1, kernels: 0, forMs: 9000, radio: {} },
      faults: [{ at: 7119, kind: 'hang', node: 'n1', forMs: 9578 }],
    },
    'a follower of one kernel takes no old word of another for news': {
      ...{ seed: 878, nodes: 5, kernels: 2, forMs: 14_000, callEveryMs: 40 },
      radio: { loss: 0.05, latencyMs: { median: 3, spread: 0.5 }, duplicate: 0.001 },
      faults: [
        { at: 6628, kind: 'kill', node: 'k1', forMs: 8378 },
        { at: 12_087, kind: 'cut', node: 'k2', forMs: 5913 },
      ],
    },
  };
  for (const [what, trial] of Object.entries(once))
    it(`breaks no rule where one was broken: ${what}`, async () => {
      expect((await runTrial(trial)).violations).toEqual([]);
    });

  it('names its nodes by what they are', () => {
    expect(namesOf({ nodes: 2, kernels: 1 })).toEqual(['k1', 'n1', 'n2', 'r1']);
  });
});
