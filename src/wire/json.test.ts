import { expect, test } from 'vitest';
import { codec } from '../../test/vectors/codec.ts';
import { encodeBody } from './body-writer.ts';
import { isTooDeep, parseJson } from './json.ts';

const bytes = (text: string): Uint8Array => codec.encodeUtf8(text);
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

test('JSON may nest 32 deep and not deeper, in lists and in objects', () => {
  expect(parseJson(bytes(nested(32)), codec)).toEqual({ json: JSON.parse(nested(32)) });
  expect(parseJson(bytes(nested(33)), codec)).toBe('bad-json');
  expect(isTooDeep(bytes('{"a":'.repeat(33)))).toBe(true);
  expect(isTooDeep(bytes('['.repeat(60_000)))).toBe(true);
});

test('Brackets beside each other and inside text do not nest', () => {
  expect(isTooDeep(bytes(`[${'[],{},'.repeat(100)}1]`))).toBe(false);
  expect(isTooDeep(bytes(JSON.stringify(['['.repeat(100), '"[\\'.repeat(50)])))).toBe(false);
  expect(isTooDeep(bytes(`["\\\\"${',['.repeat(33)}`))).toBe(true);
});

test('A value that no receiver would parse is not sent', () => {
  const encode = (value: unknown): Uint8Array => encodeBody({ type: 'response', callId: 1, value }, codec);
  expect(() => encode(JSON.parse(nested(33)))).toThrow(TypeError);
  const cycle: unknown[] = [];
  cycle.push(cycle);
  expect(() => encode(cycle)).toThrow(TypeError);
  expect(encode(JSON.parse(nested(32))).length).toBe(68);
});

test('What is not UTF-8 or not JSON has a name', () => {
  expect([parseJson(Uint8Array.of(0xff), codec), parseJson(bytes('{'), codec)]).toEqual(['bad-text', 'bad-json']);
});
