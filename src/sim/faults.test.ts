import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../base/random.ts';
import { Cluster } from './cluster.ts';
import { drawFaults, type Fault, describe as inWords } from './faults.ts';
import { World } from './world.ts';

async function play(faults: readonly Fault[], look: (cluster: Cluster) => unknown, everyMs = 1000, forMs = 4000) {
  const cluster = new Cluster(new World(1), { nodes: 2 });
  await cluster.start();
  cluster.schedule(faults);
  const seen: unknown[] = [];
  for (let at = 0; at < forMs; at += everyMs) {
    await cluster.world.run(everyMs);
    seen.push(look(cluster));
  }
  return seen;
}

describe('A fault', () => {
  it('switches off and on, hangs and resumes, for as long as it is told', async () => {
    const faults: Fault[] = [
      { at: 500, kind: 'kill', node: 'n1', forMs: 2000 },
      { at: 500, kind: 'hang', node: 'n2', forMs: 1000 },
      { at: 3500, kind: 'reboot', node: 'n1' },
    ];
    const look = (cluster: Cluster) =>
      ['n1', 'n2'].map((name) => `${cluster.machine(name).state} ${cluster.machine(name).life}`).join(', ');
    expect(await play(faults, look)).toEqual([
      'dead 0, hung 0',
      'dead 0, running 0',
      'running 1, running 0',
      'running 2, running 0',
    ]);
  });

  it('parts the network and heals it', async () => {
    const faults: Fault[] = [
      { at: 500, kind: 'partition', groups: [['n1']], forMs: 1000 },
      { at: 500, kind: 'cut', from: 'n2', to: 'k1' },
      { at: 1500, kind: 'cut', node: 'n2', forMs: 1000 },
      { at: 2500, kind: 'mend', from: 'n2', to: 'k1' },
    ];
    const look = ({ world }: Cluster) =>
      [world.radio.connects('n1', 'k1'), world.radio.connects('n2', 'k1')].map(Number).join('');
    const plugs = await play(faults, (cluster) => cluster.machine('n2').isPlugged);
    expect(await play(faults, look)).toEqual(['00', '10', '11', '11']);
    expect(plugs).toEqual([true, false, true, true]);
  });

  it('changes the air, a clock, an ear and habits, and takes all of it back', async () => {
    const lasting = { at: 500, forMs: 1000 };
    const faults: Fault[] = [
      { ...lasting, kind: 'loss', loss: 0.5 },
      { ...lasting, kind: 'air', radio: { duplicate: 1 }, node: 'n1' },
      { ...lasting, kind: 'deaf', node: 'n1' },
      { ...lasting, kind: 'drift', node: 'n1', rate: 2 },
      { ...lasting, kind: 'habits', node: 'n1', habits: { queue: 1 } },
    ];
    const clocks: number[] = [];
    const look = (cluster: Cluster) => {
      const { isDeaf, habits } = cluster.machine('n1');
      clocks.push(cluster.machine('n1').now() - cluster.world.now());
      return [cluster.world.radio.options.loss, isDeaf, habits.queue];
    };
    expect(await play(faults, look, 1000, 3000)).toEqual([
      [0.5, true, 1],
      [0, false, 64],
      [0, false, 64],
    ]);
    expect(clocks).toEqual([500, 1000, 1000]);
  });

  it('that overlaps another of its kind ends with the last of them', async () => {
    const long = { at: 500, forMs: 4000 };
    const short = { at: 1500, forMs: 1000 };
    const faults: Fault[] = [
      { ...long, kind: 'loss', loss: 0.5 },
      { ...short, kind: 'loss', loss: 0.9 },
      { ...long, kind: 'partition', groups: [['n1']] },
      { ...short, kind: 'partition', groups: [['n2']] },
      { ...short, kind: 'habits', node: 'n1', habits: { queue: 1 } },
      { ...long, kind: 'habits', node: 'n1', habits: { processingMs: 1 } },
      { ...short, kind: 'hang', node: 'n2' },
      { ...long, kind: 'hang', node: 'n2' },
    ];
    const look = (cluster: Cluster) => {
      const { radio } = cluster.world;
      const { queue, processingMs } = cluster.machine('n1').habits;
      const reach = ['n1', 'n2'].map((name) => (radio.connects(name, 'k1') ? name : '-')).join(' ');
      return [radio.options.loss, reach, queue, processingMs, cluster.machine('n2').state];
    };
    expect(await play(faults, look, 1000, 5000)).toEqual([
      [0.5, '- n2', 64, 1, 'hung'],
      [0.9, 'n1 -', 1, 1, 'hung'],
      [0.5, '- n2', 64, 1, 'hung'],
      [0.5, '- n2', 64, 1, 'hung'],
      [0, 'n1 n2', 64, 0, 'running'],
    ]);
  });

  it('ends before its time when something ends it', async () => {
    const faults: Fault[] = [
      { at: 500, kind: 'partition', groups: [['n1']], forMs: 5000 },
      { at: 500, kind: 'hang', node: 'n1', forMs: 5000 },
      { at: 500, kind: 'deaf', node: 'n2', forMs: 5000 },
      { at: 1500, kind: 'heal' },
      { at: 1500, kind: 'resume', node: 'n1' },
      { at: 1500, kind: 'reboot', node: 'n2' },
    ];
    const told: string[] = [];
    const state = (cluster: Cluster) => {
      cluster.onFault = ({ kind }, phase) => told.push(`${kind} ${phase}`);
      return `${cluster.world.radio.connects('n1', 'k1')} ${cluster.machine('n1').state} ${cluster.machine('n2').isDeaf}`;
    };
    expect(await play(faults, state, 1000, 7000)).toEqual(['false hung true', ...Array(6).fill('true running false')]);
    expect(told).toEqual(['heal begins', 'partition ends', 'resume begins', 'hang ends', 'reboot begins', 'deaf ends']);
  });

  it('tells when each begins and ends', async () => {
    const cluster = new Cluster(new World(1), { nodes: 1 });
    const told: string[] = [];
    cluster.onFault = (fault, phase) => told.push(`${cluster.world.now()} ${inWords(fault)} ${phase}`);
    await cluster.start();
    cluster.schedule([
      { at: 10, kind: 'hang', node: 'n1', forMs: 5 },
      { at: 20, kind: 'leave', node: 'n1' },
      { at: 30, kind: 'partition', groups: [['n1']] },
    ]);
    await cluster.world.run(100);
    expect(told).toEqual([
      '10 hang n1 forMs 5 begins',
      '15 hang n1 forMs 5 ends',
      '20 leave n1 begins',
      '30 partition groups [["n1"]] begins',
    ]);
  });
});

