import { describe, expect, it } from 'vitest';
import { defineService } from '../os/service.ts';
import { Cluster } from './cluster.ts';
import { isSeedResident, seedRules } from './seed-rules.ts';
import type { SeedResident } from './seed-station.ts';
import { Watch } from './watch.ts';
import { World } from './world.ts';

const HOUR = 3_600_000;

interface Stage {
  readonly world: World;
  readonly cluster: Cluster;
  readonly watch: Watch;
  kernel(): SeedResident;
}

/** Boards under the original's rules and one kernel. Each offers a service of its own name. */
async function stage(seed: number, nodes: number, loss: number): Promise<Stage> {
  const world = new World(seed, { radio: { loss, latencyMs: { median: 3, spread: 0.5 } } });
  const cluster = new Cluster(world, { nodes, kernels: 1, rules: seedRules, services: () => [], startWithinMs: 5000 });
  const watch = new Watch(cluster);
  await cluster.start();
  const kernel = (): SeedResident => {
    const resident = cluster.resident('k1');
    if (!isSeedResident(resident)) throw new Error('k1 is not up');
    return resident;
  };
  return { world, cluster, watch, kernel };
}

const known = ({ kernel }: Stage): string[] =>
  kernel()
    .nodes()
    .map(({ node }) => node)
    .sort();

describe('The rules of the original', () => {
  // An independent simulation of the same rules found these figures: ten node-days of ours come near.
  it.each([
    [0.1, 82],
    [0.2, 298],
  ])('call a board dead that lives as often as they should at a loss of %d: %d a node-day', async (loss, expected) => {
    const { world, watch } = await stage(1, 10, loss);
    await world.run(24 * HOUR);
    const { falseDeaths, nodeDays } = watch.results();
    const boardDays = (nodeDays * 10) / 11;
    expect(falseDeaths / boardDays / expected).toBeGreaterThan(0.85);
    expect(falseDeaths / boardDays / expected).toBeLessThan(1.15);
  });

  it('call nobody dead without loss', async () => {
    const { world, watch, ...rest } = await stage(2, 5, 0);
    await world.run(HOUR);
    expect(known({ world, watch, ...rest })).toEqual(['n1', 'n2', 'n3', 'n4', 'n5']);
    expect(watch.results().falseDeaths).toBe(0);
  });

  it('notice a death after 10 to 15 s, and know the board again when it announces itself', async () => {
    const here = await stage(3, 3, 0);
    await here.world.run(60_000);
    here.cluster.kill('n2');
    await here.world.run(20_000);
    expect(known(here)).toEqual(['n1', 'n3']);
    const { deadMs, unnoticed } = here.watch.results();
    expect([deadMs.length, unnoticed]).toEqual([1, 0]);
    expect(deadMs[0]).toBeGreaterThan(9_900);
    expect(deadMs[0]).toBeLessThanOrEqual(15_050);
    here.cluster.boot('n2');
    await here.world.run(1000);
    expect(known(here)).toEqual(['n1', 'n2', 'n3']);
  });

  it('read a service, try three times, and then remove it', async () => {
    const here = await stage(4, 2, 0);
    await here.world.run(40_000);
    const read: [number, boolean][] = [];
    const ask = (service: string) =>
      here.kernel().read(service, 1, (value) => read.push([Math.round(here.world.now()), value !== undefined]));
    const from = here.world.now();
    ask('n1');
    ask('nobody');
    await here.world.run(1000);
    here.cluster.machine('n2').hang();
    ask('n2');
    await here.world.run(7000);
    expect(read.map(([, isOk]) => isOk)).toEqual([true, false, false]);
    expect(read[2]?.[0]).toBe(from + 1000 + 6000);
    expect(here.kernel().removals).toEqual({ silence: 0, tries: 1 });
    expect(known(here)).toEqual(['n1']);
  });

  it('carry out a request again when its answer was lost', async () => {
    const here = await stage(5, 1, 0);
    await here.world.run(40_000);
    here.world.radio.cut('n1', 'k1');
    here.kernel().read('n1', 7, () => {});
    await here.world.run(3000);
    const board = here.cluster.resident('n1');
    expect(isSeedResident(board) && board.repeated).toBe(1);
  });

  it('give a name that two boards offer to the one that announced itself last, whose heartbeats alone count', async () => {
    const world = new World(7, { latencyMs: 3 });
    const services = () => [defineService({ name: 'temp_sensor', read: () => 1 })];
    const cluster = new Cluster(world, { nodes: 2, kernels: 1, rules: seedRules, services });
    await cluster.start();
    const holds = () => cluster.resident('k1')?.nodes().length;
    await world.run(40_000);
    cluster.kill('n2');
    await world.run(16_000);
    expect(holds()).toBe(0);
    await world.run(8000);
    expect(holds()).toBe(1);
  });

  it('leave nothing when they are closed', async () => {
    const { cluster } = await stage(6, 3, 0.1);
    expect(await cluster.stop()).toEqual([]);
  });
});
