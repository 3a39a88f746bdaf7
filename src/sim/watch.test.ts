import { describe, expect, it } from 'vitest';
import { Cluster } from './cluster.ts';
import type { Fault } from './faults.ts';
import { Watch, type Watched } from './watch.ts';
import { World } from './world.ts';

async function watched(...faults: Fault[]): Promise<Watched> {
  const cluster = new Cluster(new World(1), { nodes: 3, kernels: 1 });
  const watch = new Watch(cluster);
  await cluster.start();
  cluster.schedule(faults);
  await cluster.world.run(86_400);
  return watch.results();
}

describe('A watch', () => {
  it('takes the time from a death to suspicion and to certainty', async () => {
    const { suspectMs, deadMs, ...rest } = await watched({ at: 10_000, kind: 'kill', node: 'n2' });
    expect([suspectMs.length, deadMs.length]).toEqual([1, 1]);
    expect(suspectMs[0]).toBeLessThan(2500);
    expect(deadMs[0]).toBeLessThan(5000);
    expect(rest).toMatchObject({ unnoticed: 0, falseDeaths: 0 });
    expect(rest.nodeDays).toBeCloseTo((3 * 86.4 + 10) / 86_400, 5);
  });

  it('counts a death that nobody noticed before the node was back', async () => {
    const results = await watched({ at: 10_000, kind: 'kill', node: 'n2', forMs: 500 });
    expect(results).toMatchObject({ suspectMs: [], deadMs: [], unnoticed: 1, falseDeaths: 0 });
  });

  it('counts no goodbye as a death', async () => {
    const results = await watched({ at: 10_000, kind: 'leave', node: 'n2', forMs: 30_000 });
    expect(results).toMatchObject({ suspectMs: [], deadMs: [], unnoticed: 0, falseDeaths: 0 });
  });

  it('counts who is called dead for bad air, and not who hangs', async () => {
    const deafening: Fault = { at: 10_000, kind: 'loss', loss: 1, node: 'n2', forMs: 20_000 };
    expect(await watched(deafening)).toMatchObject({ falseDeaths: 1, unnoticed: 0 });
    expect(await watched({ ...deafening, kind: 'hang', node: 'n2', forMs: 20_000 })).toMatchObject({ falseDeaths: 0 });
  });
});
