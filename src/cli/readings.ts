/**
 * Readings as people and scripts see them. The JSON keys are documented in `tdos read --help`, and stay.
 *
 * @module
 */
import type { TdosError } from '../base/errors.ts';
import type { GroupFailure, Survey } from '../os/group.ts';
import type { Missing } from '../os/handle.ts';
import type { Reading } from '../os/reading.ts';
import { formatDuration } from './duration.ts';
import { type Cell, faint, printable, state } from './table.ts';

/** A value with its unit, at the precision of a glance: `21.3 °C`, `{"x":1}`. */
export function valueText(value: unknown, unit: string): string {
  const text =
    typeof value === 'number' ? numberText(value) : typeof value === 'string' ? value : JSON.stringify(value);
  return unit === '' ? text : `${text} ${unit}`;
}

function numberText(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size < 0.1 ? value.toPrecision(2) : value.toFixed(size < 100 ? 2 : 1);
}

/** `21.34 °C  live, at most 2 ms old, from kitchen`. */
export function readingText(reading: Reading<unknown>): string {
  const { text, paint } = state(reading.quality);
  const note = `at most ${formatDuration(reading.age)} old, from ${printable(reading.node)}`;
  const forged = reading.trusted ? '' : ', not trusted';
  const why = reading.error === undefined ? '' : ` (${reading.error.message})`;
  return `${printable(valueText(reading.value, reading.unit))}  ${paint(text)}, ${note}${forged}${why}`;
}

/** `no value: temp_sensor did not answer`. */
export const missingText = ({ error }: Missing): string =>
  `${state('none').paint('no value')}: ${printable(error.message)}`;

/** All nodes on one line: `hall 19.02 °C  kitchen 21.34 °C (stale)`. */
export function surveyText({ readings, failures }: Survey<unknown>): string {
  const values = readings.map(({ node, value, unit, quality, trusted }) => {
    const marks = [...(quality === 'live' ? [] : [state(quality).paint(quality)]), ...(trusted ? [] : ['not trusted'])];
    const mark = marks.length === 0 ? '' : ` (${marks.join(', ')})`;
    return `${printable(node)} ${printable(valueText(value, unit))}${mark}`;
  });
  const without = failures.map(({ node }) => `${printable(node)} ${state('none').paint('no value')}`);
  return [...values, ...without].join('  ') || 'nobody offers it now';
}

export const GROUP_HEAD = ['NODE', 'VALUE', 'QUALITY', 'AGE'];

/** One row a node: its value, or why there is none. */
export const surveyRows = ({ readings, failures }: Survey<unknown>): Cell[][] => [
  ...readings.map(({ node, value, unit, quality, age, trusted }) => [
    node,
    valueText(value, unit),
    state(quality),
    `<= ${formatDuration(age)}`,
    ...(trusted ? [] : [faint('not trusted')]),
  ]),
  ...failures.map(({ node, error }) => [node, '-', state('none'), faint(error.message)]),
];

/** The keys of one reading. */
export const readingJson = (reading: Reading<unknown>) => ({
  value: reading.value,
  unit: reading.unit,
  quality: reading.quality,
  ageMs: round(reading.age),
  node: reading.node,
  nodeId: idText(reading.nodeId),
  service: reading.service,
  trusted: reading.trusted,
  ...(reading.error === undefined ? {} : { error: errorJson(reading.error) }),
});

/** The keys of a beat without a value. */
export const missingJson = ({ error }: Missing) => ({ value: null, quality: 'none', error: errorJson(error) });

export const surveyJson = ({ readings, failures }: Survey<unknown>) => ({
  readings: readings.map(readingJson),
  failures: failures.map(({ node, nodeId, error }: GroupFailure) => ({
    node,
    nodeId: idText(nodeId),
    error: errorJson(error),
  })),
});

const errorJson = ({ code, message }: TdosError) => ({ code, message });

/** Tenths of a millisecond are enough for a script. */
export const round = (ms: number): number => Math.round(ms * 10) / 10;

/** A node id as eight hexadecimal digits. */
export const idText = (id: number): string => id.toString(16).padStart(8, '0');
