import { describe, expect, it } from 'vitest';
import { markOf, seedOf, TraceDigest } from './hash.ts';

const digestOf = (...lines: readonly string[]): string => {
  const digest = new TraceDigest();
  for (const line of lines) digest.add(line);
  return digest.hex();
};

describe('seedOf and markOf', () => {
  it('are FNV-1a', () => {
    expect([seedOf(''), seedOf('a'), seedOf('foobar')]).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
    expect(markOf(new TextEncoder().encode('foobar'))).toBe(0xbf9cf968);
  });
});

describe('TraceDigest', () => {
  it('tells traces apart by what the lines say, where they end and how they are ordered', () => {
    const digests = [
      digestOf(),
      digestOf(''),
      digestOf('ab'),
      digestOf('a', 'b'),
      digestOf('b', 'a'),
      digestOf('ab', ''),
    ];
    expect(new Set(digests).size).toBe(digests.length);
    for (const digest of digests) expect(digest).toMatch(/^[0-9a-f]{16}$/);
    expect(digestOf('a', 'b')).toBe(digestOf('a', 'b'));
  });

  it('tells happenings apart by each of their numbers, and by fractions of a millisecond', () => {
    const digests = [
      [1, 5, 2, 3, 4],
      [2, 5, 2, 3, 4],
      [1, 6, 2, 3, 4],
      [1, 5.000_000_1, 2, 3, 4],
      [1, 5, 3, 3, 4],
      [1, 5, 2, 4, 4],
      [1, 5, 2, 3, 0],
      [1, 5, 3, 2, 4],
    ].map(([what = 0, when = 0, a = 0, b = 0, c = 0]) => {
      const digest = new TraceDigest();
      digest.addNumbers(what, when, a, b, c);
      expect(digest.lines).toBe(1);
      return digest.hex();
    });
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('does not collide on 200,000 lines that differ in a few digits', () => {
    const seen = new Set<string>();
    for (let n = 0; n < 200_000; n++) seen.add(digestOf(`${n} n1 hears 20B`));
    expect(seen.size).toBe(200_000);
  });
});
