/**
 * The three sensors of the original programs, with their formulas and units: two simulated ones, and a light sensor on
 * an analog input. With {@link simulatedDaylight} none of them needs hardware.
 *
 * @module
 */
import type { Random } from '../base/random.ts';
import type { ServiceDefinition } from '../os/os.ts';
import { defineService } from '../os/service.ts';

export interface SensorOptions {
  /** Semantic version. @default '1.0.0' */
  readonly version?: string;
  /** Where it is: `{ room: 'kitchen' }`. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Seconds since any fixed moment, with fractions: what the simulated values follow. */
export type Seconds = () => number;

/** An analog input. */
export interface Adc {
  /** 0 to 65535, as on MicroPython; 65535 is the full reference voltage. */
  readU16(): number;
}

const ADC_FULL = 65_535;

const simulated = (name: string, unit: string, value: () => number, options: SensorOptions): ServiceDefinition =>
  defineService({
    name,
    version: options.version ?? '1.0.0',
    labels: { sensor_type: 'simulated', ...options.labels },
    read: () => ({ value: value(), unit }),
  });

/** `temp_sensor`: rises from 10 to 30 °C within 20 s, and begins again. */
export const tempSensor = (seconds: Seconds, options: SensorOptions = {}): ServiceDefinition =>
  simulated('temp_sensor', '°C', () => 20.0 + (seconds() % 20) - 10, options);

/** `humidity_sensor`: rises from 45 to 75 % within 30 s, and begins again. */
export const humiditySensor = (seconds: Seconds, options: SensorOptions = {}): ServiceDefinition =>
  simulated('humidity_sensor', '%', () => 45.0 + (seconds() % 30), options);

/** `light_sensor`: the share of the full scale of an analog input, in %. */
export const lightSensor = (adc: Adc, options: SensorOptions = {}): ServiceDefinition =>
  defineService({
    name: 'light_sensor',
    version: options.version ?? '1.0.0',
    labels: { sensor_type: 'analog', ...options.labels },
    read: () => ({ value: (adc.readU16() / ADC_FULL) * 100, unit: '%' }),
  });

const SUNRISE = 6;
const SUNSET = 20;
/** Share of the full scale: the night is not quite dark, and noon does not saturate the input. */
const NIGHT = 0.02;
const NOON = 0.9;
/** Largest deviation, as a share of the full scale. */
const NOISE = 0.01;

/**
 * A light-dependent resistor at a window, simulated: dark at night, brightest at 13 o'clock, smooth between.
 *
 * @param hour - the time of day, 0 to 24, with fractions.
 */
export function simulatedDaylight(hour: () => number, random: Random): Adc {
  return {
    readU16() {
      const noise = random.between(-NOISE, NOISE);
      return Math.round(ADC_FULL * (daylightAt(hour()) + noise));
    },
  };
}

function daylightAt(hour: number): number {
  const share = (hour - SUNRISE) / (SUNSET - SUNRISE);
  if (!(share > 0 && share < 1)) return NIGHT;
  return NIGHT + (NOON - NIGHT) * Math.sin(Math.PI * share) ** 2;
}
