/**
 * `npm run bench`: reads through TDOS against bare `node:dgram` and JSON, storage against bare `node:sqlite`, in the same run and in turns, so that a busy
 * machine is busy for both. Prints medians, the median of the ratios of each turn, and what the design aims at; never fails. `--small`: under 20 s.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { boot, defineService } from 'tdos';
import { bareSide, freePort, pinClient, type Side, tdosSide } from './sides.ts';
import { storageCosts } from './storage.ts';
import { wireCosts } from './wire.ts';

const { values } = parseArgs({ options: { small: { type: 'boolean' } } });
const size = values.small
  ? { rounds: 7, sequential: 1000, parallel: 8000, wire: 50_000, starts: 5 }
  : { rounds: 15, sequential: 2000, parallel: 20_000, wire: 500_000, starts: 15 };
const OUTSTANDING = 64;

interface Round {
  readonly p50: number;
  readonly perSecond: number;
  readonly cpu: number;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

/** Median of one call after the other, µs. */
async function latency(side: Side): Promise<number> {
  const took: number[] = [];
  for (let call = 0; call < size.sequential; call += 1) {
    const start = performance.now();
    await side.call();
    took.push((performance.now() - start) * 1000);
  }
  return median(took);
}

/** Calls a second with 64 outstanding, and µs of CPU a call, of client and server together. */
async function throughput(side: Side): Promise<{ readonly perSecond: number; readonly cpu: number }> {
  const server = await side.serverCpu();
  const client = process.cpuUsage();
  const start = performance.now();
  let left = size.parallel;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await side.call();
  };
  await Promise.all(Array.from({ length: OUTSTANDING }, worker));
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(client);
  const cpu = (user + system + (await side.serverCpu()) - server) / size.parallel;
  return { perSecond: size.parallel / seconds, cpu };
}

const round = async (side: Side): Promise<Round> => ({ p50: await latency(side), ...(await throughput(side)) });

async function compare(): Promise<void> {
  const bare = await bareSide();
  const tdos = await tdosSide();
  const turns: { readonly bare: Round; readonly tdos: Round }[] = [];
  const pinned = pinClient();
  const turn = async () => ({ bare: await round(bare), tdos: await round(tdos) });
  await turn(); // warm-up
  for (let n = 0; n < size.rounds; n += 1) turns.push(await turn());
  await bare.close();
  await tdos.close();
  const of = (value: (turn: (typeof turns)[number]) => number, digits = 0): string =>
    median(turns.map(value)).toFixed(digits).padStart(8);
  const row = (what: string, key: keyof Round, target: string): void => {
    const ratio = of((turn) => turn.tdos[key] / turn.bare[key], 2);
    console.log(
      `${what.padEnd(34)} ${of((turn) => turn.bare[key])} ${of((turn) => turn.tdos[key])} ${ratio}   ${target}`,
    );
  };
  if (!pinned) console.log('Both processes go where the system puts them (no `taskset`, or one CPU): figures swing.');
  console.log(`\n${''.padEnd(34)} ${'dgram'.padStart(8)} ${'tdos'.padStart(8)} ${'ratio'.padStart(8)}   target`);
  row('one call after the other, p50 (µs)', 'p50', '<= 1.20');
  row(`calls/s with ${OUTSTANDING} outstanding`, 'perSecond', '>= 0.85');
  row('CPU a call, both sides (µs)', 'cpu', '<= 1.30');
}

async function firstCalls(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'tdos-bench-'));
  const port = await freePort();
  const server = await boot({
    port,
    home,
    kernel: true,
    services: [defineService({ name: 'temp_sensor', read: () => 1 })],
  });
  // What is installed is what was built; from source, each start strips the types of every file.
  const isBuilt = existsSync(new URL('../dist/index.js', import.meta.url));
  const took: number[] = [];
  for (let start = 0; start < size.starts; start += 1) {
    const file = fileURLToPath(new URL('first-call.ts', import.meta.url));
    const child = fork(file, [String(port)], {
      execArgv: isBuilt ? [] : ['--conditions=tdos-source'],
      env: { ...process.env, TDOS_HOME: home, TDOS_KEY_FILE: '' },
    });
    const exit = once(child, 'exit');
    const [ms] = await once(child, 'message');
    took.push(Number(ms));
    await exit;
  }
  await server.close();
  rmSync(home, { recursive: true });
  const how = isBuilt ? 'as built' : 'from source';
  console.log(
    `\nfirst call of a new process, after its imports, ${how}: ${median(took).toFixed(1)} ms   target <= 25 ms`,
  );
}

const column = (value: number | string): string => (typeof value === 'number' ? value.toFixed(0) : value).padStart(9);
console.log(`wire (ns)        ${['encode', 'decode', 'sealed', 'opened', 'bare HMAC', 'bytes'].map(column).join(' ')}`);
for (const { type, encodeNs, decodeNs, sealNs, openNs, hmacNs, sealedBytes } of wireCosts(size.wire))
  console.log(`${type.padEnd(16)} ${[encodeNs, decodeNs, sealNs, openNs, hmacNs, sealedBytes].map(column).join(' ')}`);
await firstCalls();
await storageCosts(values.small ?? false);
// The last, since it keeps this process on one CPU.
await compare();
