/**
 * Calls for the targets: made at a steady pace from outside the machines, under either rules, and counted.
 *
 * @module
 */
import { elapsed, type Instant } from '../base/time.ts';
import type { Os } from '../os/os.ts';
import { defineService } from '../os/service.ts';
import { tempSensor } from '../services/sensors.ts';
import { Cluster } from './cluster.ts';
import { WIFI } from './radio.ts';
import { isSeedResident, seedRules } from './seed-rules.ts';
import { World } from './world.ts';

export interface ReadCount {
  ok: number;
  failed: number;
  /** ms, failed reads too. */
  readonly latenciesMs: number[];
}

/** Whose rules boot on the nodes. */
export type Policy = 'tdos' | 'original';

/** ms after which a read counts as failed. */
const PATIENCE_MS = 3000;
const READ_EVERY_MS = 20;
/** The same for the original, whose programs read every 5 s: faster reading removes the service all the sooner. */
const ORIGINAL_EVERY_MS = 5000;
/** Reads of the original that show enough. */
const ORIGINAL_READS = 2000;
/** ms between calls of an unsafe operation: within what a PC remembers, 4096 calls in 4 s. */
const DEED_EVERY_MS = 2;

/**
 * Two boards offer the same; the one that answered last loses its power while it is read, again and again. Counted are
 * the reads that were under way or begun in the 3 s after a death.
 */
export async function readWhileOneDies(seed: number, policy: Policy, deaths: number): Promise<ReadCount> {
  const { world, cluster } = await stage(seed, policy, 2, 0);
  const count: ReadCount = { ok: 0, failed: 0, latenciesMs: [] };
  for (let death = 0; death < deaths; death++) {
    const reader = await readerOf(cluster, policy, 'temp_sensor');
    await keepReading(world, reader, 500, { ok: 0, failed: 0, latenciesMs: [] });
    const victim = reader.last() === 'n2' ? 'n2' : 'n1';
    cluster.kill(victim);
    await keepReading(world, reader, 3000, count);
    reader.close();
    cluster.boot(victim);
    // The original knows it again when both have announced themselves.
    await world.run(policy === 'tdos' ? 5000 : 40_000);
  }
  return count;
}

/** Reads one board. */
export async function readAll(seed: number, policy: Policy, loss: number, reads: number): Promise<ReadCount> {
  const { world, cluster } = await stage(seed, policy, 1, loss);
  const count: ReadCount = { ok: 0, failed: 0, latenciesMs: [] };
  const reader = await readerOf(cluster, policy, 'temp_sensor');
  const everyMs = policy === 'tdos' ? READ_EVERY_MS : ORIGINAL_EVERY_MS;
  const enough = policy === 'tdos' ? reads : Math.min(reads, ORIGINAL_READS);
  while (count.ok + count.failed < enough) await keepReading(world, reader, everyMs * 100, count, everyMs);
  reader.close();
  return count;
}

