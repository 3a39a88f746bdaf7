/**
 * Who is there: known to a kernel that comes late, to one that was there first, and no longer when it has left.
 *
 * @module
 */
import type { Os } from 'tdos';
import { atMost, type Figure, type Proof } from './figure.ts';
import { Scene } from './scene.ts';
import { timeUntil } from './until.ts';

const LATE_MS = 1500;
const WITHDRAWN_MS = 1000;
const CROWD_MS = 2000;
const CROWD = 50;

export const discovery: Proof = {
  name: 'Discovery of 50 nodes',
  run: async (size) => [
    ...(await inProcesses(size === 'full' ? 2 : 1, 'in few processes')),
    ...(size === 'full' ? await inProcesses(CROWD, 'in 50 processes') : []),
  ],
};

/** ms after `from` until all of the crowd are alive to it. */
const known = (os: Os, from: number): Promise<number> =>
  timeUntil(
    15_000,
    () => os.list().filter(({ service, state }) => service === 'temp_sensor' && state === 'alive').length === CROWD,
    from,
  );

const inProcesses = (processes: number, what: string): Promise<Figure[]> =>
  Scene.play(async (scene) => {
    const early = await scene.boot({ name: 'early', kernel: true });
    const share = CROWD / processes;
    const first = performance.now();
    const crowds = Array.from({ length: processes }, (_, at) =>
      scene.actor('crowd', { from: at * share, nodes: share }),
    );
    const up = Promise.all(crowds.map((crowd) => crowd.next(60_000)));
    // Starting 50 processes takes what the machine takes; in few it is part of what a person waits for.
    const from = up.then(() => (processes === CROWD ? performance.now() : first));
    const earlyMs = await known(early, await from);

    const start = performance.now();
    const late = await scene.boot({ name: 'late', kernel: true });
    const lateMs = await known(late, start);
    const before = await shownTimes(scene, 'passing');

    await crowds[0]?.ask('withdraw');
    const withdrawn = performance.now();
    const isGone = (): boolean => late.list().filter(({ service }) => service === 'passing').length < processes;
    const goneMs = await timeUntil(5000, isGone, withdrawn);
    const shownMs = await timeUntil(5000, async () => (await shownTimes(scene, 'passing')) < processes, withdrawn);
    await early.close();
    return [
      atMost(`${what}: known after ${processes === CROWD ? 'the last is up' : 'their start'}`, earlyMs, CROWD_MS, 'ms'),
      atMost(`${what}: known to a kernel that starts after them`, lateMs, LATE_MS, 'ms'),
      atMost(`${what}: a withdrawn service is gone from \`list()\``, goneMs, WITHDRAWN_MS, 'ms'),
      atMost(`${what}: and an \`ls\` that begins then shows it no more`, shownMs, WITHDRAWN_MS, 'ms'),
      atMost(`${what}: services that \`ls\` did not show before`, processes - before, 0),
    ];
  });

async function shownTimes(scene: Scene, name: string): Promise<number> {
  const { services } = (await scene.tdosJson('ls')) as { readonly services: readonly { readonly service: string }[] };
  return services.filter(({ service }) => service === name).length;
}
