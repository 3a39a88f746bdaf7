import fc from 'fast-check';
import { expect, test } from 'vitest';
import { peer } from '../../../test/court.ts';
import type { NodeRecord } from '../model.ts';
import { changesSince, digest, latest } from './chain.ts';

const record = (id: number, version: number, changes: Partial<NodeRecord> = {}): NodeRecord => ({
  ...peer(id),
  version,
  ...changes,
});

test('Links come in the order of their versions, each with the one before it; what was never told has none', () => {
  const records = [record(1, 7), record(2, 0), record(3, 2), record(4, 5)];
  const links = (since: number) => [...changesSince(records, since)].map(({ node, ...link }) => [node.id, link]);
  expect(links(0)).toEqual([
    [3, { version: 2, previous: 0 }],
    [4, { version: 5, previous: 2 }],
    [1, { version: 7, previous: 5 }],
  ]);
  expect(links(2)).toEqual(links(0).slice(1));
  expect([links(7), latest(records), latest([])]).toEqual([[], 7, 0]);
});

test('Whoever takes the links since any version has an unbroken chain to the last', () => {
  const versions = fc.uniqueArray(fc.integer({ min: 0, max: 50 }), { maxLength: 20 });
  fc.assert(
    fc.property(versions, fc.nat(50), (given, since) => {
      const records = given.map((version, id) => record(id + 1, version));
      let have = [...given, 0].filter((version) => version <= since).reduce((a, b) => Math.max(a, b), 0);
      for (const { version, previous } of changesSince(records, since)) {
        expect(previous).toBe(have);
        have = version;
      }
      expect(have).toBe(latest(records));
    }),
  );
});

test('Equal views have equal digests whatever their order; epochs, generations and deaths tell them apart', () => {
  const views = [record(1, 1), record(2, 2)];
  expect(digest([...views].reverse())).toBe(digest(views));
  expect(digest([...views, record(3, 3, { state: 'left' })])).toBe(digest(views));
  const others = [{ epoch: 2 }, { generation: 2 }, { state: 'dead' }] as const;
  const digests = others.map((change) => digest([record(1, 1), record(2, 2, change)]));
  expect(new Set([...digests, digest(views)]).size).toBe(4);
});