describe('drawFaults', () => {
  it('draws the same from one seed: in order, as plain data, over by the end', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 20 }), (seed, count) => {
        const names = ['k1', 'n1', 'n2'];
        const options = { fromMs: 1000, untilMs: 30_000, count };
        const faults = drawFaults(new Random(seed), names, options);
        expect(JSON.parse(JSON.stringify(faults))).toEqual(faults);
        expect(drawFaults(new Random(seed), names, options)).toEqual(faults);
        expect(faults).toHaveLength(count);
        expect(faults.map(({ at }) => at)).toEqual(faults.map(({ at }) => at).sort((a, b) => a - b));
        for (const fault of faults) {
          const lasts = 'forMs' in fault && fault.forMs !== undefined ? fault.forMs : Number.NaN;
          expect(fault.at >= 1000 && lasts >= 1 && fault.at + lasts <= 30_000).toBe(true);
        }
      }),
    );
  });

  it('draws every kind that ends by itself', () => {
    const faults = drawFaults(new Random(1), ['n1', 'n2'], { fromMs: 0, untilMs: 60_000, count: 300 });
    expect([...new Set(faults.map(({ kind }) => kind))].sort()).toEqual(
      ['cut', 'deaf', 'drift', 'habits', 'hang', 'kill', 'loss', 'partition', 'sleep'].sort(),
    );
  });
});
