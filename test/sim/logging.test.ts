// Logging in a simulated world, over many seeds: boards lose power, the network falls apart, storage and logger are switched off and on,
// and every reading that the logger took is kept once, with the time at which it was taken.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { openJournal } from '../../src/hosts/node/storage/journal.ts';
import { SqliteStore } from '../../src/hosts/node/storage/sqlite.ts';
import { sqliteEngine } from '../../src/hosts/node/storage/sqlite-engine.ts';
import type { Os } from '../../src/os/os.ts';
import { pause } from '../../src/os/pause.ts';
import { defineService } from '../../src/os/service.ts';
import type { Journal, TakenReading } from '../../src/services/logger/journal.ts';
import { startLogger } from '../../src/services/logger/logger.ts';
import { Ring } from '../../src/services/logger/ring.ts';
import { storage } from '../../src/services/storage/service.ts';
import { Cluster } from '../../src/sim/cluster.ts';
import type { Fault } from '../../src/sim/faults.ts';
import { WIFI } from '../../src/sim/radio.ts';
import { World } from '../../src/sim/world.ts';

const SEEDS = 200;
/** ms of virtual time in which things go wrong, and in which all must have come to rest after. */
const TROUBLE_MS = 15_000;
const REST_MS = 30_000;
/** ms by which the time of a reading may be off: the age of an answer is an upper bound, and counts its whole round trip. */
const OFF_MS = 2000;

const home = mkdtempSync(join(tmpdir(), 'tdos-logging-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** A journal that notes what it accepted. */
function noting(journal: Journal, accept: (reading: TakenReading) => void): Journal {
  return {
    write: (readings) => {
      journal.write(readings);
      readings.forEach(accept);
    },
    ...{ sync: () => journal.sync(), seal: () => journal.seal(), head: () => journal.head() },
    ...{ done: (how) => journal.done(how), stats: () => journal.stats(), close: () => journal.close() },
  };
}

/** What goes wrong: storage, logger, kernel and boards lose power, and the network falls apart. */
function faultsOf(random: Random, nodes: readonly string[]): Fault[] {
  const faults: Fault[] = [];
  for (let number = 0; number < 6; number++) {
    const at = 2000 + random.below(TROUBLE_MS - 6000);
    const forMs = 200 + random.below(5000);
    const node = nodes[random.below(nodes.length)] ?? 'r1';
    if (random.below(3) > 0) faults.push({ at, kind: 'kill', node, forMs });
    else faults.push({ at, kind: 'partition', groups: [['r1', ...(random.below(2) === 0 ? ['k1'] : [])]], forMs });
  }
  return faults;
}

interface Outcome {
  readonly accepted: string[];
  readonly kept: string[];
  /** Kept readings whose time is wrong. */
  readonly off: string[];
  readonly waiting: number;
}

/** Where readings wait: in a file, or in the memory of a board that has no clock. */
type Keeps = 'file' | 'ring';

/** r1 stores, r2 logs. */
async function play(seed: number, victims: readonly string[], keeps: Keeps): Promise<Outcome> {
  const random = new Random(seed);
  const folder = join(home, String(seed));
  const world = new World(seed, { radio: { ...WIFI, loss: random.below(3) / 10 } });
  const store = new SqliteStore({ path: join(folder, 'store.sqlite'), synchronous: 'NORMAL' });
  const accepted: string[] = [];
  let count = 0;
  /** Each value is given once, and its whole part is the moment at which it was. */
  const valueAt = (now: number): number => {
    count += 1;
    return Math.round(now) + count / 100_000;
  };
  const cluster = new Cluster(world, {
    ...{ nodes: 2, kernels: 1, readers: 2 },
    services: (name, machine, role) => {
      if (name === 'r1') return [storage(sqliteEngine(store))];
      return role === 'node' ? [defineService({ name: 'temp', read: () => ({ value: valueAt(machine.now()) }) })] : [];
    },
  });
  if (keeps === 'ring') cluster.habits('r2', { knowsTime: false });
  await cluster.start();
  let life = 0;
  let journal: Journal | undefined;
  const journalOf = (os: Os): Journal =>
    keeps === 'file' ? onDisk(os, life, join(folder, 'journal')) : inMemory(os, life);
  const waiting = (): number => journal?.stats().waiting ?? Number.POSITIVE_INFINITY;
  cluster.program('r2', 'logger', async (os, signal) => {
    life += 1;
    journal = noting(journalOf(os), ({ series, value }) => accepted.push(`${series.node} ${value}`));
    const logger = startLogger(os, { journal, every: 300, batchMs: 300 });
    await pause(os.clock, 1e9, signal);
    await logger.stop();
  });
  cluster.schedule(faultsOf(random, victims));
  await world.run(TROUBLE_MS);
  for (let waited = 0; waited < REST_MS && waiting() > 20; waited += 1000) await world.run(1000);
  // No more readings.
  for (const name of cluster.names('node')) cluster.kill(name);
  for (let waited = 0; waited < REST_MS && waiting() > 0; waited += 500) await world.run(500);
  const { items, series } = store.rows({ filter: {}, from: 0, to: 1e15, limit: 100_000, after: undefined });
  const start = world.wallClock() - world.now();
  const isOff = ([, at, value]: (typeof items)[number]): boolean =>
    Math.abs(Math.floor(Number(value)) - (at - start)) > OFF_MS;
  const textOf = ([place, , value]: (typeof items)[number]): string => `${series[place]?.node} ${value}`;
  const left = waiting();
  await cluster.stop();
  store.close();
  rmSync(folder, { recursive: true, force: true });
  return {
    accepted: accepted.sort(),
    kept: items.map(textOf).sort(),
    off: items.filter(isOff).map(textOf),
    waiting: left,
  };
}

const onDisk = (os: Os, life: number, folder: string): Journal =>
  openJournal({
    ...{ folder, source: os.name, epoch: life, batch: 20, durable: false },
    offset: () => os.clock.wallClock() - os.clock.now(),
  });

const inMemory = (os: Os, life: number): Journal =>
  new Ring({ source: os.name, epoch: life, clock: os.clock, capacity: 10_000 });

async function holds(seeds: number, victims: readonly string[], keeps: Keeps): Promise<void> {
  let readings = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const { accepted, kept, off, waiting } = await play(seed, victims, keeps);
    expect({ seed, kept, off, waiting }).toEqual({ seed, kept: accepted, off: [], waiting: 0 });
    readings += kept.length;
  }
  expect(readings).toBeGreaterThan(seeds * 40);
}

test(`Every reading that a logger took is kept once, with its own time, in ${SEEDS} seeds`, async () => {
  await holds(SEEDS, ['r1', 'r2', 'k1', 'n1', 'n2'], 'file');
}, 90_000);

test('So is every reading of a board without a clock, with a ring in memory, as long as it has power', async () => {
  await holds(20, ['r1', 'k1', 'n1', 'n2'], 'ring');
}, 30_000);
