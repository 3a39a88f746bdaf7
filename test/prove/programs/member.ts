/** A node of a cluster under attack: serves an oven, calls it when it is told to, and tells what it sees, did and holds. */
import { readFileSync } from 'node:fs';
import { boot, defineService } from 'tdos';
import { keepHeapSmall } from '../../../src/hosts/node/memory.ts';
import { obey, options, tell } from './part.ts';

interface MemberOptions {
  readonly port: number;
  readonly name: string;
  readonly interface: string;
  readonly kernel?: boolean;
  readonly serves?: boolean;
}

export interface Look {
  readonly rss: number;
  readonly refused: Readonly<Record<string, number>>;
  /** Datagrams that its sockets had no room for. */
  readonly drops: number;
  readonly reads: number;
  readonly heats: number;
  readonly view: readonly string[];
}

/** ms between two reads. */
const BEAT_MS = 20;

const { serves, ...network } = options<MemberOptions>();
keepHeapSmall(); // as `tdos sensor` does
let reads = 0;
let heats = 0;
const oven = defineService({
  name: 'oven',
  read: () => {
    reads += 1;
    return { value: 180, unit: '°C' };
  },
  ops: {
    heat: {
      safe: false,
      run: () => {
        heats += 1;
        return heats;
      },
    },
    log: { safe: true, run: (text: string) => text.repeat(2) },
  },
});
const os = await boot({ ...network, services: serves === true ? [oven] : [] });
os.on(() => undefined); // follows: has a view

function drops(): number {
  const lines = readFileSync('/proc/net/udp', 'utf8').trim().split('\n').slice(1);
  return lines.reduce((sum, line) => sum + Number(line.trim().split(/\s+/).at(-1)), 0);
}

function look(): Look {
  globalThis.gc?.();
  const refused = Object.entries(os.counters()).filter(([what]) => what.startsWith('refused.'));
  const view = os
    .nodes()
    .map(({ nodeId, epoch, node, state, address, own }) => [nodeId, epoch, node, state, own ? '' : address].join(' '));
  return {
    rss: process.memoryUsage().rss,
    refused: Object.fromEntries(refused),
    drops: drops(),
    reads,
    heats,
    view: view.sort(),
  };
}

/** Reads, works, and says much: each kind of datagram goes out. */
async function call(): Promise<string> {
  const handle = await os.open('oven', { timeoutMs: 10_000 });
  for (let time = 0; time < 60; time += 1) {
    await handle.read();
    await handle.call('heat');
    await handle.call('log', `${time}`.repeat(4000));
  }
  return 'called';
}

const account = { failures: [] as string[], latencies: [] as number[] };

/** Reads on a steady beat from now on. */
async function beat(): Promise<string> {
  const handle = await os.open('oven', { timeoutMs: 10_000 });
  setInterval(async () => {
    const start = performance.now();
    try {
      await handle.read();
      account.latencies.push(performance.now() - start);
    } catch (error) {
      account.failures.push(String(error));
    }
  }, BEAT_MS);
  return 'reads';
}

/** The account since the last one. */
const report = (): typeof account => ({ failures: account.failures.splice(0), latencies: account.latencies.splice(0) });

obey({ look, call, beat, report });
tell('up');
