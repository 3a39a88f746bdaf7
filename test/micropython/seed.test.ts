import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { defineService } from '../../src/index.ts';
import { Board } from './board.ts';
import type { Version } from './messages.ts';
import { Network, sensor } from './programs.ts';

const folder = new URL('./seed/', import.meta.url);
const flash = Object.fromEntries(
  readdirSync(folder)
    .filter((name) => name.endsWith('.py'))
    .map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]),
);

let network = new Network();
afterEach(async () => {
  await network.close();
  network = new Network();
});

/** A board with one of the original programs. Its garbage is never collected, so its heap may grow. */
const original = (program: string, version: Version = '1.27'): Board =>
  network.add(new Board({ discoveryPort: network.port, flash, program, version, heap: 'grows' }));

const measures = (name: string, value: number, unit: string) =>
  defineService({ name, version: '1.0.0', labels: {}, read: () => ({ value, unit }) });

const SENSOR = 'from sensor_node import SensorNode\nSensorNode("temp_sensor").run()\n';
const STATION = 'import weather_station\nweather_station.main()\n';
const WEATHER = /^DISPLAY: Temp: 21\.5°C$/;

test.each<Version>(['1.23', '1.27'])(
  'On MicroPython %s, an original sensor is read like any other',
  async (version) => {
    const os = await network.boot({ name: 'kernel', kernel: true, allowV1: true });
    const board = original(SENSOR, version);
    const temp = await os.open<number>('temp_sensor', { timeoutMs: 10_000 });
    const reading = await temp.read();
    expect(reading).toMatchObject({ unit: '°C', quality: 'live', trusted: false });
    expect(reading.value).toBeGreaterThanOrEqual(10);
    expect(reading.value).toBeLessThan(30);
    expect(board.lines).toEqual([
      'Connecting to TDOS...',
      `Connected! IP: ${board.ip}`,
      `temp_sensor node running on ${board.ip}:5000`,
    ]);
  },
);

test('The original kernel shows a weather line made of sensors in TypeScript', async () => {
  const board = original(STATION);
  await board.line(/^Discovering/);
  // One after the other: its queue holds four datagrams.
  for (const service of [
    measures('temp_sensor', 21.5, '°C'),
    measures('humidity_sensor', 48, '%'),
    measures('light_sensor', 70, '%'),
  ]) {
    await network.boot({ name: service.name, allowV1: true, services: [service] });
    await board.line(new RegExp(`^Registered service: ${service.name} `));
  }
  await board.line(/^Light: 70%$/);
  expect(board.lines).toEqual(
    expect.arrayContaining(['Opened temp_sensor', expect.stringMatching(WEATHER), 'Humidity: 48.0%', 'Light: 70%']),
  );
});

test('The original kernel shows what a board with the library measures', async () => {
  const board = original(STATION);
  await board.line(/^Discovering/);
  network.board({ name: 'roof', allow_v1: true }, sensor('temp_sensor', 21.5, '°C'));
  await board.line(WEATHER);
});

test('A board with the library reads an original sensor', async () => {
  original(SENSOR);
  const reader = network.board(
    { name: 'reader', allow_v1: true },
    `
import asyncio
import tdos

node = tdos.Node()


async def main():
    temp = await node.open("temp_sensor", 10000)
    for _ in range(3):
        reading = await temp.read()
        print("read", 10 <= reading.value < 30, reading.unit, reading.quality)
    print("done", node.fault)


tdos.run(node, main())
`,
  );
  await reader.line(/^done/);
  expect(reader.lines).toEqual(['read True °C live', 'read True °C live', 'read True °C live', 'done None']);
});
