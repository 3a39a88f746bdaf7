import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareVersions, isVersion, parseRange, satisfies } from './semver.ts';

const fits = (version: string, text: string): boolean => {
  const range = parseRange(text);
  expect(range, text).toBeDefined();
  return range !== undefined && satisfies(version, range);
};

const number = fc.integer({ min: 0, max: 12 });
const version = fc
  .tuple(number, number, number, fc.constantFrom('', '-0', '-alpha', '-alpha.1', '-beta.2', '-rc', '-1'))
  .map(([major, minor, patch, pre]) => `${major}.${minor}.${patch}${pre}`);

test('A version is three numbers, perhaps a pre-release and a build', () => {
  for (const good of [
    '0.0.0',
    '1.2.3',
    '10.20.30',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-0a.x-y',
    '1.0.0+b.1',
    '1.0.0-a+b',
    '1.0.0-b0+0',
    `1.0.0-${'a'.repeat(250)}`,
  ])
    expect(isVersion(good), good).toBe(true);
  const bad = [
    '',
    '1',
    '1.2',
    '1.2.x',
    'v1.2.3',
    ' 1.2.3',
    '1.2.3 ',
    '01.2.3',
    '1.2.3-',
    '1.2.3-a..b',
    '1.2.3-01',
    '1.2.3-é',
    '1.2.3+',
  ];
  for (const text of [...bad, '1.2.3.4', '-1.2.3', '1.2.3\n', '1'.repeat(300), `1.2.3-${'a.'.repeat(200)}a`])
    expect(isVersion(text), text).toBe(false);
});

test.each([
  ['*', ['0.0.0', '1.2.3', '99.0.0'], ['1.0.0-beta']],
  ['', ['0.0.0', '1.2.3'], ['1.0.0-beta']],
  ['1.2.3', ['1.2.3', '1.2.3+build'], ['1.2.4', '1.2.2', '1.2.3-rc']],
  ['=1.2.3', ['1.2.3'], ['1.2.4']],
  ['1', ['1.0.0', '1.9.9'], ['0.9.9', '2.0.0', '2.0.0-rc', '2.0.0-0']],
  ['1.x', ['1.0.0', '1.9.9'], ['2.0.0', '0.9.0']],
  ['1.2.*', ['1.2.0', '1.2.9'], ['1.3.0', '1.1.9']],
  ['^1.2', ['1.2.0', '1.9.0'], ['1.1.9', '2.0.0', '2.0.0-rc', '1.3.0-rc']],
  ['^1.2.3', ['1.2.3', '1.99.0'], ['1.2.2', '2.0.0']],
  ['^0.2.3', ['0.2.3', '0.2.9'], ['0.2.2', '0.3.0', '1.0.0']],
  ['^0.0.3', ['0.0.3'], ['0.0.4', '0.0.2']],
  ['^0.0', ['0.0.0', '0.0.9'], ['0.1.0']],
  ['^0', ['0.0.0', '0.9.9'], ['1.0.0']],
  ['~1.2.3', ['1.2.3', '1.2.9'], ['1.2.2', '1.3.0', '1.3.0-rc']],
  ['~1.2', ['1.2.0', '1.2.9'], ['1.3.0']],
  ['~1', ['1.0.0', '1.9.9'], ['2.0.0']],
  ['>=1 <2', ['1.0.0', '1.9.9'], ['0.9.9', '2.0.0', '2.0.0-rc']],
  ['>= 1.2.3  < 1.5', ['1.2.3', '1.4.9'], ['1.2.2', '1.5.0']],
  ['>1.2', ['1.3.0', '2.0.0'], ['1.2.9']],
  ['>1.2.3', ['1.2.4'], ['1.2.3']],
  ['<=1.2', ['1.2.9', '0.0.1'], ['1.3.0']],
  ['<=1.2.3', ['1.2.3'], ['1.2.4', '1.2.3-rc']],
  ['<=*', ['0.0.0', '9.9.9'], []],
  ['<1', ['0.9.9'], ['1.0.0', '1.0.0-rc', '1.0.0-0']],
  ['<*', [], ['0.0.0', '1.0.0', '0.0.0-0']],
  ['>*', [], ['0.0.0', '1.0.0', '0.0.0-0']],
  ['1.x || >=3.1', ['1.5.0', '3.1.0', '4.0.0'], ['2.0.0', '3.0.9']],
  [
    '^1.2.3-beta.2',
    ['1.2.3-beta.2', '1.2.3-beta.10', '1.2.3', '1.5.0'],
    ['1.2.3-beta.1', '1.2.4-beta.3', '2.0.0-beta'],
  ],
  ['>1.0.0-alpha <1.0.0-beta.2', ['1.0.0-alpha.1', '1.0.0-beta'], ['1.0.0-alpha', '1.0.0-beta.2', '1.0.0']],
])('The range `%s` takes and leaves what node-semver does', (text, taken, left) => {
  for (const good of taken) expect([good, fits(good, text)]).toEqual([good, true]);
  for (const bad of left) expect([bad, fits(bad, text)]).toEqual([bad, false]);
});

test('What is no range is refused, and what is no version is in no range', () => {
  for (const bad of [
    'latest',
    '>',
    '^^1',
    '1.2.3.4',
    '1..2',
    '>=a',
    '01.2',
    '1 - 2',
    '1.2.3-',
    '~>1',
    '|',
    `1${' '.repeat(300)}`,
  ])
    expect(parseRange(bad), bad).toBeUndefined();
  for (const bad of ['', '1.0', 'one', '1.2.3.4']) expect(fits(bad, '*')).toBe(false);
  expect(parseRange('^1.2 || 3')?.text).toBe('^1.2 || 3');
});

test('compareVersions() orders as semver.org says, what is no version first', () => {
  const ordered = [
    ...[
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
    ],
    ...['1.0.0', '1.0.1', '1.2.0', '1.10.0', '2.0.0'],
  ];
  for (const [at, text] of ordered.entries())
    expect(ordered.map((other) => Math.sign(compareVersions(text, other)))).toEqual(
      ordered.map((_, other) => Math.sign(at - other)),
    );
  expect(compareVersions('1.0.0+a', '1.0.0+b')).toBe(0);
  expect(compareVersions('nonsense', '0.0.0-0')).toBeLessThan(0);
  expect(compareVersions('0.0.0-0', 'nonsense')).toBeGreaterThan(0);
  expect(compareVersions('nonsense', 'other')).toBe(0);
});

test('compareVersions() is an order: opposite when turned, and transitive', () => {
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) || 0);
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
        expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
    }),
  );
});

test('Every version is in the range that names it, and in ^ and ~ of it', () => {
  fc.assert(
    fc.property(version, fc.constantFrom('', '=', '^', '~', '>=', '<='), (text, sign) => fits(text, `${sign}${text}`)),
  );
});

test('No text makes the parsers throw', () => {
  const text = fc.string({ unit: fc.constantFrom(...'0123456789.xX*-+^~<>=| abv'), maxLength: 40 });
  fc.assert(
    fc.property(text, text, (range, said) => {
      const parsed = parseRange(range);
      if (parsed !== undefined) satisfies(said, parsed);
      compareVersions(said, range);
    }),
  );
});
