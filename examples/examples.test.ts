// Every example, run: apps and services as modules in a small cluster, the ported programs as a user runs them.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SqliteStore } from '../src/hosts/node/storage/sqlite.ts';
import { sqliteEngine } from '../src/hosts/node/storage/sqlite-engine.ts';
import { defineService, type Os, type ServiceDefinition } from '../src/index.ts';
import { display } from '../src/services/display.ts';
import { storage } from '../src/services/storage/service.ts';
import { House, until } from '../test/cli/house.ts';
import { Site } from '../test/cli/tdos.ts';
import dataLogger from './data-logger.ts';
import houseTemp from './house-temp.ts';
import soilSensor from './soil-sensor.ts';
import weatherStation from './weather-station.ts';

const sensor = (name: string, value: number, unit: string): ServiceDefinition =>
  defineService({ name, read: () => ({ value, unit }) });

let house: House;
let folder: string;
let app: Os;

beforeEach(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  folder = mkdtempSync(join(tmpdir(), 'tdos-examples-'));
  house = await House.open();
  app = await house.node('app', []);
});

afterEach(async () => {
  await house.close();
  rmSync(folder, { recursive: true, force: true });
  vi.restoreAllMocks();
});

/** A display that keeps what it was told to show. */
function keptDisplay(): { shown: string[]; service: ServiceDefinition } {
  const shown: string[] = [];
  let lines: string[] = [];
  const screen = {
    clear: () => {
      lines = [];
    },
    text: (line: string) => {
      lines.push(line);
    },
    update: () => {
      shown.push(lines.join('\n'));
    },
  };
  return { shown, service: display(screen) };
}

describe('weather-station', () => {
  it('shows what sensors there are, leaves out those that left, and uses those that appear', async () => {
    const { shown, service } = keptDisplay();
    await house.node('display', [service]);
    const kitchen = await house.node('kitchen', [sensor('temp_sensor', 21.26, '°C')]);
    const stop = new AbortController();
    const running = weatherStation(app, { signal: stop.signal, every: 50 });

    await until(() => shown.includes('Temp: 21.3°C'), 'temperature alone');
    await house.node('bath', [sensor('humidity_sensor', 55, '%'), sensor('light_sensor', 40.4, '%')]);
    await until(() => shown.includes('Temp: 21.3°C\nHumidity: 55.0%\nLight: 40%'), 'all three');
    await kitchen.close();
    await until(() => shown.at(-1) === 'Humidity: 55.0%\nLight: 40%', 'without the kitchen');
    await house.node('hall', [sensor('temp_sensor', 19, '°C')]);
    await until(() => shown.at(-1) === 'Temp: 19.0°C\nHumidity: 55.0%\nLight: 40%', 'the hall instead');

    stop.abort();
    await running;
  });

  it('says that there are no sensors, on the console where there is no display', async () => {
    const stop = new AbortController();
    const running = weatherStation(app, { signal: stop.signal, every: 50 });
    await until(() => vi.mocked(console.log).mock.calls.flat().includes('DISPLAY: No sensors available'), 'the line');
    stop.abort();
    await running;
  });
});

describe('data-logger', () => {
  const linesOf = (file: string): unknown[] =>
    readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('writes ten readings at a time, and the rest when it is stopped, to the file and to storage', async () => {
    const store = new SqliteStore({ path: join(folder, 'rows.sqlite') });
    await house.node('store', [storage(sqliteEngine(store))]);
    await house.node('kitchen', [sensor('temp_sensor', 21.5, '°C'), sensor('clock', 1, '')]);
    await until(() => app.list().length === 3, 'all services');
    const file = join(folder, 'sensor_log.json');
    const logged = (): number =>
      vi
        .mocked(console.log)
        .mock.calls.flat()
        .filter((line) => /^Logged/.test(line)).length;
    const stop = new AbortController();
    const running = dataLogger(app, { signal: stop.signal, every: 20, file });
    await until(() => store.stats().rows === 10 && logged() > 12, 'the first batch, and more');
    expect(linesOf(file)).toHaveLength(10);
    stop.abort();
    await running;

    const lines = linesOf(file);
    expect(lines).toHaveLength(logged());
    expect(lines[0]).toEqual({ timestamp: expect.any(Number), readings: { temp_sensor: 21.5 } });
    expect(store.stats().rows).toBe(lines.length);
    expect(store.latest({}, 1)).toEqual([
      { service: 'temp_sensor', node: 'kitchen', value: 21.5, unit: '°C', labels: {}, at: expect.any(Number) },
    ]);
    store.close();
  });

  it('keeps what a storage that is away could not take, and sends it once', async () => {
    await house.node('kitchen', [sensor('temp_sensor', 21.5, '°C')]);
    const stop = new AbortController();
    const running = dataLogger(app, { signal: stop.signal, every: 10, file: join(folder, 'log.json') });
    await until(() => vi.mocked(console.log).mock.calls.flat().includes('Data flushed to file'), 'the first batch');
    const store = new SqliteStore({ path: join(folder, 'rows.sqlite') });
    await house.node('store', [storage(sqliteEngine(store))]);
    await until(() => store.stats().rows >= 20, 'the first and a later batch');
    stop.abort();
    await running;
    expect(store.stats().rows).toBe(linesOf(join(folder, 'log.json')).length);
    store.close();
  });
});

describe('soil-sensor', () => {
  it('measures, and can be calibrated', async () => {
    await house.node('greenhouse', [soilSensor]);
    const soil = await app.open('soil_sensor@greenhouse', { versions: '^1.2' });
    expect(await soil.read()).toMatchObject({ value: expect.any(Number), unit: '%', quality: 'live' });
    expect(await soil.call('calibrate', { dry: 20 })).toEqual({ dry: 20 });
    await expect(soil.call('calibrate', { dry: 'very' })).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
  });
});

describe('house-temp', () => {
  it('is the median of all temperatures', async () => {
    for (const [name, value] of Object.entries({ kitchen: 21, hall: 18, attic: 30 }))
      await house.node(name, [sensor('temp_sensor', value, '°C')]);
    await house.node('median', [houseTemp]);
    await until(() => app.list().length === 4, 'all services');
    expect(await app.read('house_temp')).toMatchObject({ value: 21, unit: '°C', quality: 'live' });
  });
});

describe('The original programs, ported', () => {
  let site: Site;

  beforeEach(async () => {
    site = await Site.open(house.port);
    await house.node('kitchen', [sensor('temp_sensor', 21.26, '°C'), sensor('light_sensor', 40.4, '%')]);
  });

  afterEach(() => site.close());

  it('tinyos-weather opens what there is and shows it', async () => {
    const { shown, service } = keptDisplay();
    await house.node('display', [service]);
    const weather = site.start(['run', 'examples/tinyos-weather.ts']);
    expect(await weather.line('Could not open')).toBe(
      'Could not open humidity_sensor: Sensor humidity_sensor not available',
    );
    await until(() => shown.includes('Temp: 21.3°C\nLight: 40%'), 'the weather');
    weather.process.kill('SIGINT');
    expect(await weather.exit).toBe(0);
  });

  it('tinyos-logger writes ten readings at a time', async () => {
    const logger = site.start(['run', join(import.meta.dirname, 'tinyos-logger.ts')], { LOG_INTERVAL: '0.01' }, folder);
    await logger.line('Data flushed to file');
    const [first] = readFileSync(join(folder, 'sensor_log.json'), 'utf8').split('\n');
    expect(JSON.parse(first ?? '')).toEqual({
      timestamp: expect.any(Number),
      readings: { light_sensor: 40.4, temp_sensor: 21.26 },
    });
  });
});
