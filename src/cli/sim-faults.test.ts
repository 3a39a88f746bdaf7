import { expect, test } from 'vitest';
import { Cluster } from '../sim/cluster.ts';
import { World } from '../sim/world.ts';
import { SimFaults } from './sim-faults.ts';

async function setUp() {
  const cluster = new Cluster(new World(1), { nodes: 2, readers: 1 });
  await cluster.start();
  const faults = new SimFaults(cluster, 'r1');
  cluster.onFault = (fault, phase) => faults.noted(fault, phase);
  const told: string[] = [];
  faults.onChange((what, node) => told.push(`${what} (${node})`));
  return { cluster, faults, told };
}

test('a fault that is begun goes on until it is ended, or ends by itself', async () => {
  const { cluster, faults, told } = await setUp();
  faults.begin({ kind: 'kill', node: 'n1' });
  faults.begin({ kind: 'hang', node: 'n2', forMs: 1000 });
  expect(faults.active()).toEqual([
    { id: 1, kind: 'kill', text: 'n1 is without power', node: 'n1' },
    { id: 2, kind: 'hang', text: 'n2 stands still, for 1 s', node: 'n2' },
  ]);
  expect([cluster.machine('n1').state, cluster.machine('n2').state]).toEqual(['dead', 'hung']);
  await cluster.world.run(1500);
  expect(faults.active().map(({ id }) => id)).toEqual([1]);
  faults.end(1);
  await cluster.world.run(500);
  expect(faults.active()).toEqual([]);
  expect([cluster.machine('n1').state, cluster.machine('n2').state]).toEqual(['running', 'running']);
  expect(told).toEqual([
    'fault begins: n1 is without power (n1)',
    'fault begins: n2 stands still, for 1 s (n2)',
    'fault ends: n2 stands still, for 1 s (n2)',
    'fault ends: n1 is without power (n1)',
  ]);
});

test('loss is everywhere or at one node, and a cut link is mended when it is ended', async () => {
  const { cluster, faults } = await setUp();
  faults.begin({ kind: 'loss', loss: 0.3, forMs: 1000 });
  faults.begin({ kind: 'cut', node: 'n1' });
  expect(cluster.world.radio.options.loss).toBe(0.3);
  for (const { id } of faults.active()) faults.end(id);
  expect(cluster.world.radio.options.loss).toBe(0);
});

test('what makes no sense is refused in words', async () => {
  const { faults } = await setUp();
  expect(() => faults.begin({ kind: 'kill' })).toThrow('say to which');
  expect(() => faults.begin({ kind: 'kill', node: 'n9' })).toThrow('There is no node n9');
  expect(() => faults.begin({ kind: 'hang', node: 'r1' })).toThrow('You look through r1');
  expect(() => faults.end(7)).toThrow('No fault 7 goes on');
});
