import { expect, test } from 'vitest';
import { BOARD, configure } from '../core/config.ts';
import { outgrown, tablesOf } from './tables.ts';

const filled = (size: number): Map<number, number> => new Map(Array.from({ length: size }, (_, at) => [at, at]));

/** Like a node: objects in objects, which know each other both ways. */
function node(calls: number, errands: number) {
  const world = { machines: filled(5000) };
  const exchange = { calls: { pending: filled(calls) }, links: new Map([[1, { samples: [1, 2, 3] }]]) };
  const root = { world, name: 'n1', bytes: new Uint8Array(9000), driver: { exchange, root: {} } };
  root.driver.root = root;
  return { root, world, more: { membership: { errands: { asked: new Set(filled(errands).keys()) } }, ...root } };
}

test('Tables are found wherever they are, also in tables, with their path; what belongs to others is not', () => {
  const { root, world } = node(3, 0);
  expect(tablesOf(root, new Set([world]))).toEqual([
    { path: 'driver.exchange.links', size: 1 },
    { path: 'driver.exchange.calls.pending', size: 3 },
    { path: 'driver.exchange.links[].samples', size: 3 },
  ]);
  expect(tablesOf(root, new Set([world]), 2).map(({ path }) => path)).not.toContain('driver.exchange.links');
  expect(tablesOf(root, new Set())).toContainEqual({ path: 'world.machines', size: 5000 });
});

test('A table has outgrown its bound with one entry more than it may have: that of config.ts, or a few for each node', () => {
  const config = configure(BOARD);
  const found = (calls: number, errands: number, nodes = 2) => {
    const { more, world } = node(calls, errands);
    return outgrown(more, new Set([world]), config, nodes);
  };
  expect(found(config.maxCalls, config.maxErrands)).toEqual([]);
  expect(found(config.maxCalls + 1, config.maxErrands + 1)).toEqual([
    { path: 'membership.errands.asked', size: config.maxErrands + 1, bound: config.maxErrands },
    { path: 'driver.exchange.calls.pending', size: config.maxCalls + 1, bound: config.maxCalls },
  ]);
  const crowd = { seen: filled(100) };
  expect(outgrown(crowd, new Set(), config, 2)).toEqual([{ path: 'seen', size: 100, bound: 80 }]);
  expect(outgrown(crowd, new Set(), config, 20)).toEqual([]);
});
