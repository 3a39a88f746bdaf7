/**
 * What TDOS promises, measured: each target in worlds of its own, with TDOS and with the rules of the original. Without
 * another word the air is that of a Wi-Fi room (`WIFI`), and the seed is the same for both.
 *
 * @module
 */
import { Random } from '../base/random.ts';
import { Cluster, type ClusterOptions } from './cluster.ts';
import { executeTwice, type Policy, type ReadCount, readAll, readWhileOneDies } from './deeds.ts';
import { knowsAll } from './discovery.ts';
import { seedOf } from './hash.ts';
import { type RadioOptions, WIFI } from './radio.ts';
import { percentile, round, time } from './report.ts';
import { seedRules } from './seed-rules.ts';
import { traffic } from './traffic.ts';
import { Watch, type Watched } from './watch.ts';
import { World } from './world.ts';

export interface Measured {
  readonly text: string;
  /** Whether the target is reached; undefined where there is none. */
  readonly reached: boolean | undefined;
}

export interface Target {
  readonly what: string;
  readonly target: string;
  readonly measure: (policy: Policy) => Promise<Measured>;
}

/** How much is measured. */
export interface Size {
  readonly kills: number;
  /** Boards and hours for false deaths. */
  readonly boards: number;
  readonly hours: number;
  readonly starts: number;
  readonly deaths: number;
  readonly reads: number;
  readonly deeds: number;
  readonly partitions: number;
}

export const FULL: Size = {
  ...{ kills: 30, boards: 50, hours: 24, starts: 20 },
  ...{ deaths: 50, reads: 20_000, deeds: 1_000_000, partitions: 1000 },
};
export const SMALL: Size = {
  ...{ kills: 8, boards: 10, hours: 1, starts: 3 },
  ...{ deaths: 5, reads: 1000, deeds: 5000, partitions: 20 },
};

const HOUR_MS = 3_600_000;
/** ms until a cluster has come to rest. */
const REST_MS = 40_000;
const HEAL_MS = 10_000;
/** ms that a kernel which restarts is off, and seconds in which it is watched. */
const OFF_MS = 50;
const RESTART_SECONDS = 10;
/** ms in which a discovery is waited for. */
const DISCOVERY_MS = 300_000;
const SHORT_BURSTS = { everyMs: 3000, forMs: 300, loss: 0.8 };
const LONG_BURSTS = { everyMs: 30_000, forMs: 2000, loss: 0.8 };

/** All targets, in the order of the table. `seed`: of all their worlds. */
export function targets(seed: number, size: Size): Target[] {
  const lossy = (loss: number): Target => ({
    what: `false deaths a node-day at ${100 * loss} % loss`,
    target: loss <= 0.1 ? '0' : '<= 0.1',
    measure: (policy) => falseDeaths(seed, policy, size, { loss }, loss <= 0.1 ? 0 : 0.1),
  });
  return [
    ...[100, 300].flatMap((boards) => detection(seed, boards, size)),
    ...[0.1, 0.2, 0.3].map(lossy),
    {
      what: 'the same in bursts: 80 % for 0.3 s every 3 s',
      target: '<= 0.1',
      measure: (policy) => falseDeaths(seed, policy, size, { burst: SHORT_BURSTS }, 0.1),
    },
    {
      // One burst in nine is longer than the time in which a death is to be noticed: nobody can tell the two apart.
      what: 'the same in bursts: 80 % for 2 s every 30 s',
      target: 'none',
      measure: (policy) => falseDeaths(seed, policy, size, { burst: LONG_BURSTS }, undefined),
    },
    {
      what: `failed reads when a board dies and a sibling lives, ${size.deaths} deaths`,
      target: '0, p99 <= 500 ms',
      measure: async (policy) => failover(await readWhileOneDies(seed, policy, size.deaths)),
    },
    ...[0, 0.3].map((loss) => discovery(seed, loss, size.starts)),
    {
      what: 'calls answered within 3 s at 20 % loss',
      target: '>= 99.9 %',
      measure: async (policy) => success(await readAll(seed, policy, 0.2, size.reads)),
    },
    {
      what: `double executions at 30 % loss, in ${policyCount(size.deeds)} calls`,
      target: '0',
      measure: async (policy) => {
        const { calls, executed, twice } = await executeTwice(seed, policy, 0.3, size.deeds);
        return { text: `${twice} in ${policyCount(calls)} (${policyCount(executed)} executed)`, reached: twice === 0 };
      },
    },
    {
      what: `partitions healed within 10 s, of ${size.partitions} schedules`,
      target: 'all',
      measure: (policy) => partitions(seed, policy, size.partitions),
    },
    ...[10, 100, 300].flatMap((boards) => [1, 3].map((kernels) => airtime(seed, boards, kernels))),
    ...[1, 3].map((kernels) => restart(seed, 300, kernels)),
  ];
}

