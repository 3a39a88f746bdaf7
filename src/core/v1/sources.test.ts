import { expect, test } from 'vitest';
import { instant } from '../../base/time.ts';
import { Sources } from './sources.ts';

const at = instant;
const admitted = (sources: Sources, from: (count: number) => string, count: number, now: number): number =>
  Array.from({ length: count }, (_, number) => sources.admits(from(number), at(now))).filter(Boolean).length;

test('A machine is heard so often a second, whatever its ports', () => {
  const sources = new Sources(20, 8);
  expect(admitted(sources, (port) => `10.0.0.1:${port}`, 100, 0)).toBe(20);
  expect(admitted(sources, () => '10.0.0.2:5000', 5, 0)).toBe(5);
  expect(admitted(sources, () => '10.0.0.1:5000', 100, 500)).toBe(10);
});

test('All together are heard ten times as often, however many addresses are forged', () => {
  const sources = new Sources(20, 512);
  expect(admitted(sources, (host) => `10.0.${host >> 8}.${host & 255}:1`, 1000, 0)).toBe(200);
  expect(admitted(sources, (host) => `10.1.${host >> 8}.${host & 255}:1`, 1000, 1000)).toBe(200);
});

test('So many sources are told apart; more wait until one was silent for a second', () => {
  const sources = new Sources(20, 3);
  const forge = (now: number): boolean[] => [1, 2, 3, 4].map((host) => sources.admits(`10.0.0.${host}:1`, at(now)));
  expect([forge(0), sources.admits('10.0.0.9:1', at(999)), sources.admits('10.0.0.9:1', at(1000))]).toEqual([
    [true, true, true, false],
    false,
    true,
  ]);
});
