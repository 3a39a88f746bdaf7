// The time of day in a cluster: machines that have a clock, boards that have none, and kernels whose clock is set late.

import { expect, test } from 'vitest';
import { Cluster } from '../../src/sim/cluster.ts';
import { WIFI } from '../../src/sim/radio.ts';
import { World } from '../../src/sim/world.ts';

const MINUTE_MS = 60_000;

async function clusterOf(kernels: number, clockless: readonly string[]): Promise<{ world: World; cluster: Cluster }> {
  const world = new World(7, { radio: WIFI });
  const cluster = new Cluster(world, { nodes: 2, kernels });
  for (const name of clockless) cluster.habits(name, { knowsTime: false });
  await cluster.start();
  await world.run(3000);
  return { world, cluster };
}

/** ms by which a node's clock is wrong. undefined: it has no time to show. */
function wrong(world: World, cluster: Cluster, name: string): number | undefined {
  const shown = cluster.os(name).clock.wallClock();
  return shown === 0 ? undefined : Math.abs(shown - world.wallClock());
}

test('A board without a clock shows the time of its kernel, also after a day, and after the kernel is gone', async () => {
  const { world, cluster } = await clusterOf(1, ['n1']);
  expect(wrong(world, cluster, 'n1')).toBeLessThan(100);
  await world.run(24 * 60 * MINUTE_MS);
  expect(wrong(world, cluster, 'n1')).toBeLessThan(100);
  cluster.kill('k1');
  await world.run(MINUTE_MS);
  expect(wrong(world, cluster, 'n1')).toBeLessThan(100);
  await cluster.stop();
}, 60_000);

test('Without anybody who knows it, nobody shows a time, and a kernel tells none', async () => {
  const { world, cluster } = await clusterOf(1, ['k1', 'n1']);
  expect([wrong(world, cluster, 'n1'), wrong(world, cluster, 'k1'), wrong(world, cluster, 'n2')]).toEqual([
    undefined,
    undefined,
    0,
  ]);
  await cluster.stop();
});

test('A kernel whose clock is set while it runs tells the time from then on, as a Raspberry Pi that found a time server', async () => {
  const { world, cluster } = await clusterOf(1, ['k1', 'n1']);
  cluster.habits('k1', { knowsTime: true });
  await world.run(15_000);
  expect(wrong(world, cluster, 'k1')).toBe(0);
  expect(wrong(world, cluster, 'n1')).toBeLessThan(100);
  await cluster.stop();
});

test('A kernel without a clock goes by another, and passes on no time that it only heard', async () => {
  const { world, cluster } = await clusterOf(2, ['k2', 'n1']);
  expect(wrong(world, cluster, 'k2')).toBeLessThan(100);
  for (const name of ['k1', 'n1']) cluster.kill(name);
  await world.run(1000);
  cluster.boot('n1');
  await world.run(10_000);
  // Its only kernel now is one that knows the time by hearsay.
  expect(wrong(world, cluster, 'n1')).toBeUndefined();
  expect(wrong(world, cluster, 'k2')).toBeLessThan(100);
  await cluster.stop();
});
