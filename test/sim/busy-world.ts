/**
 * A program for determinism.test.ts: a small cluster with everything that may go wrong, and programs on it. Prints the
 * digest of its trace. With `busy`, its process does other things meanwhile.
 *
 *     node test/sim/busy-world.ts SEED [busy]
 */
import { readFile } from 'node:fs/promises';
import { Random } from '../../src/base/random.ts';
import { every } from '../../src/os/app.ts';
import { pause } from '../../src/os/pause.ts';
import { defineService } from '../../src/os/service.ts';
import { Cluster } from '../../src/sim/cluster.ts';
import { drawFaults } from '../../src/sim/faults.ts';
import type { Machine } from '../../src/sim/machine.ts';
import { PICO_W, WIFI } from '../../src/sim/radio.ts';
import { World } from '../../src/sim/world.ts';

const [seed = '1', busy] = process.argv.slice(2);
const FOR_MS = 60_000;
/** Of noise, at most: on a machine under load there is time for little else. */
const ROUNDS = 200;

/** Timers, reads of files and chains of promises of the process itself, none of which may matter. */
function makeNoise(): () => void {
  let rounds = 0;
  const noise = setInterval(() => {
    if (++rounds === ROUNDS) clearInterval(noise);
    const end = performance.now() + 2;
    while (performance.now() < end);
    void readFile(import.meta.filename).then((bytes) => bytes.toString('hex'));
  }, 3);
  return () => clearInterval(noise);
}

/** A service whose answers take time and many turns of promises. */
const slowSensor = (machine: Machine) =>
  defineService({
    name: 'temp_sensor',
    read: async () => {
      await pause(machine, machine.entropy() % 20);
      for (let turn = 0; turn < 100; turn++) await undefined;
      return { value: machine.now(), unit: 'ms' };
    },
  });

const stopNoise = busy === 'busy' ? makeNoise() : () => undefined;
const world = new World(Number(seed), {
  radio: { ...WIFI, loss: 0.1, burst: { everyMs: 20_000, forMs: 300, loss: 0.9 }, corrupt: 0.001, duplicate: 0.02 },
});
const digest = world.trace.digests();
const cluster = new Cluster(world, {
  nodes: 5,
  kernels: 2,
  readers: 2,
  habits: PICO_W,
  startWithinMs: 1000,
  services: (_, machine, role) => (role === 'node' ? [slowSensor(machine)] : []),
});
cluster.schedule(drawFaults(new Random(Number(seed)), cluster.names(), { fromMs: 5000, untilMs: FOR_MS, count: 12 }));
for (const name of cluster.names('reader'))
  cluster.program(name, 'read', async (os, signal) => {
    const job = every(os, 200, async () => world.note(`${name} reads ${JSON.stringify(await os.read('temp_sensor'))}`));
    signal.addEventListener('abort', () => job.stop());
    await job.ended;
  });
await cluster.start();
await world.run(FOR_MS);
await cluster.stop();
stopNoise();
console.log(`${digest.lines} lines ${digest.hex()}`);
