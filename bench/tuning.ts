/**
 * `npm run bench:tuning`: what the settings of health and retries do, one changed at a time, in the same simulated worlds:
 * how soon a board without power is suspected and called dead, who is called dead that lives, and what it costs in
 * airtime. Prints a table; never fails. `--small`: one world of each kind.
 */
import { parseArgs } from 'node:util';
import { type Config, DEFAULTS } from '../src/core/config.ts';
import { Cluster } from '../src/sim/cluster.ts';
import { type RadioOptions, WIFI } from '../src/sim/radio.ts';
import { percentile } from '../src/sim/report.ts';
import { traffic } from '../src/sim/traffic.ts';
import { Watch } from '../src/sim/watch.ts';
import { World } from '../src/sim/world.ts';

const { values } = parseArgs({ options: { small: { type: 'boolean' } } });
const BOARDS = 20;
const HOURS = values.small ? 0.5 : 12;
const KILLS = values.small ? 4 : 15;
const SEED = 1;
const HOUR_MS = 3_600_000;
const REST_MS = 20_000;
const DEATH_MS = 12_000;
const SHORT_BURSTS = { everyMs: 3000, forMs: 300, loss: 0.8 };

const { heartbeatFloorMs, suspectAfter, probeRounds, probeRoundMs, probeHelpers } = DEFAULTS;
const TRIED: readonly (readonly [what: string, settings: Partial<Config>])[] = [
  ['the defaults', {}],
  [`heartbeats every 1 s, not ${heartbeatFloorMs / 1000} s`, { heartbeatFloorMs: 1000 }],
  ['heartbeats every 0.5 s', { heartbeatFloorMs: 500 }],
  [`suspect after 1.6 intervals, not ${suspectAfter}`, { suspectAfter: 1.6 }],
  ['suspect after 3.2 intervals', { suspectAfter: 3.2 }],
  [`4 rounds of probes, not ${probeRounds}`, { probeRounds: 4 }],
  ['9 rounds of probes', { probeRounds: 9 }],
  [`rounds of 200 ms, not ${probeRoundMs}`, { probeRoundMs: 200 }],
  [`no helpers and no probes in their place, not ${probeHelpers}`, { probeHelpers: 0 }],
];

interface Outcome {
  readonly suspectMs: readonly number[];
  readonly deadMs: readonly number[];
  readonly airtime: number;
}

/** Boards that lose power, one after the other. */
async function kill(config: Partial<Config>): Promise<Outcome> {
  const world = new World(SEED, { radio: WIFI });
  const cluster = new Cluster(world, { nodes: BOARDS, kernels: 1, config });
  const watch = new Watch(cluster);
  await cluster.start();
  await world.run(REST_MS);
  const { airtime } = traffic(cluster);
  for (let count = 1; count <= KILLS; count++) {
    cluster.kill(`n${count}`);
    await world.run(DEATH_MS + 137 * count);
  }
  const { suspectMs, deadMs } = watch.results();
  return { suspectMs, deadMs, airtime };
}

/** Deaths of the living, a board and day. */
async function falseDeaths(config: Partial<Config>, radio: Partial<RadioOptions>): Promise<number> {
  const world = new World(SEED, { radio: { ...WIFI, ...radio } });
  const cluster = new Cluster(world, { nodes: BOARDS, kernels: 1, config, startWithinMs: 5000 });
  const watch = new Watch(cluster);
  await cluster.start();
  await world.run(HOURS * HOUR_MS);
  const { falseDeaths: count, nodeDays } = watch.results();
  return count / nodeDays;
}

const longest = (ms: readonly number[]): string => ((percentile(ms, 1) ?? Number.NaN) / 1000).toFixed(2);
const row = (what: string, ...cells: readonly string[]): void =>
  console.log(what.padEnd(52) + cells.map((cell) => cell.padStart(13)).join(''));

console.log(
  `${BOARDS} boards, one kernel, seed ${SEED}; ${KILLS} deaths; false deaths over ${HOURS} h, a node and day\n`,
);
row('', 'suspect (s)', 'dead (s)', '10 % loss', '30 % loss', 'bursts', 'airtime');
for (const [what, config] of TRIED) {
  const { suspectMs, deadMs, airtime } = await kill(config);
  const rates = [{ loss: 0.1 }, { loss: 0.3 }, { burst: SHORT_BURSTS }].map((radio) => falseDeaths(config, radio));
  const cells = (await Promise.all(rates)).map((rate) => rate.toFixed(2));
  row(what, longest(suspectMs), longest(deadMs), ...cells, `${(100 * airtime).toFixed(1)} %`);
}
