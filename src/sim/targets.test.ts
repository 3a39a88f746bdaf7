import { describe, expect, it } from 'vitest';
import { SMALL, type Target, targets } from './targets.ts';

const TINY = { ...SMALL, kills: 3, hours: 0.2, starts: 1, deaths: 2, reads: 200, deeds: 300, partitions: 3 };
const ALL = targets(1, TINY);

const target = (words: string): Target => {
  const found = ALL.find(({ what }) => what.includes(words));
  if (found === undefined) throw new Error(`there is no target of ${words}`);
  return found;
};

describe('The targets', () => {
  it('name what they measure, and how much is enough, once each', () => {
    expect(new Set(ALL.map(({ what }) => what)).size).toBe(ALL.length);
    expect(ALL.map(({ target: bound }) => bound)).not.toContain('');
  });

  it.each([
    ['dead, 100 boards', /^4\.\d+ s \(p50 .*, 3 of 3\)$/, /^1\d\.\d s/],
    ['at 20 % loss', /^0 \(0 in /, /^\d{2,}/],
    ['failed reads', /^0 of 300 failed/, /^\d of \d+ failed/],
    ['discovery of 50 boards at 30 %', /^\d+ ms/, /^(\d{2,}\.\d s|not all at once)/],
    ['within 3 s at 20 %', /^100\.000 % of 200$/, /^\d\d\.\d+ % of/],
    ['double executions', /^0 in 300 \((29\d|300) executed\)$/, /^[1-9]\d* in /],
    ['partitions healed', /^3 \(longest \d/, /^[0-2] \(/],
  ])('are reached by TDOS and missed by the original: %s', async (words, ours, theirs) => {
    const { measure } = target(words);
    const [tdos, original] = [await measure('tdos'), await measure('original')];
    expect([tdos.reached, original.reached]).toEqual([true, false]);
    expect([tdos.text, original.text]).toEqual([expect.stringMatching(ours), expect.stringMatching(theirs)]);
  });
});
