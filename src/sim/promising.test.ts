import { expect, test } from 'vitest';
import { pause } from '../os/pause.ts';
import { defineService } from '../os/service.ts';
import { Cluster } from './cluster.ts';
import { promisingClock } from './promising.ts';
import { World } from './world.ts';

test('Operations answer by promises at once, and after a pause to the millisecond, where the world awaits nothing', async () => {
  const world = new World(1, { latencyMs: 2 });
  const cluster = new Cluster(world, {
    ...{ nodes: 1, kernels: 1, readers: 1 },
    services: (_name, machine, role) =>
      role === 'node'
        ? [
            defineService({
              name: 'lab',
              ops: {
                soon: { safe: false, run: async () => 'soon' },
                later: { safe: true, run: () => pause(promisingClock(machine), 15).then(() => 'later') },
              },
            }),
          ]
        : [],
  });
  await cluster.start();
  await world.run(1000);
  const lab = await world.finish(cluster.os('r1').open('lab'), 100);
  const took = async (op: string): Promise<unknown[]> => {
    const begun = world.now();
    return [await world.finish(lab.call(op), 1000), world.now() - begun];
  };
  expect(await took('soon')).toEqual(['soon', 4]);
  expect(await took('later')).toEqual(['later', 19]);
  expect(cluster.machine('n1').awaits).toBe(false);
});
