// What a board has to have room for, measured on its engine with the words that it has there. The program stands in
// flash, and Moddable's modules are Moddable's: what counts is what a node adds once both are there.

import { afterEach, beforeAll, expect, test } from 'vitest';
import { defineService } from '../../src/os/service.ts';
import { type Bundle, bundle } from '../../tools/bundle.ts';
import { Air } from './air.ts';
import { BUILD_MS, buildEngine, Engine, engineRuns, type Heap, SLOT_BYTES } from './engine.ts';

const PEERS = 32;
const IP = '10.0.0.9';
const KEY = Uint8Array.from({ length: 32 }, (_, at) => at);
const WATCHED_MS = 20_000;

const KB = 1024;
/** A little above what was reached: more is a step back, or wants a reason. 64 KB were wanted; DECISIONS.md says what is in the way. */
const MAX_CORE_BYTES = 122 * KB;

interface Bounds {
  readonly role: 'reading node' | 'kernel';
  readonly maxBytes: number;
  readonly maxSlotsPerPeer: number;
  /** Steps of the engine for one datagram taken, with all that happens between: timers, answers, and HMAC without native help. */
  readonly maxComputed: number;
}

const BOUNDS: readonly Bounds[] = [
  { role: 'reading node', maxBytes: 36 * KB, maxSlotsPerPeer: 30, maxComputed: 430_000 },
  { role: 'kernel', maxBytes: 48 * KB, maxSlotsPerPeer: 48, maxComputed: 200_000 },
];

let program: Bundle;
let engine: Engine | undefined;

const runs = engineRuns('what a node takes of a board’s memory', true);

beforeAll(async () => {
  if (!runs) return;
  await buildEngine();
  program = await bundle('test/xs/programs/board.ts', { format: 'iife' });
}, BUILD_MS);

afterEach(() => engine?.close());

const print = (line: string): void => {
  process.stdout.write(`budget on XS: ${line}\n`);
};
const bytesOf = (heap: Heap, before: Heap): number =>
  (heap.slots - before.slots) * SLOT_BYTES + heap.chunkBytes - before.chunkBytes;
const inKb = (bytes: number): string => `${(bytes / KB).toFixed(1)} KB`;

test('The core and the os, minified, stay within their bytes', async () => {
  const bytes = Buffer.byteLength((await bundle('test/xs/programs/floors.ts')).code);
  print(`core + os ${inKb(bytes)} minified (at most ${inKb(MAX_CORE_BYTES)}; 64 KB were wanted)`);
  expect(bytes).toBeLessThanOrEqual(MAX_CORE_BYTES);
});

test.runIf(runs).each(BOUNDS)(
  `A board with ${PEERS} peers stays within its heap, its slots for each and its work for a datagram, as a $role`,
  async ({ role, maxBytes, maxSlotsPerPeer, maxComputed }) => {
    const kernel = role === 'kernel';
    engine = new Engine();
    await engine.run(program.code);
    const air = new Air(KEY);
    await air.plug(IP, engine, 'garden');
    const loaded = await engine.heap();
    await air.boot(IP, engine, kernel);
    const alone = await engine.heap();
    if (!kernel) await engine.ask(JSON.stringify({ do: 'read', service: 'temp_sensor' }));
    for (let peer = 1; peer <= PEERS; peer += 1) {
      const services = [defineService({ name: 'temp_sensor', read: () => peer })];
      await air.node(`10.0.1.${peer}`, {
        name: `peer-${peer}`,
        services,
        kernel: !kernel && peer === 1,
        follow: false,
      });
    }
    await air.run(5000);
    const { nodes } = JSON.parse(await engine.ask(JSON.stringify({ do: 'list' })));
    expect(nodes).toHaveLength(PEERS + 1);
    const full = await engine.heap();
    const before = { computed: engine.computed, taken: air.taken };
    await air.run(WATCHED_MS);
    const computed = Math.round((engine.computed - before.computed) / (air.taken - before.taken));
    const heap = bytesOf(full, loaded);
    const slotsPerPeer = Math.round((full.slots - alone.slots) / PEERS);
    print(
      `${role}: alone ${inKb(bytesOf(alone, loaded))}, with ${PEERS} peers ${inKb(heap)} (at most ${inKb(maxBytes)}; 48 KB were wanted)`,
    );
    print(`${role}: ${slotsPerPeer} slots a peer, ${computed} steps a datagram`);
    expect(heap).toBeLessThanOrEqual(maxBytes);
    expect(slotsPerPeer).toBeLessThanOrEqual(maxSlotsPerPeer);
    expect(computed).toBeLessThanOrEqual(maxComputed);
  },
  60_000,
);
