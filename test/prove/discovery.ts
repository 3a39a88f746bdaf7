/**
 * Who is there: known to a kernel that comes late, to one that was there first, and no longer when it has left.
 *
 * @module
 */
import type { Os } from 'tdos';
import { atMost, type Figure, type Proof, type Size } from './figure.ts';
import { Scene } from './scene.ts';
import { timeUntil, until } from './until.ts';

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
    const crowds = Array.from({ length: processes }, (_, at) =>
      scene.actor('crowd', { from: at * share, nodes: share }),
    );
    await Promise.all(crowds.map((crowd) => crowd.next(60_000)));
    const earlyMs = await known(early, performance.now());

    const start = performance.now();
    const late = await scene.boot({ name: 'late', kernel: true });
    const lateMs = await known(late, start);
    const oneLs = performance.now();
    const before = await shownTimes(scene, 'passing');
    const lsMs = performance.now() - oneLs;

    await crowds[0]?.ask('withdraw');
    const withdrawn = performance.now();
    const goneMs = await timeUntil(5000, () => late.list().every(({ service }) => service !== 'passing'), withdrawn);
    const shownGoneMs = (await timeUntil(5000, async () => (await shownTimes(scene, 'passing')) === 0, withdrawn)) - lsMs;
    await early.close();
    return [
      atMost(`${what}: known to a kernel after the last has started`, earlyMs, CROWD_MS, 'ms'),
      atMost(`${what}: known to a kernel that starts after them`, lateMs, LATE_MS, 'ms'),
      atMost(`${what}: a withdrawn service is gone from \`list()\``, goneMs, WITHDRAWN_MS, 'ms'),
      atMost(`${what}: ... and from \`tdos ls\`, but for the time \`ls\` takes`, shownGoneMs, WITHDRAWN_MS, 'ms'),
      atMost(`${what}: services not shown before they were withdrawn`, processes - before, 0),
    ];
  });

async function shownTimes(scene: Scene, name: string): Promise<number> {
  const { services } = (await scene.tdosJson('ls')) as { readonly services: readonly { readonly service: string }[] };
  return services.filter(({ service }) => service === name).length;
}