/** Calls an operation that is not to be repeated. */
export async function executeTwice(
  seed: number,
  policy: Policy,
  loss: number,
  calls: number,
): Promise<{ readonly calls: number; readonly executed: number; readonly twice: number }> {
  if (policy === 'original') {
    const { world, cluster } = await stage(seed, policy, 1, loss);
    const reader = await readerOf(cluster, policy, 'temp_sensor');
    const count: ReadCount = { ok: 0, failed: 0, latenciesMs: [] };
    while (count.ok + count.failed < Math.min(calls, ORIGINAL_READS))
      await keepReading(world, reader, 100 * ORIGINAL_EVERY_MS, count, ORIGINAL_EVERY_MS);
    const board = cluster.resident('n1');
    if (!isSeedResident(board)) throw new Error('the board is not up');
    return { calls: count.ok + count.failed, executed: board.executed, twice: board.repeated };
  }
  const runs = new Uint8Array(calls);
  const run = ({ nonce }: { nonce: number }): null => {
    runs[nonce] = (runs[nonce] ?? 0) + 1;
    return null;
  };
  const lab = defineService({ name: 'lab', ops: { add: { safe: false, run } } });
  const world = new World(seed, { radio: { ...WIFI, loss } });
  const services = (_name: string, _machine: unknown, role: string) => (role === 'kernel' ? [lab] : []);
  const cluster = new Cluster(world, { nodes: 0, kernels: 1, readers: 1, services });
  await cluster.start();
  cluster.os('k1');
  const handle = await world.finish(cluster.os('r1').open('lab', { timeoutMs: 20_000 }), 30_000);
  for (let nonce = 0; nonce < calls; nonce++) {
    handle.call('add', { nonce }, { timeoutMs: PATIENCE_MS }).catch(() => undefined);
    await world.run(DEED_EVERY_MS);
  }
  await world.run(2 * PATIENCE_MS);
  let [executed, twice] = [0, 0];
  for (const times of runs) {
    if (times > 0) executed += 1;
    if (times > 1) twice += 1;
  }
  return { calls, executed, twice };
}

interface Reader {
  /** Begins a read, if it may; `done` is told whether there was a value. False when it must wait. */
  read(done: (isOk: boolean) => void): boolean;
  /** The board that answered last, where that is known. */
  last(): string | undefined;
  close(): void;
}

async function stage(seed: number, policy: Policy, nodes: number, loss: number) {
  const world = new World(seed, { radio: { ...WIFI, loss } });
  const services = (_name: string, machine: { now(): Instant }, role: string) =>
    role === 'node' ? [tempSensor(() => machine.now() / 1000)] : [];
  const rules = policy === 'original' ? { rules: seedRules } : {};
  const cluster = new Cluster(world, { nodes, kernels: 1, readers: 1, services, ...rules });
  await cluster.start();
  await world.run(40_000);
  return { world, cluster };
}

async function readerOf(cluster: Cluster, policy: Policy, service: string): Promise<Reader> {
  if (policy === 'tdos') return tdosReader(cluster.world, cluster.os('r1'), service);
  let isBusy = false;
  let call = 0;
  return {
    read: (done) => {
      const resident = cluster.resident('r1');
      if (isBusy || !isSeedResident(resident)) return false;
      isBusy = true;
      resident.read(service, ++call, (value) => {
        isBusy = false;
        done(value !== undefined);
      });
      return true;
    },
    last: () => {
      const resident = cluster.resident('r1');
      const ip = isSeedResident(resident) ? resident.ipOf(service) : undefined;
      return cluster.names('node').find((name) => cluster.machine(name).ip === ip);
    },
    close: () => {},
  };
}

async function tdosReader(world: World, os: Os, service: string): Promise<Reader> {
  const handle = await world.finish(os.open(service, { timeoutMs: 20_000 }), 30_000);
  let last: string | undefined;
  return {
    read: (done) => {
      handle.read({ timeoutMs: PATIENCE_MS }).then(
        ({ node }) => {
          last = node;
          done(true);
        },
        () => done(false),
      );
      return true;
    },
    last: () => last,
    close: () => handle.close(),
  };
}

/** Begins a read every so often for so long, and waits for the last of them. */
async function keepReading(
  world: World,
  reader: Reader,
  forMs: number,
  count: ReadCount,
  everyMs = READ_EVERY_MS,
): Promise<void> {
  let open = 0;
  for (let passed = 0; passed < forMs; passed += everyMs) {
    const since = world.now();
    const isBegun = reader.read((isOk) => {
      open -= 1;
      const tookMs = elapsed(since, world.now());
      count.latenciesMs.push(tookMs);
      if (isOk && tookMs <= PATIENCE_MS) count.ok += 1;
      else count.failed += 1;
    });
    if (isBegun) open += 1;
    await world.run(everyMs);
  }
  await world.until(() => open === 0, 30_000);
}
