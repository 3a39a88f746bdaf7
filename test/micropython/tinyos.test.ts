import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { defineService } from '../../src/index.ts';
import { library, Network } from './programs.ts';

let network = new Network();
afterEach(async () => {
  await network.close();
  network = new Network();
});

const original = (name: string): string => readFileSync(new URL(`./seed/${name}`, import.meta.url), 'utf8');
const measures = (name: string, value: number, unit: string) =>
  defineService({ name, version: '1.0.0', labels: {}, read: () => ({ value, unit }) });
const services = [
  measures('temp_sensor', 21.5, '°C'),
  measures('humidity_sensor', 48, '%'),
  measures('light_sensor', 70, '%'),
];

test('The original weather station runs on the library as it is, and stays in the cluster while it sleeps', async () => {
  const os = await network.boot({ name: 'kernel', kernel: true, services });
  const flash = { ...library('tinyos.py'), 'weather_station.py': original('weather_station.py') };
  const station = network.board({ name: 'station' }, 'import weather_station\nweather_station.main()\n', {
    flash,
    heap: 'grows',
  });
  await station.line(/^Light: 70%$/);
  expect(station.lines).toEqual(
    expect.arrayContaining(['Opened temp_sensor', 'DISPLAY: Temp: 21.5°C', 'Humidity: 48.0%', 'Light: 70%']),
  );
  // It sleeps for 5 s now, six times what the kernel waits for a heartbeat.
  const states = new Set<string>();
  const look = setInterval(() => states.add(os.nodes().find(({ node }) => node === 'station')?.state ?? 'unknown'), 50);
  await station.line(/^Light: 70%$/, 10_000, station.lines.length);
  clearInterval(look);
  expect(states).toEqual(new Set(['alive']));
  expect(station.lines.filter((line) => line.startsWith('Error'))).toEqual([]);
});

test('The original data logger runs on the library as it is', async () => {
  await network.boot({ name: 'kernel', kernel: true, services });
  const flash = { ...library('tinyos.py'), 'data_logger.py': original('data_logger.py') };
  const program = 'from data_logger import DataLogger\nDataLogger(log_interval=1).log_sensors()\n';
  const logger = network.board({ name: 'logger' }, program, { flash, heap: 'grows' });
  const logged = await logger.line(/^Logged: (.*)$/);
  expect(logged[1]).toContain("'temp_sensor': 21.5");
  expect(logged[1]).toContain("'humidity_sensor': 48");
  await logger.line(/^Data flushed to file$/, 15_000);
  expect((logger.flash['sensor_log.json'] ?? '').trim().split('\n')).toHaveLength(10);
});
