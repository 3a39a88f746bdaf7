import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { operationsOf } from '../../../test/operations.ts';
import { type Figures, machineSensors } from './machine.ts';

let sys = '';
beforeEach(() => {
  sys = mkdtempSync(join(tmpdir(), 'tdos-sys-'));
});
afterEach(() => rmSync(sys, { recursive: true }));

/** Puts files under `sys`: `{ 'class/hwmon/hwmon0/name': 'coretemp' }`. */
function put(files: Record<string, string | number>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(sys, path)), { recursive: true });
    writeFileSync(join(sys, path), `${content}\n`);
  }
}

/** Makes `folder`'s device lie at `place`, as the kernel's links do. */
function plug(folder: string, place: string): void {
  mkdirSync(join(sys, 'devices', place), { recursive: true });
  symlinkSync(join(sys, 'devices', place), join(sys, folder, 'device'));
}

const found = () => machineSensors({ sys }).filter(({ name }) => !['cpu_load', 'memory_used'].includes(name));

/** Name, labels and reading of each sensor found. */
async function readings(): Promise<string[]> {
  return Promise.all(
    found().map(async (service) => {
      const { value, unit } = (await operationsOf(service)('read')) as { value: unknown; unit: string };
      return `${service.name} (${service.labels.chip}, ${service.labels.sensor}): ${value} ${unit}`;
    }),
  );
}

