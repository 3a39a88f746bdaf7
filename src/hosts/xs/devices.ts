/**
 * What is wired to a board: analog inputs, and a Sensirion SHT3x for temperature and humidity.
 *
 * @module
 */
import { TdosError } from '../../base/errors.ts';
import type { Os, ServiceDefinition } from '../../os/os.ts';
import { pause } from '../../os/pause.ts';
import { defineService } from '../../os/service.ts';
import type { Adc, SensorOptions } from '../../services/sensors.ts';
import type { Analog, I2c } from './moddable.ts';

const FULL = 65_535;

/** An analog input with the scale of MicroPython's. */
export const adcOf = (analog: Analog): Adc => ({
  readU16: () => Math.round((analog.read() * FULL) / (2 ** analog.resolution - 1)),
});

/** Single shot, high repeatability, no clock stretching; it takes at most 15.5 ms. */
const MEASURE = Uint8Array.of(0x24, 0x00);
const MEASURE_MS = 16;
/** ms for which a measurement serves both of its services. */
const FRESH_MS = 500;

interface Measured {
  readonly celsius: number;
  readonly percent: number;
}

export class Sht3x {
  private readonly device: I2c;
  private last: { readonly at: number; readonly measured: Promise<Measured> } | undefined;

  /** @param device - at address 0x44, or 0x45 with its ADDR pin high. */
  constructor(device: I2c) {
    this.device = device;
  }

  /** One measurement. @throws TdosError FAILED when the sensor does not answer, or its answer is damaged. */
  measure(os: Os): Promise<Measured> {
    const at = os.clock.now();
    if (this.last === undefined || at - this.last.at > FRESH_MS) this.last = { at, measured: this.take(os) };
    return this.last.measured;
  }

  private async take(os: Os): Promise<Measured> {
    this.ask(() => this.device.write(MEASURE.buffer));
    await pause(os.clock, MEASURE_MS);
    const bytes = new Uint8Array(this.ask(() => this.device.read(6)));
    return { celsius: -45 + (175 * wordAt(bytes, 0)) / FULL, percent: (100 * wordAt(bytes, 3)) / FULL };
  }

  private ask<Given>(run: () => Given): Given {
    try {
      return run();
    } catch (error) {
      this.last = undefined;
      throw new TdosError('FAILED', `The SHT3x does not answer: ${String(error)}. Check its four wires.`);
    }
  }
}

/** `temp_sensor` and `humidity_sensor` of one SHT3x. */
export function sht3xServices(sensor: Sht3x, options: SensorOptions = {}): readonly ServiceDefinition[] {
  const service = (name: string, unit: string, pick: (measured: Measured) => number): ServiceDefinition => {
    let os: Os | undefined;
    const definition = defineService({
      name,
      version: options.version ?? '1.0.0',
      labels: { sensor_type: 'sht3x', ...options.labels },
      read: async () => ({ value: round(pick(await sensor.measure(os as Os))), unit }),
    });
    return {
      ...definition,
      start(on) {
        os = on;
        return definition.start(on);
      },
    };
  };
  return [
    service('temp_sensor', '°C', ({ celsius }) => celsius),
    service('humidity_sensor', '%', ({ percent }) => percent),
  ];
}

/** The sensor resolves about 0.01. */
const round = (value: number): number => Math.round(value * 100) / 100;

/** @throws TdosError FAILED when the check byte of a word is wrong. */
function wordAt(bytes: Uint8Array, at: number): number {
  const [high = 0, low = 0, check] = bytes.subarray(at, at + 3);
  if (crc8(high, low) !== check) throw new TdosError('FAILED', 'The answer of the SHT3x is damaged. Check its wires.');
  return high * 256 + low;
}

function crc8(...bytes: readonly number[]): number {
  let crc = 0xff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x80 ? (crc << 1) ^ 0x31 : crc << 1) & 0xff;
  }
  return crc;
}
