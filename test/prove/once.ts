/**
 * Unsafe operations over a bad network, a million of them, in a simulated world: servers lose power, stand still and come
 * back all the while, and nothing may run twice.
 *
 * @module
 */
import { TdosError } from '../../src/base/errors.ts';
import { DEFAULTS } from '../../src/core/config.ts';
import type { Os } from '../../src/os/os.ts';
import { defineService } from '../../src/os/service.ts';
import { Cluster } from '../../src/sim/cluster.ts';
import type { Fault } from '../../src/sim/faults.ts';
import { WIFI } from '../../src/sim/radio.ts';
import { World } from '../../src/sim/world.ts';
import { atLeast, atMost, type Proof } from './figure.ts';

const LOSS = 0.3;
const SERVERS = 4;
const CALLERS = 4;
/** Calls under way at once on each caller. */
const OUTSTANDING = 96;
const SEED = 1;
/** ms between faults of a server, each in turn. */
const FAULT_EVERY_MS = 5000;
/** ms that a datagram travels at most, with what reordering adds: that is what "at most once" rests on (`flightMs`). */
const FLIGHT_MS = DEFAULTS.flightMs - 100;
/** ms of virtual time after which the world would have to be stuck. */
const BOUND_MS = 24 * 3_600_000;

export const once: Proof = {
  name: 'Unsafe operations at 30 % loss',
  run: async (size) => {
    const calls = size === 'full' ? 1_000_000 : 10_000;
    const times = new Uint8Array(calls);
    const answered = new Uint8Array(calls);
    const ends: Record<string, number> = {};
    const world = new World(SEED, { radio: { ...WIFI, loss: LOSS, latencyMaxMs: FLIGHT_MS } });
    const add = (nonce: number): number => {
      times[nonce] = (times[nonce] ?? 0) + 1;
      return nonce;
    };
    const switchboard = defineService({ name: 'switch', ops: { add: { safe: false, run: add } } });
    const cluster = new Cluster(world, {
      ...{ nodes: SERVERS, kernels: 1, readers: CALLERS },
      services: (_name, _machine, role) => (role === 'node' ? [switchboard] : []),
      // A board's own 32 would refuse most of them as BUSY.
      config: { maxUnsafe: 4096, maxSafe: 4096 },
    });
    await cluster.start();
    cluster.schedule(faults(calls / 40));
    let next = 0;
    let open = 0;
    const work = async (os: Os): Promise<void> => {
      const handle = await os.open('switch');
      while (next < calls) {
        const nonce = next++;
        try {
          if ((await handle.call('add', nonce, { timeoutMs: 2000 })) !== nonce) throw new Error('a wrong answer');
          answered[nonce] = 1;
        } catch (error) {
          if (!(error instanceof TdosError)) throw error;
          ends[error.code] = (ends[error.code] ?? 0) + 1;
        }
      }
      open -= 1;
    };
    const workers: Promise<void>[] = [];
    for (const name of cluster.names('reader'))
      for (let count = 0; count < OUTSTANDING; count++) {
        open += 1;
        workers.push(work(cluster.os(name)));
      }
    await world.finish(Promise.all(workers), BOUND_MS);
    const good = answered.reduce((sum, one) => sum + one, 0);
    const twice = times.filter((count) => count > 1).length;
    const unheard = answered.filter((one, nonce) => one === 1 && times[nonce] !== 1).length;
    console.log(`  ended otherwise: ${JSON.stringify(ends)}; ${(world.now() / 1000).toFixed(0)} s of virtual time`);
    return [
      atMost(`operations of ${calls} that ran twice`, twice, 0),
      atMost('operations that were answered and did not run exactly once', unheard, 0),
      atMost('calls that never ended', open, 0),
      atLeast('operations that were answered', (good / calls) * 100, 95, '%'),
      atLeast('datagrams lost', (world.counters.lost / world.counters.sent) * 100, 25, '%'),
    ];
  },
};

/** Each server in turn loses power for a moment, or stands still for longer than a call lasts. */
function faults(untilMs: number): Fault[] {
  const list: Fault[] = [];
  for (let number = 0; FAULT_EVERY_MS * (number + 1) < untilMs; number++) {
    const kind = (number + (number >> 2)) % 2 === 0 ? 'kill' : 'hang';
    const forMs = kind === 'kill' ? 700 : 7000;
    list.push({ at: FAULT_EVERY_MS * (number + 1), kind, node: `n${(number % SERVERS) + 1}`, forMs });
  }
  return list;
}