/** A cluster under either rules, with what the boards of each offer. */
function clusterOf(world: World, policy: Policy, options: ClusterOptions): Cluster {
  if (policy === 'tdos') return new Cluster(world, options);
  return new Cluster(world, { services: () => [], ...options, rules: seedRules });
}

function detection(seed: number, boards: number, { kills }: Size): Target[] {
  const runs = new Map<Policy, Promise<Watched>>();
  const run = (policy: Policy): Promise<Watched> => {
    const known = runs.get(policy) ?? killSome(seed, policy, boards, kills);
    runs.set(policy, known);
    return known;
  };
  const target = (what: string, boundMs: number, pick: (watched: Watched) => readonly number[]): Target => ({
    what: `a board loses power: ${what}, ${boards} boards, one kernel`,
    target: `<= ${boundMs / 1000} s`,
    measure: async (policy) => {
      const values = pick(await run(policy));
      const longest = percentile(values, 1);
      if (longest === undefined) return { text: 'never', reached: false };
      const text = `${time(longest)} (p50 ${time(percentile(values, 0.5) ?? 0)}, ${values.length} of ${kills})`;
      return { text, reached: longest <= boundMs && values.length === kills };
    },
  });
  const [suspect, dead] = boards <= 100 ? [2500, 5000] : [5000, 8000];
  return [target('suspect', suspect, ({ suspectMs }) => suspectMs), target('dead', dead, ({ deadMs }) => deadMs)];
}

async function killSome(seed: number, policy: Policy, boards: number, kills: number): Promise<Watched> {
  const world = new World(seed, { radio: WIFI });
  const cluster = clusterOf(world, policy, { nodes: boards, kernels: 1, startWithinMs: 1000 });
  const watch = new Watch(cluster);
  await cluster.start();
  await world.run(REST_MS);
  const random = new Random(seedOf(`${seed}/kills`));
  for (let count = 0; count < kills; count++) {
    await world.run(random.between(1000, 4000));
    cluster.kill(`n${count + 1}`);
  }
  await world.run(30_000);
  return watch.results();
}

async function falseDeaths(
  seed: number,
  policy: Policy,
  { boards, hours }: Size,
  radio: Partial<RadioOptions>,
  bound: number | undefined,
): Promise<Measured> {
  const world = new World(seed, { radio: { ...WIFI, ...radio } });
  const cluster = clusterOf(world, policy, { nodes: boards, kernels: 1, startWithinMs: 5000 });
  const watch = new Watch(cluster);
  await cluster.start();
  await world.run(hours * HOUR_MS);
  const { falseDeaths: count, nodeDays } = watch.results();
  const boardDays = (nodeDays * boards) / (boards + 1);
  const rate = count / boardDays;
  const text = `${round(rate)} (${count} in ${round(boardDays)} days)`;
  return { text, reached: bound === undefined ? undefined : rate <= bound };
}

function discovery(seed: number, loss: number, starts: number): Target {
  const boundMs = loss === 0 ? 1000 : 3000;
  return {
    what: `cold discovery of 50 boards at ${100 * loss} % loss, ${starts} starts`,
    target: `<= ${boundMs / 1000} s`,
    measure: async (policy) => {
      const times: number[] = [];
      for (let start = 0; start < starts; start++) {
        const world = new World(seed + start, { radio: { ...WIFI, loss } });
        const cluster = clusterOf(world, policy, { nodes: 50, kernels: 1 });
        await cluster.start();
        const stepMs = policy === 'tdos' ? 10 : 100;
        while (!knowsAll(cluster) && world.now() < DISCOVERY_MS) await world.run(stepMs);
        times.push(world.now());
      }
      const longest = percentile(times, 1) ?? 0;
      if (longest >= DISCOVERY_MS) return { text: `not all at once within ${time(DISCOVERY_MS)}`, reached: false };
      return { text: `${time(longest)} (p50 ${time(percentile(times, 0.5) ?? 0)})`, reached: longest <= boundMs };
    },
  };
}

async function partitions(seed: number, policy: Policy, count: number): Promise<Measured> {
  let healed = 0;
  let longest = 0;
  for (let schedule = 0; schedule < count; schedule++) {
    const tookMs = await partition(seed + schedule, policy);
    if (tookMs === undefined) continue;
    healed += 1;
    longest = Math.max(longest, tookMs);
  }
  return { text: `${healed} (longest ${time(longest)})`, reached: healed === count };
}

