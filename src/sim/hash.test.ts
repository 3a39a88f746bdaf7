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

  it('does not collide on 200,000 lines that differ in a few digits', () => {
    const seen = new Set<string>();
    for (let n = 0; n < 200_000; n++) seen.add(digestOf(`${n} n1 hears 20B`));
    expect(seen.size).toBe(200_000);
  });
});
