import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { operationsOf } from '../../test/operations.ts';
import { Random } from '../base/random.ts';
import { humiditySensor, lightSensor, simulatedDaylight, tempSensor } from './sensors.ts';

const readAt = (sensor: typeof tempSensor, seconds: number): unknown => operationsOf(sensor(() => seconds))('read');

test('tempSensor() rises from 10 to 30 °C within 20 s', () => {
  expect([0, 5, 10, 19.5, 20, 1_700_000_013].map((t) => readAt(tempSensor, t))).toEqual(
    [10, 15, 20, 29.5, 10, 23].map((value) => ({ value, unit: '°C' })),
  );
});

test('humiditySensor() rises from 45 to 75 % within 30 s', () => {
  expect([0, 10.5, 29, 30].map((t) => readAt(humiditySensor, t))).toEqual(
    [45, 55.5, 74, 45].map((value) => ({ value, unit: '%' })),
  );
});

test('lightSensor() gives the share of the full scale in %', () => {
  let reading = 0;
  const read = operationsOf(lightSensor({ readU16: () => reading }));
  const values = [0, 13_107, 65_535].map((level) => {
    reading = level;
    return read('read');
  });
  expect(values).toEqual([0, 20, 100].map((value) => ({ value, unit: '%' })));
});

test('the sensors carry their version, and labels of their own beside those given', () => {
  const options = { version: '2.0.1', labels: { room: 'kitchen' } };
  expect(tempSensor(() => 0, options)).toMatchObject({
    name: 'temp_sensor',
    version: '2.0.1',
    labels: { sensor_type: 'simulated', room: 'kitchen' },
    capabilities: ['read'],
  });
  expect(lightSensor({ readU16: () => 0 })).toMatchObject({
    name: 'light_sensor',
    version: '1.0.0',
    labels: { sensor_type: 'analog' },
  });
});

describe('simulatedDaylight()', () => {
  test('is dark at night, brightest at 13 o’clock, and the same for the same seed', () => {
    const day = (seed: number): number[] => {
      let hour = 0;
      const adc = simulatedDaylight(() => hour, new Random(seed));
      return Array.from({ length: 24 }, (_, index) => {
        hour = index;
        return Math.round((adc.readU16() / 65_535) * 10);
      });
    };
    expect(day(7)).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 6, 7, 9, 9, 9, 7, 6, 4, 2, 1, 0, 0, 0, 0]);
    expect(day(7)).toEqual(day(7));
  });

  test('stays on the scale and never jumps', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 24, noNaN: true }), fc.integer(), (hour, seed) => {
        const levels = [hour, hour + 0.01].map((at) => simulatedDaylight(() => at, new Random(seed)).readU16());
        for (const level of levels) expect(Number.isInteger(level) && level >= 0 && level <= 65_535).toBe(true);
        expect(Math.abs((levels[0] ?? 0) - (levels[1] ?? 0))).toBeLessThan(200);
      }),
    );
  });
});
