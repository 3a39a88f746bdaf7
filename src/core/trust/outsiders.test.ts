import { expect, test } from 'vitest';
import { instant } from '../../base/time.ts';
import { Outsiders } from './outsiders.ts';

const at = instant;

test('People hear of a node with another key once a minute, and of damaged datagrams never', () => {
  const outsiders = new Outsiders();
  expect(outsiders.heard('other-key', 'a', at(0))).toBe('uses another cluster key');
  expect(outsiders.heard('other-key', 'a', at(59_999))).toBeUndefined();
  expect(outsiders.heard('other-key', 'a', at(60_000))).toBe('uses another cluster key');
  expect(outsiders.heard('truncated', 'b', at(60_000))).toBeUndefined();
  expect(outsiders.heard('not-sealed', 'b', at(60_000))).toBe('has no cluster key');
});

test('However many addresses are forged, people hear of 16 a minute', () => {
  const outsiders = new Outsiders();
  const told = Array.from({ length: 1000 }, (_, number) => outsiders.heard('bad-seal', `${number}`, at(number)));
  expect(told.filter((words) => words !== undefined)).toHaveLength(16);
});
