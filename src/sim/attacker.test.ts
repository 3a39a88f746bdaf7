import { expect, test } from 'vitest';
import { Attacker } from './attacker.ts';
import { Cluster } from './cluster.ts';
import { trialOf } from './search.ts';
import { runTrial } from './trial.ts';
import { World } from './world.ts';

async function attack(sealed: boolean): Promise<{ deeds: number; said: string[]; counters: Record<string, number> }> {
  const world = new World(5, { sealed });
  const cluster = new Cluster(world, { nodes: 3 });
  await cluster.start();
  const said: string[] = [];
  const attacker = new Attacker(world, cluster.names());
  const inject = world.inject.bind(world);
  world.inject = (to, parcel) => {
    said.push(`${to} ${parcel.from}`);
    inject(to, parcel);
  };
  attacker.start(world.now() + 30_000);
  await world.run(40_000);
  const counters = { ...cluster.os('k1').counters() };
  await cluster.stop();
  return { deeds: attacker.deeds, said, counters };
}

test('He sends often, under his own address and those of others, and to everybody', async () => {
  const { deeds, said } = await attack(true);
  expect(deeds).toBeGreaterThan(1000);
  expect(new Set(said.map((line) => line.split(' ')[0]))).toEqual(new Set(['k1', 'n1', 'n2', 'n3']));
  expect(said.filter((line) => line.endsWith(' 10.66.6.6:666')).length).toBeGreaterThan(deeds / 4);
});

test('What he sends is refused for its seal and for its age, and each refusal is counted', async () => {
  const { counters } = await attack(true);
  for (const reason of ['bad-seal', 'replayed'])
    expect([reason, (counters[`refused.${reason}`] ?? 0) > 20]).toEqual([reason, true]);
});

test('Worlds drawn to be attacked are sealed, unless they are to be open', () => {
  const seeds = Array.from({ length: 100 }, (_, seed) => seed);
  expect(seeds.filter((seed) => trialOf(seed).open === true).length).toBeGreaterThan(3);
  expect(seeds.filter((seed) => trialOf(seed, { attacked: true }).open === true)).toEqual([]);
  expect(trialOf(1, { attacked: true, open: true })).toMatchObject({ attacked: true, open: true });
});

test('No rule is broken in sealed worlds under attack', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { violations } = await runTrial(trialOf(seed, { attacked: true }), { until: 'any' });
    expect([seed, violations]).toEqual([seed, []]);
  }
}, 120_000);
