import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CAUSES, type Explanation, parseExplanation } from './model.ts';

const explanation: fc.Arbitrary<Explanation> = fc.record({
  resource: fc.string({ maxLength: 100 }),
  cause: fc.constantFrom(...CAUSES),
  by: fc.string({ maxLength: 64 }),
  findings: fc.array(
    fc.record({
      cause: fc.constantFrom(...CAUSES),
      what: fc.string(),
      since: fc.nat(),
      because: fc.string(),
      history: fc.array(fc.record({ at: fc.nat(), text: fc.string() }), { maxLength: 8 }),
    }),
    { maxLength: 8 },
  ),
  notes: fc.array(fc.string(), { maxLength: 8 }),
});

describe('parseExplanation', () => {
  it('reads back what was sent', () => {
    fc.assert(
      fc.property(explanation, (sent) => {
        expect(parseExplanation(JSON.parse(JSON.stringify(sent)))).toEqual(sent);
      }),
    );
  });

  it('refuses what makes no sense, and what is too long', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(parseExplanation(value)).toBeUndefined();
      }),
    );
    const fine = { resource: 'a', cause: 'ok', by: 'k', findings: [], notes: [] };
    expect(parseExplanation(fine)).toEqual(fine);
    const finding = { cause: 'dead', what: 'a', since: 1, because: '', history: [] };
    const bad = [
      { ...fine, cause: 'toString' },
      { ...fine, by: 'k'.repeat(501) },
      { ...fine, notes: Array(9).fill('n') },
      { ...fine, notes: [1] },
      { ...fine, findings: Array(9).fill(finding) },
      { ...fine, findings: [{ ...finding, since: -1 }] },
      { ...fine, findings: [{ ...finding, since: 1e16 }] },
      { ...fine, findings: [{ ...finding, history: [{ at: 1 }] }] },
    ];
    expect(bad.map(parseExplanation)).toEqual(bad.map(() => undefined));
  });
});
