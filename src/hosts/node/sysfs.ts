/**
 * The sensors that Linux knows of: hardware monitors (hwmon), thermal zones, and industrial I/O devices (IIO), which
 * is where the kernel's drivers for I2C and SPI sensors put what they measure. So each of those is a TDOS sensor.
 *
 * Units and names of files are the kernel's: Documentation/ABI/testing/sysfs-class-hwmon, sysfs-class-thermal,
 * sysfs-bus-iio.
 *
 * @module
 */
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TdosError } from '../../base/errors.ts';
import { faultCode } from './faults.ts';

/** What is measured, as the last part of a service's name. */
export type Quantity = 'temp' | 'humidity' | 'pressure' | 'light';

export interface FoundSensor {
  readonly chip: string;
  /** What the kernel calls it: its label (`Package id 0`), else `temp1`. */
  readonly sensor: string;
  readonly quantity: Quantity;
  readonly unit: string;
  /** Where the device is plugged in; the same after a restart, unlike the numbers in /sys/class. */
  readonly device: string;
  /** @throws TdosError FAILED when the sensor is gone or says no number. */
  read(): Promise<number>;
}

/** The kernel's units: millidegrees Celsius, thousandths of a percent, kilopascal, lux; and what one makes in ours. */
const HWMON = {
  temp: { quantity: 'temp', unit: '°C', scale: 0.001 },
  humidity: { quantity: 'humidity', unit: '%', scale: 0.001 },
} as const;
const IIO = {
  temp: { quantity: 'temp', unit: '°C', scale: 0.001 },
  humidityrelative: { quantity: 'humidity', unit: '%', scale: 0.001 },
  pressure: { quantity: 'pressure', unit: 'hPa', scale: 10 },
  illuminance: { quantity: 'light', unit: 'lx', scale: 1 },
} as const;

/** Sensors looked at, at most. */
const MAX_FOUND = 256;

/** All sensors under `sys` (`/sys`) that say a number now, in an order that stays the same. */
export function findSensors(sys: string): FoundSensor[] {
  const monitors = devices(join(sys, 'class/hwmon')).flatMap(hwmonSensors);
  const chips = new Set(monitors.map(({ chip }) => simplified(chip)));
  const zones = devices(join(sys, 'class/thermal'))
    .flatMap(zoneSensor)
    .filter(({ chip }) => !isSeenAs(simplified(chip), chips));
  const measured = devices(join(sys, 'bus/iio/devices')).flatMap(iioSensors);
  return [...monitors, ...zones, ...measured].slice(0, MAX_FOUND);
}

/** Lower case, with `_` for all but letters and digits. */
export const simplified = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');

/** Thermal zones show up as hardware monitors of their own name too; that of an Intel package is in `coretemp`. */
const isSeenAs = (zone: string, chips: ReadonlySet<string>): boolean =>
  chips.has(zone) || (zone === 'x86_pkg_temp' && chips.has('coretemp'));

function hwmonSensors({ folder, device }: Device): FoundSensor[] {
  const chip = textOf(join(folder, 'name')) ?? 'hwmon';
  return filesOf(folder).flatMap((file) => {
    const [, kind, number] = /^(temp|humidity)(\d+)_input$/.exec(file) ?? [];
    if (kind !== 'temp' && kind !== 'humidity') return [];
    const sensor = textOf(join(folder, `${kind}${number}_label`)) || `${kind}${number}`;
    return sensorOf({ chip, sensor, device, ...HWMON[kind] }, join(folder, file));
  });
}

function zoneSensor({ folder, device }: Device): FoundSensor[] {
  const chip = textOf(join(folder, 'type')) ?? 'thermal';
  return sensorOf({ chip, sensor: 'temp', device, ...HWMON.temp }, join(folder, 'temp'));
}

function iioSensors({ folder, device }: Device): FoundSensor[] {
  const chip = textOf(join(folder, 'name')) ?? 'iio';
  const files = filesOf(folder);
  return files.flatMap((file) => {
    const [, channel = '', type = '', form] = /^in_(([a-z]+)\d*(?:_[a-z]+)?)_(input|raw)$/.exec(file) ?? [];
    if (!isIio(type) || (form === 'raw' && files.includes(`in_${channel}_input`))) return [];
    const about = { chip, sensor: channel, device, ...IIO[type] };
    if (form === 'input') return sensorOf(about, join(folder, file));
    // A channel has its own scale and offset, or shares those of all channels of its type.
    const shared = (what: string, otherwise: number): number =>
      [channel, type].map((of) => numberIn(join(folder, `in_${of}_${what}`))).find((n) => n !== undefined) ?? otherwise;
    return sensorOf(about, join(folder, file), { factor: shared('scale', 1), offset: shared('offset', 0) });
  });
}

const isIio = (type: string): type is keyof typeof IIO => Object.hasOwn(IIO, type);

function sensorOf(
  about: Omit<FoundSensor, 'read'> & { readonly scale: number },
  path: string,
  raw = { factor: 1, offset: 0 },
): FoundSensor[] {
  const { scale, ...sensor } = about;
  if (numberIn(path) === undefined) return [];
  const read = async (): Promise<number> => rounded(((await measure(sensor, path)) + raw.offset) * raw.factor * scale);
  return [{ ...sensor, read }];
}

/** Nine digits are more than any sensor has, and hide what binary fractions show of themselves. */
const rounded = (value: number): number => Number(value.toPrecision(9));

async function measure({ chip, sensor }: Pick<FoundSensor, 'chip' | 'sensor'>, path: string): Promise<number> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = faultCode(error);
    throw new TdosError(
      'FAILED',
      code === 'ENOENT' || code === 'ENODEV'
        ? `The sensor ${sensor} of ${chip} is gone. Plug it in again, and restart the node.`
        : `The sensor ${sensor} of ${chip} cannot be read (${code}). Check its wires.`,
    );
  }
  const value = parse(text);
  if (value === undefined) throw new TdosError('FAILED', `The sensor ${sensor} of ${chip} gives no number.`);
  return value;
}

interface Device {
  readonly folder: string;
  readonly device: string;
}

/** The devices of a class, by where they are plugged in. */
function devices(folder: string): Device[] {
  return filesOf(folder)
    .filter((name) => /^(hwmon\d+|thermal_zone\d+|iio:device\d+)$/.test(name))
    .map((name) => ({ folder: join(folder, name), device: placeOf(join(folder, name)) }))
    .sort((a, b) => a.device.localeCompare(b.device, 'en', { numeric: true }));
}

function placeOf(folder: string): string {
  for (const path of [join(folder, 'device'), folder])
    try {
      return realpathSync(path);
    } catch {
      // virtual devices have none
    }
  return folder;
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  } catch {
    return [];
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

const numberIn = (path: string): number | undefined => parse(textOf(path) ?? '');

function parse(text: string): number | undefined {
  const value = Number(text);
  return text.trim() === '' || !Number.isFinite(value) ? undefined : value;
}
