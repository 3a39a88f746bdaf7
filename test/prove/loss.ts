/**
 * Calls over a bad network: three machines, of which two serve the same.
 *
 * @module
 */
import { atLeast, atMost, type Figure, type Proof, percentile, type Size } from './figure.ts';
import { DELAY_MS, type Lan, lose, lostAt, makeLan, noMachines } from './network.ts';
import type { CallerReport } from './programs/caller.ts';
import { type Actor, Scene } from './scene.ts';

const LOSS_PERCENT = 20;
const OUTSTANDING = 16;
const SUCCESS_PERCENT = 99.9;

const readsOf = (size: Size): number => (size === 'full' ? 5000 : 500);

export const loss: Proof = {
  name: 'Calls at 20 % loss each way',
  skipped: noMachines,
  run: (size) =>
    Scene.play(async (scene) => {
      const lan = await makeLan(scene, 'bridge');
      for (const machine of lan.machines) lose(machine, LOSS_PERCENT);
      const reads = readsOf(size);
      const { figures } = await calls(scene, lan, reads);
      const lost = lan.machines.map(lostAt).reduce((sum, count) => sum + count, 0);
      return [...figures, atLeast('datagrams that were lost on the way', lost, reads * 0.2)];
    }),
};

export const delay: Proof = {
  name: 'Calls over delay, reordering and doubled datagrams',
  skipped: noMachines,
  run: (size) =>
    Scene.play(async (scene) => {
      const lan = await makeLan(scene, 'slow');
      const { figures, latencies } = await calls(scene, lan, readsOf(size));
      return [...figures, atLeast('half of the reads took at least', percentile(latencies, 0.5), 2 * DELAY_MS, 'ms')];
    }),
};

async function calls(scene: Scene, { machines }: Lan, reads: number) {
  const [a, b, c] = machines;
  const network = { interface: 'eth0' };
  const servers: Actor[] = [
    scene.actor('echo', { ...network, name: 'one', kernel: true }, a),
    scene.actor('echo', { ...network, name: 'two', kernel: false }, b),
  ];
  await Promise.all(servers.map((server) => server.next()));
  const caller = scene.actor('caller', { ...network, reads, outstanding: OUTSTANDING }, c);
  await caller.next(40_000);
  const report = await caller.ask<CallerReport>('go', 300_000);

  const times = new Map<number, number>();
  for (const server of servers)
    for (const [n, count] of await server.ask<[number, number][]>('done')) times.set(n, (times.get(n) ?? 0) + count);
  const twice = [...times.values()].filter((count) => count > 1).length;
  const unheard = report.answeredWork.filter((n) => !times.has(n)).length;
  const failures = { ...report.failures, ...report.workFailures };
  if (Object.keys(failures).length > 0) console.log(`  calls that failed: ${JSON.stringify(failures)}`);
  const figures: Figure[] = [
    atLeast(`reads of ${reads} that succeed within 3 s`, (report.good / reads) * 100, SUCCESS_PERCENT, '%'),
    atMost('answers given to a wrong call', report.wrong, 0),
    atMost(`unsafe operations of ${report.worked} that ran twice`, twice, 0),
    atMost('unsafe operations that were answered but did not run', unheard, 0),
    atLeast(
      'unsafe operations that were answered',
      (report.answeredWork.length / report.worked) * 100,
      SUCCESS_PERCENT,
      '%',
    ),
    atMost('living nodes called dead', report.deaths, 0),
  ];
  return { figures, latencies: report.latencies };
}
