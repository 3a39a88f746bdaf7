import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRange } from '../base/semver.ts';
import { isLabelValue, isName } from '../wire/checks.ts';
import { formatResource, isGroup, parseResource, type Resource, selectorOf } from './resource.ts';

const text = fc.string({ unit: 'grapheme', minLength: 0, maxLength: 12 });
const service = text.filter((name) => isName(name) && !name.includes('@'));
const resource: fc.Arbitrary<Resource> = fc.oneof(
  fc.record({ service, where: fc.constant('any' as const) }),
  fc.record({ service, where: fc.constant('each' as const) }),
  fc.record({
    service,
    where: fc.constant('at' as const),
    at: text.filter((at) => isName(at) && at !== '*' && !at.includes('=')),
  }),
  fc.record({
    service,
    where: fc.constant('label' as const),
    key: text.filter((key) => isName(key) && !key.includes('=')),
    value: text.filter(isLabelValue),
  }),
);

describe('parseResource', () => {
  it('reads back every resource that is written', () => {
    fc.assert(
      fc.property(resource, (written) => {
        expect(parseResource(formatResource(written))).toEqual(written);
      }),
    );
  });

  it('either reads a text so that writing gives it back, or refuses it', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.stringMatching(/^[ab@=*]{0,6}$/)), (any) => {
        try {
          expect(formatResource(parseResource(any))).toBe(any);
        } catch (error) {
          expect(error).toMatchObject({ code: 'BAD_ARGUMENT' });
        }
      }),
    );
  });

  it('refuses what names nothing, and says what is allowed', () => {
    for (const bad of ['', '@kitchen', 'temp_sensor@', 'temp_sensor@=kitchen', 'temp\nsensor', 'x'.repeat(65)]) {
      expect(() => parseResource(bad)).toThrow(/names no resource. Write `service`, `service@node`/);
    }
  });
});

describe('selectorOf', () => {
  it('says which instances are meant', () => {
    const versions = parseRange('^1.2');
    expect(selectorOf(parseResource('t'), undefined)).toEqual({ service: 't' });
    expect(selectorOf(parseResource('t@*'), '^1.2')).toEqual({ service: 't', versions });
    expect(selectorOf(parseResource('t@kitchen'), undefined)).toEqual({ service: 't', at: 'kitchen' });
    expect(selectorOf(parseResource('t@a=b=c'), undefined)).toEqual({
      service: 't',
      label: { key: 'a', value: 'b=c' },
    });
  });

  it('refuses what is no range', () => {
    expect(() => selectorOf(parseResource('t'), 'new')).toThrow('`new` is no range of versions');
  });
});

it('isGroup tells names of groups from others', () => {
  expect(['t@*', 't', 't@k', 't@a=*'].map(isGroup)).toEqual([true, false, false, false]);
});
