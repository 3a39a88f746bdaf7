/**
 * Real processes on loopback: one is killed, or frozen, under a reader that must not notice.
 *
 * @module
 */
import type { ClusterEvent, Os } from 'tdos';
import { atLeast, atMost, type Figure, type Proof, type Size } from './figure.ts';
import type { Account } from './programs/reader.ts';
import { type Actor, Scene } from './scene.ts';
import { timeUntil, until } from './until.ts';

const READS_A_SECOND = 50;
const SUSPECT_MS = 2500;
const DEAD_MS = 5000;
const PAUSE_MS = 500;
const RETURN_MS = 2000;

export const death: Proof = {
  name: 'A process dies under a reader',
  run: async (size) => (await Promise.all([killed(size), frozen(size)])).flat(),
};

const killed = (size: Size): Promise<Figure[]> =>
  Scene.play(async (scene) => {
    const figures: Figure[] = [];
    const { os, sensors, reader } = await stage(scene);
    const rounds = size === 'full' ? 3 : 1;
    for (let round = 1; round <= rounds; round += 1) {
      const victim = await reader.ask<string>('served');
      const own = await os.open(`temp_sensor@${victim}`);
      const watch = watchStates(os, victim);
      await reader.ask('report');

      const at = performance.now();
      sensors.get(victim)?.process.kill('SIGKILL');
      const what = `kill -9${rounds > 1 ? ` ${round}` : ''}`;
      figures.push(...(await verdicts(scene, what, watch, victim, at)));
      figures.push(...accountFigures(what, await reader.ask<Account>('report')));

      const again = performance.now();
      sensors.set(victim, scene.tdos('sensor', 'temp_sensor', '--name', victim));
      const backMs = await timeUntil(10_000, () => own.read({ timeoutMs: 300 }).catch(() => false), again);
      figures.push(atMost(`${what}: restarted, serves again through the same handle`, backMs, RETURN_MS, 'ms'));
      await until('the victim is alive', 10_000, () => watch.at('alive', again) !== undefined);
      watch.end();
    }
    return figures;
  });

const frozen = (_size: Size): Promise<Figure[]> =>
  Scene.play(async (scene) => {
    const { os, sensors, reader } = await stage(scene);
    const victim = await reader.ask<string>('served');
    const watch = watchStates(os, victim);
    await reader.ask('report');

    const at = performance.now();
    sensors.get(victim)?.process.kill('SIGSTOP');
    const figures = await verdicts(scene, 'SIGSTOP', watch, victim, at);
    figures.push(...accountFigures('SIGSTOP', await reader.ask<Account>('report')));
    const again = performance.now();
    sensors.get(victim)?.process.kill('SIGCONT');
    const aliveMs = await timeUntil(10_000, () => watch.at('alive', again) !== undefined, again);
    return [...figures, atMost('SIGCONT: alive again', aliveMs, RETURN_MS, 'ms')];
  });

/** A kernel, two temperature sensors, a reader of them, and an observer in this process. */
async function stage(scene: Scene) {
  const sensors = new Map(
    ['kitchen', 'garden'].map((name) => [name, scene.tdos('sensor', 'temp_sensor', '--name', name)]),
  );
  scene.tdos('kernel', '--name', 'kernel');
  const os = await scene.boot({ name: 'observer', ephemeral: true });
  await until('both sensors and the kernel are known', 20_000, () => {
    const alive = os.nodes().filter(({ state, own }) => state === 'alive' && !own);
    return alive.length === 3 && os.list().filter(({ service }) => service === 'temp_sensor').length === 2;
  });
  const reader: Actor = scene.actor('reader', { resource: 'temp_sensor', everyMs: 1000 / READS_A_SECOND });
  await reader.next();
  return { os, sensors, reader };
}

/** Keeps the moments at which a node changed its state. */
function watchStates(os: Os, name: string) {
  const seen: { readonly state: string; readonly at: number }[] = [];
  const end = os.on((event: ClusterEvent) => {
    if (event.type === 'node' && event.name === name) seen.push({ state: event.state, at: performance.now() });
  });
  const at = (state: string, from: number): number | undefined =>
    seen.find((change) => change.state === state && change.at >= from)?.at;
  return { at, end };
}

async function verdicts(
  scene: Scene,
  what: string,
  watch: ReturnType<typeof watchStates>,
  victim: string,
  from: number,
): Promise<Figure[]> {
  await timeUntil(DEAD_MS * 2, () => watch.at('dead', from) !== undefined, from);
  const shown = await scene.tdosJson('ls');
  const shownMs = performance.now() - from;
  const ms = (state: string): number => (watch.at(state, from) ?? Number.NaN) - from;
  return [
    atMost(`${what}: suspect`, ms('suspect'), SUSPECT_MS, 'ms'),
    atMost(`${what}: dead`, ms('dead'), DEAD_MS, 'ms'),
    atMost(`${what}: \`tdos ls\` says dead`, healthOf(shown, victim) === 'dead' ? shownMs : Number.NaN, DEAD_MS, 'ms'),
  ];
}

/** What `ls --json` says of a node's service. */
function healthOf(shown: unknown, node: string): string | undefined {
  const { services } = shown as { readonly services: readonly { readonly node: string; readonly health: string }[] };
  return services.find((service) => service.node === node)?.health;
}

function accountFigures(what: string, account: Account): Figure[] {
  for (const failure of account.failures) console.log(`${what}: a read failed at ${failure}`);
  return [
    atLeast(`${what}: reads`, account.latencies.length, READS_A_SECOND * 2),
    atMost(`${what}: failed reads`, account.failures.length, 0),
    atMost(`${what}: longest pause`, account.longestPauseMs, PAUSE_MS, 'ms'),
  ];
}
