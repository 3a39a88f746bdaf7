import { describe, expect, it } from 'vitest';
import { TdosError } from '../base/errors.ts';
import type { Reading } from '../os/reading.ts';
import { missingText, readingJson, readingText, surveyJson, surveyText, valueText } from './readings.ts';

const reading: Reading<unknown> = {
  value: 21.3372,
  unit: '°C',
  quality: 'live',
  age: 2.36,
  node: 'kitchen',
  nodeId: 0xbeef,
  service: 'temp_sensor',
  trusted: true,
};
const error = new TdosError('TIMEOUT', 'No answer.');

describe('valueText', () => {
  it('shows numbers at the precision of a glance and anything else as it is', () => {
    const values = [21.3372, 100.55, 0.0123, -4, 1e9, 'a text', true, null, { x: [1] }];
    expect(values.map((value) => valueText(value, ''))).toEqual([
      '21.34',
      '100.5',
      '0.012',
      '-4',
      '1000000000',
      'a text',
      'true',
      'null',
      '{"x":[1]}',
    ]);
    expect(valueText(45, '%')).toBe('45 %');
  });
});

describe('A reading', () => {
  it('tells a person how fresh it is and where it comes from', () => {
    expect(readingText(reading)).toBe('21.34 °C  live, at most 2 ms old, from kitchen');
    expect(readingText({ ...reading, quality: 'stale', age: 5000, trusted: false, error })).toBe(
      '21.34 °C  stale, at most 5.0 s old, from kitchen, not trusted (No answer.)',
    );
    expect(readingText({ ...reading, value: '\u001b[2J', node: 'a\nb' })).toBe(
      '␛[2J °C  live, at most 2 ms old, from a␊b',
    );
    expect(missingText({ quality: 'none', value: undefined, error })).toBe('no value: No answer.');
  });

  it('gives scripts every figure, with units in the names', () => {
    const json = { value: 21.3372, unit: '°C', ageMs: 2.4, node: 'kitchen', nodeId: '0000beef' };
    expect(readingJson(reading)).toEqual({ ...json, quality: 'live', service: 'temp_sensor', trusted: true });
    expect(readingJson({ ...reading, quality: 'stale', error })).toMatchObject({
      quality: 'stale',
      error: { code: 'TIMEOUT', message: 'No answer.' },
    });
  });
});

describe('A survey', () => {
  const survey = { readings: [reading, { ...reading, node: 'attic', quality: 'stale' as const }], failures: [] };
  const failures = [{ node: 'hall', nodeId: 7, error }];

  it('is one line for a person', () => {
    expect(surveyText({ ...survey, failures })).toBe('kitchen 21.34 °C  attic 21.34 °C (stale)  hall no value');
    expect(surveyText({ readings: [], failures: [] })).toBe('nobody offers it now');
  });

  it('keeps readings and failures apart for scripts', () => {
    expect(surveyJson({ ...survey, failures })).toMatchObject({
      readings: [{ node: 'kitchen' }, { node: 'attic' }],
      failures: [{ node: 'hall', nodeId: '00000007', error: { code: 'TIMEOUT', message: 'No answer.' } }],
    });
  });
});