describe('machineSensors()', () => {
  test('finds hardware monitors by chip and label, and the processor among them', async () => {
    put({
      'class/hwmon/hwmon0/name': 'acpitz',
      'class/hwmon/hwmon0/temp1_input': 27_800,
      'class/hwmon/hwmon1/name': 'nvme',
      'class/hwmon/hwmon1/temp1_input': 34_850,
      'class/hwmon/hwmon1/temp1_label': 'Composite',
      'class/hwmon/hwmon1/temp1_max': 84_850,
      'class/hwmon/hwmon1/temp2_input': 33_100,
      'class/hwmon/hwmon2/name': 'coretemp',
      'class/hwmon/hwmon2/temp1_input': 45_000,
      'class/hwmon/hwmon2/temp1_label': 'Core 0',
      'class/hwmon/hwmon2/temp2_input': 51_000,
      'class/hwmon/hwmon2/temp2_label': 'Package id 0',
      'class/hwmon/hwmon3/name': 'sht4x',
      'class/hwmon/hwmon3/temp1_input': -3140,
      'class/hwmon/hwmon3/humidity1_input': 48_560,
    });
    expect(await readings()).toEqual([
      'acpitz_temp (acpitz, temp1): 27.8 °C',
      'nvme_composite_temp (nvme, Composite): 34.85 °C',
      'nvme_temp_2 (nvme, temp2): 33.1 °C',
      'coretemp_core_0_temp (coretemp, Core 0): 45 °C',
      'cpu_temp (coretemp, Package id 0): 51 °C',
      'sht4x_humidity (sht4x, humidity1): 48.56 %',
      'sht4x_temp (sht4x, temp1): -3.14 °C',
    ]);
  });

  test('finds thermal zones, those that are hardware monitors too only once', async () => {
    put({
      'class/thermal/thermal_zone0/type': 'cpu-thermal',
      'class/thermal/thermal_zone0/temp': 48_312,
      'class/thermal/thermal_zone1/type': 'gpu-thermal',
      'class/thermal/thermal_zone1/temp': 41_000,
      'class/thermal/cooling_device0/type': 'Fan',
    });
    const zones = ['cpu_temp (cpu-thermal, temp): 48.312 °C', 'gpu_thermal_temp (gpu-thermal, temp): 41 °C'];
    expect(await readings()).toEqual(zones);
    put({ 'class/hwmon/hwmon0/name': 'cpu_thermal', 'class/hwmon/hwmon0/temp1_input': 48_312 });
    expect(await readings()).toEqual(['cpu_temp (cpu_thermal, temp1): 48.312 °C', zones[1]]);
    put({
      'class/hwmon/hwmon1/name': 'coretemp',
      'class/hwmon/hwmon1/temp1_input': 50_000,
      'class/thermal/thermal_zone2/type': 'x86_pkg_temp',
      'class/thermal/thermal_zone2/temp': 50_000,
    });
    expect((await readings()).filter((line) => line.includes('x86'))).toEqual([]);
  });

  test('finds sensors with a driver of the kernel, with the right scale and unit', async () => {
    put({
      'bus/iio/devices/iio:device0/name': 'bme280',
      'bus/iio/devices/iio:device0/in_temp_input': 21_370,
      'bus/iio/devices/iio:device0/in_humidityrelative_input': 48_560,
      'bus/iio/devices/iio:device0/in_pressure_input': '101.325429',
      'bus/iio/devices/iio:device1/name': 'si7020',
      'bus/iio/devices/iio:device1/in_temp_raw': 6000,
      'bus/iio/devices/iio:device1/in_temp_scale': '10.725708007',
      'bus/iio/devices/iio:device1/in_temp_offset': -4368,
      'bus/iio/devices/iio:device1/in_humidityrelative_raw': 3500,
      'bus/iio/devices/iio:device1/in_humidityrelative_scale': '19.073486328',
      'bus/iio/devices/iio:device1/in_humidityrelative_offset': '-314.572800000',
      'bus/iio/devices/iio:device2/name': 'bh1750',
      'bus/iio/devices/iio:device2/in_illuminance_raw': 120,
      'bus/iio/devices/iio:device2/in_illuminance_scale': '0.833333333',
      'bus/iio/devices/iio:device3/name': 'mlx90614',
      'bus/iio/devices/iio:device3/in_temp_ambient_raw': 14_750,
      'bus/iio/devices/iio:device3/in_temp_object_raw': 15_000,
      'bus/iio/devices/iio:device3/in_temp_scale': 20,
      'bus/iio/devices/iio:device3/in_temp_offset': '-13657.500000',
      'bus/iio/devices/iio:device4/name': 'tsl2561',
      'bus/iio/devices/iio:device4/in_illuminance0_input': 93,
      'bus/iio/devices/iio:device4/in_intensity0_both_raw': 555,
      'bus/iio/devices/iio:device4/in_voltage0_raw': 555,
    });
    expect(await readings()).toEqual([
      'bme280_humidity (bme280, humidityrelative): 48.56 %',
      'bme280_pressure (bme280, pressure): 1013.25429 hPa',
      'bme280_temp (bme280, temp): 21.37 °C',
      'si7020_humidity (si7020, humidityrelative): 60.7572021 %',
      'si7020_temp (si7020, temp): 17.5043555 °C',
      'bh1750_light (bh1750, illuminance): 100 lx',
      'mlx90614_ambient_temp (mlx90614, temp_ambient): 21.85 °C',
      'mlx90614_object_temp (mlx90614, temp_object): 26.85 °C',
      'tsl2561_light (tsl2561, illuminance0): 93 lx',
    ]);
  });

  test('takes a scaled value before a raw one of the same channel', async () => {
    put({
      'bus/iio/devices/iio:device0/name': 'dht11',
      'bus/iio/devices/iio:device0/in_temp_input': 24_000,
      'bus/iio/devices/iio:device0/in_temp_raw': 999,
    });
    expect(await readings()).toEqual(['dht11_temp (dht11, temp): 24 °C']);
  });

  test('keeps the names of two like sensors, whatever numbers the kernel gives them', async () => {
    const nvme = (number: number, place: string, value: number): void => {
      put({ [`class/hwmon/hwmon${number}/name`]: 'nvme', [`class/hwmon/hwmon${number}/temp1_input`]: value });
      plug(`class/hwmon/hwmon${number}`, place);
    };
    nvme(0, 'pci0000:00/0000:02:00.0', 20_000);
    nvme(1, 'pci0000:00/0000:01:00.0', 10_000);
    const first = await readings();
    rmSync(join(sys, 'class'), { recursive: true });
    nvme(0, 'pci0000:00/0000:01:00.0', 10_000);
    nvme(1, 'pci0000:00/0000:02:00.0', 20_000);
    const names = ['nvme_temp (nvme, temp1): 10 °C', 'nvme_temp_2 (nvme, temp1): 20 °C'];
    expect([first, await readings()]).toEqual([names, names]);
  });

  test('gives every sensor a valid name of its own', () => {
    for (let number = 0; number < 12; number += 1)
      put({
        [`class/hwmon/hwmon${number}/name`]: ['', 'Ä!', 'x'.repeat(90), 'cpu', 'memory_used'][number % 5] ?? '',
        [`class/hwmon/hwmon${number}/temp1_input`]: 1,
        [`class/hwmon/hwmon${number}/temp1_label`]: ['temp', 'T\u0000\u0007 °', 'y'.repeat(90)][number % 3] ?? '',
        [`class/hwmon/hwmon${number}/temp2_input`]: 1,
        [`class/hwmon/hwmon${number}/temp3_input`]: 1,
      });
    const services = machineSensors({ sys });
    expect(services).toHaveLength(2 + 24);
    expect(new Set(services.map(({ name }) => name)).size).toBe(services.length);
    for (const { name, labels } of services) {
      expect(name).toMatch(/^[a-z0-9_]{1,64}$/);
      for (const value of Object.values(labels)) expect(value).toMatch(/^[\x20-\x7e]{0,64}$/);
    }
  });

  test('leaves out what gives no number at the start, and says so of what gives none later', async () => {
    const path = 'class/hwmon/hwmon0/temp1_input';
    put({ 'class/hwmon/hwmon0/name': 'w1_slave', [path]: 21_000, 'class/hwmon/hwmon0/temp2_input': 'N/A' });
    expect(found().map(({ name }) => name)).toEqual(['w1_slave_temp']);
    const [sensor] = found();
    if (sensor === undefined) throw new Error('no sensor');
    const read = operationsOf(sensor);
    expect(await read('read')).toEqual({ value: 21, unit: '°C' });
    put({ [path]: '' });
    await expect(read('read')).rejects.toMatchObject({
      code: 'FAILED',
      message: 'The sensor temp1 of w1_slave gives no number.',
    });
    rmSync(join(sys, path));
    await expect(read('read')).rejects.toMatchObject({
      code: 'FAILED',
      message: 'The sensor temp1 of w1_slave is gone. Plug it in again, and restart the node.',
    });
    mkdirSync(join(sys, path));
    await expect(read('read')).rejects.toMatchObject({
      code: 'FAILED',
      message: 'The sensor temp1 of w1_slave cannot be read (EISDIR). Check its wires.',
    });
  });

  test('gives a service the name and the labels that the user wants', () => {
    put({ 'bus/iio/devices/iio:device0/name': 'bme280', 'bus/iio/devices/iio:device0/in_temp_input': 21_370 });
    const services = machineSensors({ sys, names: { bme280_temp: 'temp_sensor' }, labels: { room: 'hall' } });
    expect(services.map(({ name, labels }) => [name, labels])).toEqual([
      ['cpu_load', { chip: 'cpu', sensor: 'load', room: 'hall' }],
      ['memory_used', { chip: 'memory', sensor: 'used', room: 'hall' }],
      ['temp_sensor', { chip: 'bme280', sensor: 'temp', room: 'hall' }],
    ]);
  });
});

