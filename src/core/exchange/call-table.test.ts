import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CallTable } from './call-table.ts';

const client = (node: number, epoch = 1, address = 'a') => ({ node, epoch, address });

test('Nodes, their epochs and their call ids each make a call another one', () => {
  const table = new CallTable<string>();
  const keys = [1, 2].flatMap((node) => [1, 2].flatMap((epoch) => [1, 2].map((id) => [node, epoch, id] as const)));
  for (const [node, epoch, id] of keys) table.set(client(node, epoch), id, `${node}.${epoch}.${id}`);
  expect(keys.map(([node, epoch, id]) => table.get(client(node, epoch), id))).toEqual(keys.map((key) => key.join('.')));
  table.delete(client(1, 2), 1);
  expect([...table.values()]).toEqual(['1.1.1', '1.1.2', '1.2.2', '2.1.1', '2.1.2', '2.2.1', '2.2.2']);
  expect(table.get(client(3), 1)).toBeUndefined();
});

test('The calls of a client share one object that says who it is, until it moves', () => {
  const table = new CallTable<number>();
  const first = table.shared(client(1));
  table.set(first, 7, 7);
  expect(table.shared(client(1))).toBe(first);
  const moved = client(1, 1, 'b');
  expect([table.shared(moved), table.shared(client(1, 1, 'b'))]).toEqual([moved, moved]);
  expect(table.get(client(1), 7)).toBe(7);
});

test('Nothing is left of a client whose calls are all deleted, whatever the order', () => {
  const call = fc.record({ node: fc.nat(3), epoch: fc.nat(2), id: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(call), (calls) => {
      const table = new CallTable<number>();
      for (const { node, epoch, id } of calls) table.set(client(node, epoch), id, id);
      const many = new Set(calls.map(({ node, epoch, id }) => `${node} ${epoch} ${id}`)).size;
      expect([...table.values()]).toHaveLength(many);
      for (const { node, epoch, id } of calls.toReversed()) table.delete(client(node, epoch), id);
      expect(table).toEqual(new CallTable<number>());
    }),
    { numRuns: 50 },
  );
});
