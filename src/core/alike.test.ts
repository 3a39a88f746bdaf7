import fc from 'fast-check';
import { expect, test } from 'vitest';
import { likeOneOf } from './alike.ts';

const same = <T>(one: T): T => one;

test('What is equal to something known is that, and anything else stays what it is', () => {
  const known = [
    { kernel: true, labels: { room: 'attic' } },
    { kernel: false, labels: { room: 'hall' } },
  ];
  expect(likeOneOf(known, same, { kernel: false, labels: { room: 'hall' } })).toBe(known[1]);
  const others = [
    { kernel: true, labels: {} },
    { kernel: true, labels: { place: 'attic' } },
  ];
  for (const other of others) expect(likeOneOf<object, object>(known, same, other)).toBe(other);
});

test('Only the first few are compared with', () => {
  const known = Array.from({ length: 9 }, (_, number) => [number]);
  expect(likeOneOf(known, same, [7])).toBe(known[7]);
  const ninth = [8];
  expect(likeOneOf(known, same, ninth)).toBe(ninth);
});

test('What is given back always equals what was said', () => {
  // -0 is 0 on the wire.
  const value = fc.jsonValue({ maxDepth: 2 }).map((json) => JSON.parse(JSON.stringify(json)));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 10 }), value, (known, said) => {
      expect(likeOneOf(known, same, said)).toEqual(said);
      expect(likeOneOf([...known.slice(0, 7), structuredClone(said)], same, said)).toEqual(said);
    }),
  );
});
