/**
 * The same trial under the rules of the original: the same machines, radio and faults from the same seed, so that both
 * can be put side by side. Its callers read one board after the other, as often as those of the trial call.
 *
 * @module
 */
import { Random } from '../base/random.ts';
import { after, elapsed, type Instant } from '../base/time.ts';
import type { CallStats } from './checks.ts';
import { Cluster } from './cluster.ts';
import { discoveryLookMs, knowsAll } from './discovery.ts';
import { seedOf } from './hash.ts';
import { isSeedResident, seedRules } from './seed-rules.ts';
import { traffic } from './traffic.ts';
import { faultsOf } from './trial-faults.ts';
import type { Stats, TrialOptions } from './trial-model.ts';
import { Watch } from './watch.ts';
import { World } from './world.ts';

/** ms between reports of how far it is. */
const STEP_MS = 5000;
/** ms in which discovery is looked at: two announcements. */
const DISCOVERY_MS = 65_000;
/** ms after which a read has failed, for whoever waits as long as a call of TDOS does. */
const PATIENCE_MS = 3000;
const MAX_LATENCIES = 100_000;

/** What became of the trial under the rules of the original. It has no failover: `failoverMs` is empty. */
export async function runOriginal(options: TrialOptions, onTime?: (ms: number) => void): Promise<Stats> {
  const { seed, nodes, kernels, readers = 1, radio, forMs, callEveryMs = 250 } = options;
  const world = new World(seed, { radio });
  const cluster = new Cluster(world, { nodes, kernels, readers, rules: seedRules, services: () => [] });
  const watch = new Watch(cluster);
  const calls: CallStats = { ok: 0, failed: {}, latenciesMs: [] };
  await cluster.start();
  cluster.schedule(faultsOf(options));
  for (const name of cluster.names())
    if (cluster.roleOf(name) !== 'node') readInTurn(cluster, name, callEveryMs, calls);
  let discoveryMs: number | undefined;
  const end = after(world.now(), forMs);
  while (world.now() < end) {
    const isLooking = discoveryMs === undefined && world.now() < DISCOVERY_MS;
    await world.run(Math.min(isLooking ? discoveryLookMs(world.now()) : STEP_MS, end - world.now()));
    if (isLooking && knowsAll(cluster)) discoveryMs = world.now();
    onTime?.(world.now());
  }
  const { suspectMs, deadMs, falseDeaths, nodeDays } = watch.results();
  return { suspectMs, deadMs, falseDeaths, nodeDays, discoveryMs, failoverMs: [], calls, ...traffic(cluster) };
}

function readInTurn(cluster: Cluster, name: string, everyMs: number, calls: CallStats): void {
  const random = new Random(seedOf(`${cluster.world.seed}/reads/${name}`));
  const boards = cluster.names('node');
  let call = 0;
  const next = (): void => {
    const resident = cluster.resident(name);
    const service = boards[call++ % boards.length];
    const again = (): void => cluster.later(random.between(0.5, 1.5) * everyMs, next);
    if (!isSeedResident(resident) || service === undefined) {
      again();
      return;
    }
    const since = cluster.world.now();
    // A caller whose machine dies never hears the end of its read: the next life reads on.
    let isOver = false;
    const over = (value: number | undefined): void => {
      if (isOver) return;
      isOver = true;
      if (value !== undefined || cluster.resident(name) === resident) ended(calls, since, cluster.world.now(), value);
      again();
    };
    cluster.later(10_000, () => over(undefined));
    resident.read(service, call, over);
  };
  next();
}

function ended(calls: CallStats, since: Instant, now: Instant, value: number | undefined): void {
  const tookMs = elapsed(since, now);
  if (value === undefined || tookMs > PATIENCE_MS) {
    calls.failed.TIMEOUT = (calls.failed.TIMEOUT ?? 0) + 1;
    return;
  }
  calls.ok += 1;
  if (calls.latenciesMs.length < MAX_LATENCIES) calls.latenciesMs.push(tookMs);
}
