import { expect, test } from 'vitest';
import { isAddress, isLabelValue, isName, isObject, isVersion } from './checks.ts';

test('A name has 1 to 64 units and no control characters', () => {
  for (const good of ['a', 'temp_sensor', 'Küche 🌡', 'a'.repeat(64), '__proto__']) expect(isName(good)).toBe(true);
  const bad = [
    '',
    'a'.repeat(65),
    'a\n',
    '\u0000',
    'a\u007f',
    'a\u009b31m',
    '\ud800',
    'a\udc00',
    '\ud83ca',
    7,
    null,
    ['a'],
  ];
  for (const name of bad) expect(isName(name)).toBe(false);
});

test('A label may be empty, and a version is at most 32 units long', () => {
  expect([isLabelValue(''), isLabelValue('a'.repeat(64)), isLabelValue('a'.repeat(65))]).toEqual([true, true, false]);
  expect([isVersion('1.2.0'), isVersion(''), isVersion('1'.repeat(32)), isVersion('1'.repeat(33))]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

test('An address is an IPv4 address and a port, written in the one way', () => {
  for (const good of ['10.0.0.1:1', '255.255.255.255:65535', '0.0.0.0:4000']) expect(isAddress(good)).toBe(true);
  const bad = [
    '',
    '10.0.0.1',
    '10.0.0.1:0',
    '10.0.0.1:65536',
    '10.0.0.256:1',
    '010.0.0.1:1',
    '10.0.0.1:01',
    '10.0.0:1',
  ];
  for (const address of [...bad, '10.0.0.1.2:1', 'host:1', '[::1]:1', ' 10.0.0.1:1', '10.0.0.1:1\n', 4]) {
    expect(isAddress(address)).toBe(false);
  }
});

test('A list and null are not objects', () => {
  expect([{}, [], null, 'a', undefined].map(isObject)).toEqual([true, false, false, false, false]);
});
