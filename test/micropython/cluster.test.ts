import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { defineService, type Handle, type Os } from '../../src/index.ts';
import { Board } from './board.ts';
import type { Version } from './messages.ts';
import { Network, sensor } from './programs.ts';

let network = new Network();
afterEach(async () => {
  await network.close();
  network = new Network();
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const seed = new URL('./seed/', import.meta.url);
const originals = Object.fromEntries(
  readdirSync(seed)
    .filter((name) => name.endsWith('.py'))
    .map((name) => [name, readFileSync(new URL(name, seed), 'utf8')]),
);

/** Reads on and on until `done`, and keeps who answered. */
async function readWhile(temp: Handle<number>, done: () => boolean): Promise<Set<string>> {
  const nodes = new Set<string>();
  while (!done()) {
    nodes.add((await temp.read()).node);
    await pause(20);
  }
  return nodes;
}

test('Three kinds of sensors are killed in turn while they are read, and no read fails', async () => {
  const os = await network.boot({ name: 'kernel', kernel: true, allowV1: true });
  const inTypeScript = (): Promise<Os> =>
    network.boot({
      name: 'typescript',
      services: [
        defineService({ name: 'temp_sensor', version: '1.0.0', labels: {}, read: () => ({ value: 1, unit: '°C' }) }),
      ],
    });
  const library = network.board({ name: 'library' }, sensor('temp_sensor', 2, '°C'));
  const original = network.add(
    new Board({
      discoveryPort: network.port,
      flash: originals,
      program: 'from sensor_node import SensorNode\nSensorNode("temp_sensor").run()\n',
      heap: 'grows',
    }),
  );
  const typescript = await inTypeScript();
  const present = (count: number): Promise<void> =>
    expect.poll(() => os.list().filter(({ state }) => state === 'alive').length, { timeout: 10_000 }).toBe(count);
  await present(3);
  const temp = await os.open<number>('temp_sensor');

  let killed = false;
  const reads = readWhile(temp, () => killed);
  await library.powerOff();
  await pause(500);
  library.powerOn();
  await present(3);
  await original.powerOff();
  await pause(500);
  await typescript.close();
  await pause(500);
  killed = true;
  const nodes = await reads;
  expect(nodes.has('library')).toBe(true);
}, 40_000);

const READER = `
import asyncio
import tdos

node = tdos.Node()


async def main():
    temp = await node.open("temp_sensor")
    print("reading")
    slowest = 0
    for number in range(150):
        start = tdos.ticks_ms()
        reading = await temp.read()
        slowest = max(slowest, tdos._since(start))
        print(reading.quality, reading.value)
        await asyncio.sleep_ms(20)
    print("slowest", slowest)


tdos.run(node, main())
`;

test('A board reads on while the sensor that served it dies', async () => {
  await network.boot({ name: 'kernel', kernel: true });
  const sensors = [1, 2].map((value) => network.board({ name: `sensor-${value}` }, sensor('temp_sensor', value, '°C')));
  const reader = network.board({ name: 'reader' }, READER);
  const [, served] = await reader.line(/^live (\d)/, 15_000);
  await reader.until(() => reader.lines.length > 30, 10_000, 'reads');
  await sensors[Number(served) - 1]?.powerOff();
  const [, slowest] = await reader.line(/^slowest (\d+)/, 20_000);
  const answered = reader.lines.filter((line) => /^(live|sibling) /.test(line));
  expect(answered).toHaveLength(150);
  expect(new Set(answered.map((line) => line.split(' ')[1]))).toEqual(new Set(['1', '2']));
  expect(answered.filter((line) => line.startsWith('sibling')).length).toBeGreaterThan(0);
  expect(Number(slowest)).toBeLessThan(500);
}, 40_000);

const FLEET = 20;
const VERSIONS: readonly Version[] = ['1.23', '1.25', '1.27'];

test(`${FLEET} boards come and go, and what lives can be read`, async () => {
  const os = await network.boot({ name: 'kernel', kernel: true });
  const boards = Array.from({ length: FLEET }, (_, index) =>
    network.board({ name: `board-${index}` }, sensor('temp_sensor', index, '°C'), {
      version: VERSIONS[index % 3] ?? '1.27',
    }),
  );
  const states = (): string =>
    os
      .list()
      .map(({ state }) => state)
      .sort()
      .join();
  const all = Array.from({ length: FLEET }, () => 'alive').join();
  await expect.poll(states, { timeout: 20_000 }).toBe(all);
  const group = await os.open<number>('temp_sensor@*');
  const values = async (): Promise<number[]> => (await group.read()).map(({ value }) => value).sort((a, b) => a - b);
  expect(await values()).toEqual(Array.from({ length: FLEET }, (_, index) => index));

  const off = boards.slice(0, 4);
  const away = boards.slice(4, 8);
  await Promise.all(off.map((board) => board.powerOff()));
  for (const board of away) board.wifi = false;
  const one = await os.open<number>('temp_sensor');
  for (let reads = 0; reads < 30; reads++) {
    expect((await one.read()).value).toBeGreaterThanOrEqual(0);
    await pause(50);
  }
  await expect
    .poll(
      () =>
        states()
          .split(',')
          .filter((state) => state === 'dead').length,
      { timeout: 15_000 },
    )
    .toBe(8);
  for (const board of off) board.powerOn();
  for (const board of away) board.wifi = true;
  await expect.poll(states, { timeout: 10_000 }).toBe(all);
  expect(await values()).toHaveLength(FLEET);
}, 90_000);
