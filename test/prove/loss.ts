/**
 * Calls over a bad network: three machines, of which two serve the same.
 *
 * @module
 */
import { atLeast, atMost, type Figure, type Proof, type Size } from './figure.ts';
import { type Lan, lose, makeLan, noMachines } from './network.ts';
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
      return await calls(scene, lan, readsOf(size));
    }),
};

export const delay: Proof = {
  name: 'Calls over delay, reordering and doubled datagrams',
  skipped: noMachines,
  run: (size) =>
    Scene.play(async (scene) => {
      const lan = await makeLan(scene, 'slow');
      return await calls(scene, lan, readsOf(size));
    }),
};

async function calls(scene: Scene, { machines }: Lan, reads: number): Promise<Figure[]> {
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
  console.log(`  reads that failed: ${JSON.stringify(report.failures)}; work: ${JSON.stringify(report.workFailures)}`);
  return [
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
}
