/**
 * 100 readings a second flow from sensors to storage, while storage, logger and kernel are killed in turn, or the cable to the storage is
 * out. Every reading that the logger accepted is kept once, with the time at which it was taken.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../src/base/random.ts';
import { SqliteStore } from '../../src/hosts/node/storage/sqlite.ts';
import { atLeast, atMost, type Figure, type Proof } from './figure.ts';
import { makeLan, noMachines } from './network.ts';
import { type Actor, Scene } from './scene.ts';
import { until } from './until.ts';

const SENSORS = 10;
const EVERY_MS = 100;
/** ms by which a time may be off: an age is an upper bound, and counts the whole round trip of the busy machine that this runs on. */
const OFF_MS = 1000;
/** ms in which what has piled up must be sent. */
const BACKFILL_MS = 60_000;

export const killedLogging: Proof = {
  name: 'Logging to storage, killed',
  run: (size) =>
    Scene.play(async (scene) => {
      const seed = Number(process.env.TDOS_SEED ?? Date.now() % 100_000);
      const random = new Random(seed);
      const rounds = size === 'full' ? 20 : 3;
      const { home } = scene;
      const starts = [
        () => scene.actor('store', { home }),
        () => scene.actor('logger', { home, everyMs: EVERY_MS }),
        () => scene.actor('echo', { name: 'kernel', kernel: true }),
      ];
      const running = starts.map((start) => start());
      const sensors = scene.actor('sensors', { home, count: SENSORS });
      await Promise.all([...running, sensors].map((actor) => actor.next()));
      console.log(`  TDOS_SEED=${seed} repeats the moments`);
      for (let round = 0; round < rounds; round++) {
        await sleep(random.between(300, 2000));
        const which = round % starts.length;
        await kill(running[which]);
        await sleep(random.between(0, 1000));
        const again = starts[which]?.();
        if (again === undefined) continue;
        running[which] = again;
        await again.next();
      }
      const [store, logger] = running;
      return account(scene, { sensors, store, logger }, `${rounds} kills`, rounds * 50);
    }),
};

export const cutLogging: Proof = {
  name: 'Logging to storage, its cable out',
  skipped: noMachines,
  run: (size) =>
    Scene.play(async (scene) => {
      const cutMs = size === 'full' ? 60_000 : 5000;
      const { home } = scene;
      // Through a switch: at the near end the cable stays in.
      const [near, far] = (await makeLan(scene, 'bridge')).machines;
      const wired = { home, interface: 'eth0', open: true };
      const store = scene.actor('store', wired, far);
      const logger = scene.actor('logger', { ...wired, everyMs: EVERY_MS }, near);
      const sensors = scene.actor('sensors', { ...wired, count: SENSORS }, near);
      const kernel = scene.actor('echo', { ...wired, name: 'kernel', kernel: true }, near);
      await Promise.all([store, logger, sensors, kernel].map((actor) => actor.next()));
      const rows = (): Promise<number> => store.ask<number>('rows');
      await until('readings are kept', 20_000, async () => (await rows()) > 0);
      far.ip('link set eth0 down');
      await sleep(cutMs);
      const before = await rows();
      far.ip('link set eth0 up');
      await until('readings come again', 30_000, async () => (await rows()) > before);
      const what = `cable out for ${cutMs / 1000} s`;
      return account(scene, { sensors, store, logger }, what, (cutMs / EVERY_MS) * SENSORS * 0.8);
    }),
};

interface Cast {
  readonly sensors: Actor;
  readonly store: Actor | undefined;
  readonly logger: Actor | undefined;
}

async function kill(actor: Actor | undefined): Promise<void> {
  actor?.process.kill('SIGKILL');
  await actor?.running.exit;
}

/** Ends the sensors, waits for the logger, ends the storage, and compares what was accepted with what is kept. */
async function account(scene: Scene, { sensors, store, logger }: Cast, what: string, least: number): Promise<Figure[]> {
  const given = await sensors.ask<readonly number[]>('end');
  const start = performance.now();
  await until('the journal is empty', BACKFILL_MS, async () => (await logger?.ask('waiting')) === 0);
  const backfillMs = performance.now() - start;
  await kill(store);
  const accepted = readFileSync(join(scene.home, 'accepted'), 'utf8').trimEnd().split('\n').map(Number);
  const rows = new SqliteStore({ path: join(scene.home, 'rows.sqlite') });
  const all = { filter: {}, from: 0, to: 1e15, limit: 1_000_000, after: undefined };
  const kept = rows.rows(all).items.map(([, at, value]) => ({ at, value: Number(value) }));
  rows.close();
  const values = new Set(kept.map(({ value }) => value));
  const off = kept.map(({ at, value }) => Math.abs(at - (given[value - 1] ?? 0)));
  return [
    atLeast(`${what}: readings accepted`, accepted.length, least),
    atMost(`${what}: accepted readings that are not kept`, accepted.filter((value) => !values.has(value)).length, 0),
    atMost(`${what}: readings that are kept twice`, kept.length - values.size, 0),
    atMost(
      `${what}: a time is off by`,
      off.reduce((most, ms) => Math.max(most, ms), 0),
      OFF_MS,
      'ms',
    ),
    atMost(`${what}: the journal is empty after`, backfillMs, BACKFILL_MS, 'ms'),
  ];
}
