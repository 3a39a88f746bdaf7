import { describe, expect, it } from 'vitest';
import { pause } from '../os/pause.ts';
import { Cluster, type ClusterOptions } from './cluster.ts';
import type { Resident } from './resident.ts';
import { World } from './world.ts';

async function started(options: ClusterOptions = {}, seed = 1): Promise<Cluster> {
  const cluster = new Cluster(new World(seed, { latencyMs: 2 }), options);
  await cluster.start();
  await cluster.world.run(2000);
  return cluster;
}

const statesAt = (cluster: Cluster, name: string): Record<string, string> =>
  Object.fromEntries((cluster.resident(name)?.nodes() ?? []).map(({ node, state }) => [node, state]));

describe('Cluster', () => {
  it('boots boards, kernels and readers that know each other', async () => {
    const cluster = await started({ nodes: 2, kernels: 1, readers: 1, startWithinMs: 500 });
    expect(cluster.names()).toEqual(['k1', 'n1', 'n2', 'r1']);
    expect(cluster.names('node')).toEqual(['n1', 'n2']);
    expect(cluster.roleOf('r1')).toBe('reader');
    expect(statesAt(cluster, 'k1')).toEqual({ k1: 'alive', n1: 'alive', n2: 'alive', r1: 'alive' });
    expect(statesAt(cluster, 'r1')).toEqual({ k1: 'alive', n1: 'alive', n2: 'alive', r1: 'alive' });
    expect(await cluster.world.finish(cluster.os('r1').read('temp_sensor@n2'), 100)).toMatchObject({ unit: '°C' });
    expect(cluster.complaints).toEqual([]);
  });

  it('loses what is killed, sees off what leaves, and takes both back', async () => {
    const cluster = await started();
    const lives: string[] = [];
    cluster.onLife = (node, change) => lives.push(`${node} ${change}`);
    cluster.kill('n1');
    cluster.kill('n1');
    cluster.leave('n2');
    await cluster.world.run(8000);
    expect(statesAt(cluster, 'k1')).toEqual({ k1: 'alive', n1: 'dead', n2: 'left', n3: 'alive' });
    expect(() => cluster.os('n1')).toThrow('n1 is not up (seed 1)');
    cluster.boot('n1');
    cluster.boot('n2');
    cluster.boot('n3');
    await cluster.world.run(2000);
    expect(statesAt(cluster, 'k1')).toEqual({ k1: 'alive', n1: 'alive', n2: 'alive', n3: 'alive' });
    expect(lives).toEqual(['n1 off', 'n2 off', 'n1 up', 'n2 up']);
    expect(cluster.machine('n1').life).toBe(1);
  });

  it('forgets a life that ends before its boot is over', async () => {
    const cluster = await started();
    const lives: string[] = [];
    cluster.onLife = (node, change) => lives.push(`${node} ${change}`);
    cluster.kill('n1');
    cluster.boot('n1');
    cluster.kill('n1');
    cluster.boot('n1');
    await cluster.world.run(2000);
    expect(lives).toEqual(['n1 off', 'n1 off', 'n1 up']);
    expect(cluster.machine('n1').life).toBe(2);
    expect(statesAt(cluster, 'k1')).toMatchObject({ n1: 'alive' });
    expect(cluster.complaints).toEqual([]);
  });

  it('tells every event with the node that told it', async () => {
    const cluster = new Cluster(new World(1), { nodes: 1 });
    const told: string[] = [];
    cluster.onEvent = (node, event) => told.push(`${node}: ${event.type}`);
    await cluster.start();
    await cluster.world.run(1000);
    expect(told).toContain('k1: node');
    expect(told).toContain('k1: service');
  });

  it('lets a node sleep unsuspected, and wakes it in time', async () => {
    const cluster = await started();
    cluster.sleep('n1', 20_000);
    await cluster.world.run(15_000);
    expect(cluster.machine('n1').state).toBe('asleep');
    expect(statesAt(cluster, 'k1')).toMatchObject({ n1: 'alive' });
    await cluster.world.run(10_000);
    expect(cluster.machine('n1').state).toBe('running');
    expect(statesAt(cluster, 'k1')).toMatchObject({ n1: 'alive' });
  });

  it('runs programs by the time of their machine, anew in each life', async () => {
    const cluster = await started({ readers: 1 });
    const beats: string[] = [];
    cluster.program('r1', 'beat', async (os, signal) => {
      const life = cluster.machine('r1').life;
      while (await pause(os.clock, 1000, signal)) beats.push(`${life} ${cluster.world.now()}`);
    });
    cluster.machine('r1').drift(2);
    await cluster.world.run(1100);
    cluster.kill('r1');
    await cluster.world.run(5000);
    cluster.boot('r1');
    await cluster.world.run(600);
    expect(beats).toEqual(['0 2500', '0 3000', '1 8600']);
    expect(await cluster.stop()).toEqual([]);
  });

  it('says what is left when all is closed', async () => {
    const cluster = await started();
    const { clock } = cluster.os('n1');
    clock.timer(clock.now(), () => clock.timer(clock.now(), () => undefined));
    clock.timer((clock.now() + 60_000) as never, () => undefined);
    expect(await cluster.stop()).toEqual(['n1 has 1 timers']);
    expect(cluster.names().filter((name) => cluster.resident(name) !== undefined)).toEqual([]);
  });

  it('boots other rules behind the same interface', async () => {
    const closed: string[] = [];
    const rules = async (_: unknown, { name }: { name: string }): Promise<Resident> => ({
      name,
      nodes: () => [{ node: name, state: 'alive' }],
      on: () => () => undefined,
      close: async () => void closed.push(name),
    });
    const cluster = await started({ nodes: 1, rules });
    expect(statesAt(cluster, 'n1')).toEqual({ n1: 'alive' });
    expect(() => cluster.os('n1')).toThrow('n1 is not up');
    expect(await cluster.stop()).toEqual([]);
    expect(closed).toEqual(['k1', 'n1']);
  });
});