/** Up to three partitions, one after the other. ms from the last heal to equal views; undefined above `HEAL_MS`. */
async function partition(seed: number, policy: Policy): Promise<number | undefined> {
  const random = new Random(seedOf(`${seed}/partitions`));
  const world = new World(seed, { radio: WIFI });
  const cluster = clusterOf(world, policy, { nodes: 6, kernels: 2, readers: 1 });
  const names = cluster.names();
  await cluster.start();
  await world.run(3000);
  for (let left = 1 + random.below(3); left > 0; left--) {
    world.radio.partition([names.filter(() => random.below(2) === 0)]);
    await world.run(random.between(100, 20_000));
    world.radio.heal();
    if (left > 1) await world.run(random.between(100, 8000));
  }
  const from = world.now();
  while (!isWhole(cluster, policy)) {
    if (world.now() - from >= HEAL_MS) return undefined;
    await world.run(100);
  }
  return world.now() - from;
}

/** All that look see all that are: TDOS's kernels see each other too. */
function isWhole(cluster: Cluster, policy: Policy): boolean {
  if (policy === 'original') return knowsAll(cluster);
  const expected = [...cluster.names('kernel'), ...cluster.names('node')];
  return [...cluster.names('kernel'), ...cluster.names('reader')].every((name) => {
    const states = new Map(
      cluster
        .resident(name)
        ?.nodes()
        .map(({ node, state }) => [node, state]),
    );
    return expected.every((node) => states.get(node) === 'alive');
  });
}

function airtime(seed: number, boards: number, kernels: number): Target {
  const bound = 0.05 + 0.01 * kernels;
  return {
    what: `airtime at rest, ${boards} boards, ${kernels} kernel${kernels === 1 ? '' : 's'}`,
    target: `<= ${Math.round(100 * bound)} %`,
    measure: async (policy) => {
      const world = new World(seed, { radio: WIFI });
      const cluster = clusterOf(world, policy, { nodes: boards, kernels });
      await cluster.start();
      await world.run(REST_MS);
      const before = usedMs(cluster);
      await world.run(62_000);
      const share = (usedMs(cluster) - before) / 62_000;
      return { text: `${round(100 * share)} %`, reached: share <= bound };
    },
  };
}

/** A kernel loses its power for a moment, and learns anew who is there. */
function restart(seed: number, boards: number, kernels: number): Target {
  return {
    what: `a kernel restarts, ${boards} boards, ${kernels} kernel${kernels === 1 ? '' : 's'}: all known`,
    target: '<= 1 s',
    measure: async (policy) => {
      const world = new World(seed, { radio: WIFI });
      const cluster = clusterOf(world, policy, { nodes: boards, kernels });
      await cluster.start();
      await world.run(REST_MS);
      cluster.kill('k1');
      await world.run(OFF_MS);
      cluster.boot('k1');
      const from = world.now();
      let knownMs: number | undefined;
      const seconds: number[] = [];
      for (let second = 0; second < RESTART_SECONDS; second++) {
        const before = usedMs(cluster);
        for (let step = 0; step < 100; step++) {
          await world.run(10);
          if (knowsAll(cluster)) knownMs ??= world.now() - from;
        }
        seconds.push((usedMs(cluster) - before) / 10);
      }
      const known = knownMs === undefined ? `not within ${RESTART_SECONDS} s` : time(knownMs);
      const [first = 0, ...rest] = seconds;
      const text = `${known}; airtime ${round(first)} % in the first second, then at most ${round(Math.max(...rest))} %`;
      return { text, reached: knownMs !== undefined && knownMs <= 1000 };
    },
  };
}

/** ms of airtime used so far. */
const usedMs = (cluster: Cluster): number => traffic(cluster).airtime * cluster.world.now();

function failover({ ok, failed, latenciesMs }: ReadCount): Measured {
  const p99 = percentile(latenciesMs, 0.99) ?? Number.POSITIVE_INFINITY;
  const text = `${failed} of ${ok + failed} failed, p99 ${time(p99)}, longest ${time(percentile(latenciesMs, 1) ?? 0)}`;
  return { text, reached: failed === 0 && p99 <= 500 };
}

function success({ ok, failed }: ReadCount): Measured {
  const share = ok / Math.max(1, ok + failed);
  return { text: `${(100 * share).toFixed(3)} % of ${ok + failed}`, reached: share >= 0.999 };
}

const policyCount = (count: number): string => (count >= 1_000_000 ? `${count / 1_000_000} million` : String(count));
