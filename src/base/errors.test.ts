import { expect, test } from 'vitest';
import { assert } from './assert.ts';
import { ERRORS, isErrorCode, TdosError } from './errors.ts';

test('Every code has a name fit for the wire, and a sentence', () => {
  for (const [code, sentence] of Object.entries(ERRORS)) {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(sentence).toMatch(/^[A-Z].*\.$/);
    expect(isErrorCode(code)).toBe(true);
  }
});

test('isErrorCode() knows no code that merely every object has', () => {
  for (const other of ['', 'toString', '__proto__', 'timeout', 'NEW_CODE_OF_LATER'])
    expect(isErrorCode(other)).toBe(false);
});

test('A TdosError says the table’s sentence unless it has a better one', () => {
  const plain = new TdosError('TIMEOUT');
  expect([plain.name, plain.code, plain.message]).toEqual(['TdosError', 'TIMEOUT', ERRORS.TIMEOUT]);
  expect(new TdosError('LIMIT', 'Too many.').message).toBe('Too many.');
  expect(plain).toBeInstanceOf(Error);
});

test('assert() names the broken rule', () => {
  expect(() => assert(false, 'time runs forward')).toThrow('broken rule: time runs forward');
  expect(() => assert(true, 'time runs forward')).not.toThrow();
});
