// A whole node on the engine of the boards, sealed, among nodes in Node: it is found, judged, called, and calls.

import { afterEach, beforeAll, expect, test } from 'vitest';
import { defineService } from '../../src/os/service.ts';
import { type Bundle, bundle } from '../../tools/bundle.ts';
import { Air } from './air.ts';
import { BUILD_MS, buildEngine, Engine, engineRuns } from './engine.ts';
import type { Answer, Asked } from './programs/board.ts';

const KEY = Uint8Array.from({ length: 32 }, (_, at) => at * 7);
const BOARD = '10.0.0.9';

const runs = engineRuns('a node in XS');
let program: Bundle;
let engine: Engine;

beforeAll(async () => {
  if (!runs) return;
  await buildEngine();
  program = await bundle('test/xs/programs/board.ts', { format: 'iife' });
}, BUILD_MS);

afterEach(() => engine.close());

async function start(): Promise<Air> {
  engine = new Engine();
  await engine.run(program.code);
  return new Air(KEY);
}

const ask = async (asked: Asked): Promise<Answer> => JSON.parse((await engine.ask(JSON.stringify(asked))) || '{}');
const counter = () => {
  let count = 0;
  return defineService({
    name: 'counter',
    read: () => count,
    ops: { bump: { safe: false, run: (by: number) => (count += by) } },
  });
};

test.runIf(runs)('A kernel in Node finds a sealed board in XS, calls it, and hears why a call fails', async () => {
  const air = await start();
  const kernel = await air.node('10.0.0.1', { name: 'k1', kernel: true });
  await air.board(BOARD, engine, 'garden');
  await air.run(2000);
  expect(kernel.nodes().map(({ node, state, services }) => [node, state, services])).toEqual([
    ['garden', 'alive', ['soil_sensor']],
    ['k1', 'alive', []],
  ]);
  const soil = await air.wait(kernel.open('soil_sensor@room=greenhouse'));
  expect(await air.wait(soil.read())).toMatchObject({ value: 41.5, unit: '%', quality: 'live', node: 'garden' });
  expect(await air.wait(soil.call('add', { a: 2, b: 40 }))).toBe(42);
  await expect(air.wait(soil.call('fail'))).rejects.toMatchObject({ code: 'FAILED', message: 'the probe is dry' });
  expect((await ask({ do: 'list' })).faults).toEqual([]);
});

test.runIf(runs)('A board in XS that loses power is dead to its kernel within 5 s', async () => {
  const air = await start();
  const kernel = await air.node('10.0.0.1', { name: 'k1', kernel: true });
  await air.board(BOARD, engine, 'garden');
  await air.run(5000);
  air.leave(BOARD);
  await air.run(5000);
  expect(kernel.nodes().find(({ node }) => node === 'garden')).toMatchObject({ state: 'dead' });
});

test.runIf(runs)('A board in XS reads and changes what a node in Node serves', async () => {
  const air = await start();
  await air.node('10.0.0.1', { name: 'k1', kernel: true });
  const pc = await air.node('10.0.0.2', { name: 'pc', services: [counter()] });
  await air.board(BOARD, engine, 'garden');
  await air.run(2000);
  await ask({ do: 'bump', service: 'counter', by: 5 });
  await air.run(1000);
  await ask({ do: 'read', service: 'counter' });
  await air.run(1000);
  const { readings, faults } = await ask({ do: 'list' });
  expect(faults).toEqual([]);
  expect(readings).toMatchObject([5, { value: 5, node: 'pc', quality: 'live' }]);
  await pc.close();
});

test.runIf(runs)('A board in XS that is the kernel judges nodes in Node, and tells them of each other', async () => {
  const air = await start();
  await air.board(BOARD, engine, 'garden', true);
  const pc = await air.node('10.0.0.2', { name: 'pc', services: [counter()] });
  await air.node('10.0.0.3', { name: 'other', services: [counter()] });
  await air.run(3000);
  expect((await ask({ do: 'list' })).nodes).toEqual([
    'garden alive soil_sensor',
    'other alive counter',
    'pc alive counter',
  ]);
  expect(pc.nodes().map(({ node }) => node)).toEqual(['garden', 'other', 'pc']);
  air.leave('10.0.0.3');
  await air.run(6000);
  expect(pc.nodes().find(({ node }) => node === 'other')?.state).toBe('dead');
  expect((await ask({ do: 'list' })).faults).toEqual([]);
});
