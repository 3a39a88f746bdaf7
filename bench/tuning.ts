/**
 * `npm run bench:tuning`: what the settings of health and retries do, one changed at a time, in the same simulated worlds:
 * how soon a board without power is suspected and called dead, who is called dead that lives, and what it costs in
 * airtime; how many calls are answered where datagrams get lost, how soon, and what that costs in datagrams. Prints two
 * tables; never fails. `--small`: in seconds.
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

const CALLS = values.small ? 500 : 20_000;
const CALL_EVERY_MS = 20;
const CALL_LOSS = 0.2;

const { heartbeatFloorMs, suspectAfter, probeRounds, probeRoundMs, probeHelpers } = DEFAULTS;
const { retryMinMs, retryFirstMs, retryMaxMs, retriesPerCall } = DEFAULTS;
const TRIED: readonly (readonly [what: string, settings: Partial<Config>])[] = [
  ['the defaults', {}],
  [`heartbeats every 1 s, not ${heartbeatFloorMs / 1000} s`, { heartbeatFloorMs: 1000 }],
  ['heartbeats every 0.5 s', { heartbeatFloorMs: 500 }],
  [`suspect after 1.6 intervals, not ${suspectAfter}`, { suspectAfter: 1.6 }],
  ['suspect after 3.2 intervals', { suspectAfter: 3.2 }],
  [`4 rounds of probes, not ${probeRounds}`, { probeRounds: 4 }],
  ['9 rounds of probes', { probeRounds: 9 }],
  [`rounds of 200 ms, not ${probeRoundMs}`, { probeRoundMs: 200 }],
  [`1 helper, or probes in its place, not ${probeHelpers}`, { probeHelpers: 1 }],
];

const RETRIES: readonly (readonly [what: string, settings: Partial<Config>])[] = [
  ['the defaults', {}],
  [`first wait 300 ms, not ${retryFirstMs} ms`, { retryFirstMs: 300 }],
  [`shortest wait 10 ms, not ${retryMinMs} ms`, { retryMinMs: 10 }],
  ['shortest wait 100 ms', { retryMinMs: 100 }],
  [`longest wait 1 s, not ${retryMaxMs / 1000} s`, { retryMaxMs: 1000 }],
  [`0.5 retries a call, not ${retriesPerCall}`, { retriesPerCall: 0.5 }],
  ['1 retry a call', { retriesPerCall: 1 }],
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

/** Reads of a board by a PC, at a steady pace. */
async function read(config: Partial<Config>): Promise<string[]> {
  const world = new World(SEED, { radio: { ...WIFI, loss: CALL_LOSS } });
  const cluster = new Cluster(world, { nodes: 1, kernels: 1, readers: 1, config });
  await cluster.start();
  await world.run(REST_MS);
  const handle = await world.finish(cluster.os('r1').open('temp_sensor', { timeoutMs: 20_000 }), 30_000);
  let failed = 0;
  let requests = 0;
  const tookMs: number[] = [];
  world.onDatagram = ({ sender }, to) => {
    if (sender === 'r1' && to === 'n1') requests += 1;
  };
  for (let call = 0; call < CALLS; call++) {
    const begun = world.now();
    handle.read().then(
      () => tookMs.push(world.now() - begun),
      () => (failed += 1),
    );
    await world.run(CALL_EVERY_MS);
  }
  await world.run(2 * DEFAULTS.callTimeoutMs);
  handle.close();
  const ms = [0.5, 0.99, 1].map((share) => (percentile(tookMs, share) ?? Number.NaN).toFixed(0));
  return [`${((100 * tookMs.length) / CALLS).toFixed(3)} %`, String(failed), ...ms, (requests / CALLS).toFixed(2)];
}

console.log(`\n${CALLS} reads of a board, one each ${CALL_EVERY_MS} ms, at ${100 * CALL_LOSS} % loss each way\n`);
row('', 'answered', 'failed', 'p50 (ms)', 'p99 (ms)', 'longest (ms)', 'requests');
for (const [what, config] of RETRIES) row(what, ...(await read(config)));
