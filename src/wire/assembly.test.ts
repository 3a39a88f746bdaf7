import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codec as nodeCodec } from '../../test/vectors/codec.ts';
import { type Part, PartTable } from './assembly.ts';
import type { ServiceOffer } from './message.ts';

const abilities = { kernel: false, helper: true, inflates: true, v1: false, takesKiB: 4, window: 1 };
const offer = (name: string, text = ''): ServiceOffer => {
  return { index: 0, name, version: '1.0.0', labels: text === '' ? {} : { text }, capabilities: [] };
};

function partsOf(generation: number, parts: number): Part[] {
  return Array.from({ length: parts }, (_, part) => {
    return {
      generation,
      part,
      parts,
      abilities,
      intervalMs: 1000,
      name: 'n',
      services: [offer(`${generation}-${part}`)],
    };
  });
}

const names = (said: { services: readonly ServiceOffer[] } | undefined): string[] | undefined =>
  said?.services.map(({ name }) => name);

test('Parts in any order, any number of times, make the announcement in its own order, once', () => {
  const scenes = fc
    .integer({ min: 2, max: 12 })
    .chain((count) =>
      fc.tuple(
        fc.constant(count),
        fc.array(fc.nat(count - 1), { maxLength: 30 }),
        fc.shuffledSubarray([...Array(count).keys()], { minLength: count }),
      ),
    );
  fc.assert(
    fc.property(scenes, ([count, repeats, order]) => {
      const table = new PartTable(4, nodeCodec);
      const parts = partsOf(1, count);
      const missing = order.at(-1);
      for (const number of [...repeats, ...order.slice(0, -1)].filter((number) => number !== missing))
        expect(table.add(1, 1, parts[number] as Part)).toBeUndefined();
      expect(names(table.add(1, 1, parts[missing ?? 0] as Part))).toEqual(parts.map(({ part }) => `1-${part}`));
    }),
  );
});

test('A part of another generation or epoch drops what was collected', () => {
  const table = new PartTable(4, nodeCodec);
  const [old, young] = [partsOf(1, 2), partsOf(2, 2)] as [[Part, Part], [Part, Part]];
  expect(table.add(1, 1, old[0])).toBeUndefined();
  expect(table.add(1, 1, young[1])).toBeUndefined();
  expect(table.add(1, 1, old[1])).toBeUndefined();
  expect(table.add(1, 2, old[0])).toBeUndefined();
  expect(names(table.add(1, 2, old[1]))).toEqual(['1-0', '1-1']);
});

test('So many nodes are collected for; the oldest gives way', () => {
  const table = new PartTable(2, nodeCodec);
  const [first, last] = partsOf(1, 2) as [Part, Part];
  for (const node of [1, 2, 3]) table.add(node, 1, first);
  expect(table.add(1, 1, last)).toBeUndefined();
  expect(names(table.add(3, 1, last))).toEqual(['1-0', '1-1']);
});

test('A service too large to be told on to others is left out', () => {
  const table = new PartTable(2, nodeCodec);
  const [part] = partsOf(1, 1) as [Part];
  const large = { ...offer('large'), capabilities: Array.from({ length: 15 }, (_, n) => `${n}${'x'.repeat(58)}`) };
  expect(names(table.add(1, 1, { ...part, services: [offer('a'), large, offer('b')] }))).toEqual(['a', 'b']);
});

test('More than 255 services are no announcement', () => {
  const table = new PartTable(2, nodeCodec);
  const parts = partsOf(1, 3).map((part) => ({
    ...part,
    services: Array.from({ length: 100 }, (_, n) => offer(`s${n}`)),
  }));
  expect(parts.map((part) => table.add(1, 1, part))).toEqual([undefined, undefined, undefined]);
});
