import { describe, expect, it } from 'vitest';
import { World } from '../../test/world.ts';
import { bootOn } from './boot.ts';
import type { ServiceDefinition } from './os.ts';
import { pause } from './pause.ts';
import { defineService } from './service.ts';
import { makeTinyos } from './tinyos.ts';

const sensor = (name: string, value: number, unit: string) => defineService({ name, read: () => ({ value, unit }) });

function stage(seed = 1) {
  const world = new World(seed);
  const printed: string[] = [];
  const tinyos = makeTinyos(
    (options?: { readonly name: string }) => bootOn(world.host('kernel'), { ...options }),
    (line) => printed.push(line),
  );
  const start = (name: string, ...services: ServiceDefinition[]) => bootOn(world.host(name), { name, services });
  return { world, printed, tinyos, start };
}

describe('makeTinyos', () => {
  it('waits for services to appear, but not for 3 s, and prints them', async () => {
    const { world, printed, tinyos, start } = stage();
    await start('a', sensor('temp_sensor', 21.5, '°C'));
    await start('b', sensor('humidity_sensor', 45, '%'));
    await world.finish(tinyos.init({ name: 'mine' }), 1000);
    expect(printed).toEqual([
      'Discovering services...',
      'Available services:',
      '  humidity_sensor at 10.0.0.2:4001',
      '  temp_sensor at 10.0.0.1:4001',
    ]);
    expect(tinyos.listServices()).toEqual(['humidity_sensor', 'temp_sensor']);
  });

  it('takes the word of a kernel for all that there is', async () => {
    const { world, tinyos, start } = stage();
    await bootOn(world.host('k'), { kernel: true });
    await start('a', sensor('temp_sensor', 21.5, '°C'));
    await world.run(1000);
    const began = world.now();
    await world.finish(tinyos.init(), 1000);
    expect(world.now() - began).toBeLessThanOrEqual(60);
    expect(tinyos.listServices()).toEqual(['temp_sensor']);
  });

  it('waits for those that appear a little later than the first', async () => {
    const { world, tinyos, start } = stage();
    await start('a', sensor('temp_sensor', 21.5, '°C'));
    const joining = tinyos.init();
    await world.run(150);
    await start('b', sensor('humidity_sensor', 45, '%'));
    await world.finish(joining, 1000);
    expect(tinyos.listServices()).toEqual(['humidity_sensor', 'temp_sensor']);
  });

  it('gives up after 3 s where nobody is', async () => {
    const { world, printed, tinyos } = stage();
    await world.finish(tinyos.init(), 3000);
    expect(world.now()).toBe(3000);
    expect(printed).toEqual(['Discovering services...', 'Available services:']);
  });

  it('opens, reads and describes sensors in the words of the original', async () => {
    const { world, printed, tinyos, start } = stage();
    await start('a', sensor('temp_sensor', 21.5, '°C'), sensor('light_sensor', 80, '%'));
    await world.finish(tinyos.init(), 1000);
    expect(tinyos.openTempSensor()).toBe('temp_sensor');
    expect(() => tinyos.openHumiditySensor()).toThrow('Sensor humidity_sensor not available');
    expect(await world.finish(tinyos.read(tinyos.openLightSensor()), 1000)).toBe(80);
    expect(tinyos.getServiceInfo('temp_sensor')).toEqual({
      ip: '10.0.0.1',
      port: 4001,
      last_seen: expect.closeTo(world.wallClock() / 1000, 0),
      metadata: { capabilities: ['read'], labels: {} },
      failures: 0,
    });
    expect(tinyos.getServiceInfo('humidity_sensor')).toBeNull();

    printed.length = 0;
    world.host('a').kill();
    expect(await world.finish(tinyos.read('temp_sensor'), 5000)).toBeNull();
    expect(await world.finish(tinyos.read('no_sensor'), 5000)).toBeNull();
    expect(printed).toEqual([
      expect.stringMatching(/^Error reading temp_sensor: No answer from a within 3000 ms/),
      expect.stringMatching(/^Error reading no_sensor: No node offers no_sensor/),
    ]);
    await start('a', sensor('no_sensor', 1, ''));
    expect(await world.finish(tinyos.read('no_sensor'), 5000)).toBe(1);
  });

  it('writes to a display of the cluster, or to the console', async () => {
    const { world, printed, tinyos, start } = stage();
    await world.finish(tinyos.init(), 3000);
    expect(tinyos.openDisplay()).toBe('console');
    await world.finish(tinyos.write('console', 'Temp: 21.5°C'), 0);
    const shown: unknown[] = [];
    const display = defineService({ name: 'display', write: (text) => void shown.push(text) });
    const screen = await start('screen', display);
    await world.run(100);
    expect(tinyos.openDisplay()).toBe('display');
    await world.finish(tinyos.write('display', 42), 1000);
    await world.finish(screen.close(), 0);
    await world.finish(tinyos.write('display', 'gone'), 5000);
    expect(shown).toEqual(['42']);
    expect(printed.slice(2)).toEqual(['DISPLAY: Temp: 21.5°C', expect.stringMatching(/^Error writing display: /)]);
  });

  it('says what to do before init and after shutdown, and can be started again', async () => {
    const { world, tinyos, start } = stage();
    expect(() => tinyos.listServices()).toThrow('Call `init()` first.');
    await start('a', sensor('temp_sensor', 21.5, '°C'));
    await world.finish(tinyos.init(), 3000);
    expect(await world.finish(tinyos.read('temp_sensor'), 1000)).toBe(21.5);
    await world.finish(tinyos.shutdown(), 10);
    await world.finish(tinyos.shutdown(), 10);
    expect(() => tinyos.openDisplay()).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    await world.finish(tinyos.init(), 3000);
    expect(await world.finish(tinyos.read('temp_sensor'), 1000)).toBe(21.5);
  });

  it('carries the original weather station, line by line', async () => {
    const { world, printed, tinyos, start } = stage();
    await start('a', sensor('temp_sensor', 21.46, '°C'));
    await start('b', sensor('light_sensor', 80.2, '%'));

    const main = async (): Promise<void> => {
      await tinyos.init();
      const display = tinyos.openDisplay();
      const sensors: Record<string, string> = {};
      for (const sensorName of ['temp_sensor', 'humidity_sensor', 'light_sensor']) {
        try {
          sensors[sensorName] = tinyos.openSensor(sensorName);
          printed.push(`Opened ${sensorName}`);
        } catch (error) {
          printed.push(`Could not open ${sensorName}: ${(error as Error).message}`);
        }
      }
      for (let round = 0; round < 2; round++) {
        const readings: Record<string, number> = {};
        for (const [name, handle] of Object.entries(sensors)) {
          const value = await tinyos.read(handle);
          if (typeof value === 'number') readings[name] = value;
        }
        const lines = [];
        if (readings.temp_sensor !== undefined) lines.push(`Temp: ${readings.temp_sensor.toFixed(1)}°C`);
        if (readings.light_sensor !== undefined) lines.push(`Light: ${readings.light_sensor.toFixed(0)}%`);
        await tinyos.write(display, lines.length > 0 ? lines.join('\n') : 'No sensors available');
        await pause(world.host('kernel'), 5000);
      }
    };

    await world.finish(main(), 20_000);
    expect(printed.slice(4)).toEqual([
      'Opened temp_sensor',
      'Could not open humidity_sensor: Sensor humidity_sensor not available',
      'Opened light_sensor',
      'DISPLAY: Temp: 21.5°C\nLight: 80%',
      'DISPLAY: Temp: 21.5°C\nLight: 80%',
    ]);
  });
});
