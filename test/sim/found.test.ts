/** Worlds in which a rule was broken once. */
import { expect, test } from 'vitest';
import { runTrial } from '../../src/sim/trial.ts';

test('Two kernels that were apart, and heard a node at moments 100 ms apart, do not contradict each other without end', async () => {
  // Without latency: what does not end, ends the world.
  const shape = { seed: 795416669, nodes: 3, kernels: 2, readers: 1, forMs: 18_000, callEveryMs: 100, radio: {} };
  const partition = { at: 17_137, kind: 'partition', groups: [['k2', 'n1', 'n2', 'n4']], forMs: 6766 } as const;
  const { violations } = await runTrial({ ...shape, faults: [partition] }, { until: 'any' });
  expect(violations).toEqual([]);
});