describe('the load of the machine', () => {
  const setUp = (figures: Figures) => {
    const [load, memory] = machineSensors({ sys, figures });
    if (load === undefined || memory === undefined) throw new Error('no services');
    return { load: () => operationsOf(load)('read'), memory: () => operationsOf(memory)('read') };
  };

  test('is that since the reading before, in %', async () => {
    let processors = { busy: 1000, all: 4000 };
    const { load } = setUp({ processors: () => processors, memory: () => ({ available: 1, all: 1 }) });
    expect(await load()).toEqual({ value: 25, unit: '%' });
    processors = { busy: 1750, all: 5000 };
    expect(await load()).toEqual({ value: 75, unit: '%' });
    processors = { busy: 1760, all: 5010 };
    expect(await load()).toEqual({ value: 75, unit: '%' });
    processors = { busy: 1760, all: 8000 };
    expect(await load()).toEqual({ value: 0.3, unit: '%' });
  });

  test('shows the memory in use, in %', async () => {
    const { memory } = setUp({
      processors: () => ({ busy: 0, all: 0 }),
      memory: () => ({ available: 750, all: 2000 }),
    });
    expect(await memory()).toEqual({ value: 62.5, unit: '%' });
  });

  test('is read from this machine', async () => {
    for (const service of machineSensors({ sys })) {
      const reading = (await operationsOf(service)('read')) as { value: number };
      expect(reading.value).toBeGreaterThanOrEqual(0);
      expect(reading.value).toBeLessThanOrEqual(100);
    }
  });
});
