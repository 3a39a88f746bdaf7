import { afterAll, expect, test } from 'vitest';
import type { Os } from '../../src/index.ts';
import type { Board } from './board.ts';
import { Network, sensor } from './programs.ts';

/** A board is back within so many ms of being able to. */
const BACK_MS = 10_000;

const networks: Network[] = [];
afterAll(() => Promise.all(networks.map((network) => network.close())));

interface Scene {
  readonly network: Network;
  readonly os: Os;
  readonly board: Board;
}

/** A kernel, and a board that it has read. */
async function scene(program = sensor('temp_sensor', 21.5, '°C')): Promise<Scene> {
  const network = new Network();
  networks.push(network);
  const os = await network.boot({ name: 'kernel', kernel: true });
  const board = network.board({ name: 'attic' }, program);
  await back(os);
  return { network, os, board };
}

/** Resolves when the sensor can be read, to the ms that took. */
async function back(os: Os): Promise<number> {
  const start = performance.now();
  const temp = await os.open<number>('temp_sensor', { timeoutMs: BACK_MS });
  try {
    for (;;) {
      const left = start + BACK_MS - performance.now();
      if (left <= 0) throw new Error(`not back within ${BACK_MS} ms`);
      try {
        await temp.read({ timeoutMs: Math.min(left, 500) });
        return performance.now() - start;
      } catch {
        await pause(100);
      }
    }
  } finally {
    temp.close();
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until the kernel has given the board up. */
const dead = (os: Os): Promise<void> =>
  expect.poll(() => os.list().find(({ own }) => !own)?.state, { timeout: BACK_MS }).toBe('dead');

const epochOf = (board: Board): number => (JSON.parse(board.flash['tdos.state'] ?? '[0,0]') as number[])[1] ?? 0;

test.concurrent('A board whose Wi-Fi was away comes back', async () => {
  const { os, board } = await scene();
  board.wifi = false;
  await dead(os);
  await pause(Number(process.env.TDOS_WIFI_AWAY_MS ?? 6000));
  board.wifi = true;
  expect(await back(os)).toBeLessThan(BACK_MS);
}, 90_000);

test.concurrent('A board whose power was cut comes back under a higher epoch', async () => {
  const { os, board } = await scene();
  const before = epochOf(board);
  await board.powerOff();
  await dead(os);
  board.powerOn();
  expect(await back(os)).toBeLessThan(BACK_MS);
  expect(epochOf(board)).toBeGreaterThan(before);
  expect(epochOf(board)).toBeLessThanOrEqual(before + 1024);
});

test.concurrent('A board with an old copy of its counter is told where it was, and goes on above', async () => {
  const { os, board } = await scene();
  const before = epochOf(board);
  const [id] = JSON.parse(board.flash['tdos.state'] ?? '[]') as number[];
  await board.powerOff();
  board.flash['tdos.state'] = JSON.stringify([id, 7]);
  board.powerOn();
  expect(await back(os)).toBeLessThan(BACK_MS);
  await board.until(() => epochOf(board) > before, BACK_MS, 'higher epoch');
});

test.concurrent('A board whose counter is lost, or cut off in the middle, comes back with the same id', async () => {
  const { os, board } = await scene();
  const [id] = JSON.parse(board.flash['tdos.state'] ?? '[]') as number[];
  for (const file of [undefined, '[123456']) {
    await board.powerOff();
    if (file === undefined) delete board.flash['tdos.state'];
    else board.flash['tdos.state'] = file;
    board.powerOn();
    expect(await back(os)).toBeLessThan(BACK_MS);
    expect(JSON.parse(board.flash['tdos.state'] ?? '[]')[0]).toBe(id);
  }
});

const HOARDER = `
import asyncio
import gc
import tdos

node = tdos.Node()
node.provide("temp_sensor", lambda: {"value": 21.5, "unit": "°C"})


async def hoard():
    await asyncio.sleep_ms(2000)
    gc.collect()  # done when the scheduler is back in JavaScript
    await asyncio.sleep_ms(1)
    # Not to the last byte: with none left, this build of MicroPython hangs in its collector.
    rubbish = [None] * 300
    count = 0
    for size in (4000, 400):
        try:
            while True:
                rubbish[count] = bytearray(size)
                count += 1
        except MemoryError:
            pass
    await asyncio.sleep_ms(3000)
    rubbish = None
    gc.collect()
    await asyncio.sleep_ms(100)
    print("free again", node.counts.get("faults", 0) > 0, type(node.fault).__name__)


tdos.run(node, hoard())
`;

test.concurrent('A board whose heap was full comes back', async () => {
  const { os, board } = await scene(HOARDER);
  const line = await board.line(/^free again (.*)/, 15_000);
  expect(line[1]).toBe('True MemoryError');
  expect(await back(os)).toBeLessThan(BACK_MS);
  expect(board.ended).toBeUndefined();
});
