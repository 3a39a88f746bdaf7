import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { codec } from '../../test/vectors/codec.ts';
import { decode } from './decode.ts';
import type { V1Message } from './message.ts';
import { encodeV1 } from './v1.ts';

const bytes = (text: string): Uint8Array => codec.encodeUtf8(text);
const read = (text: string): unknown => decode(bytes(text), codec);
const refused = (refusal: string): unknown => ({ ok: false, refusal });
const taken = (message: Partial<V1Message>): unknown => ({
  ok: true,
  protocol: 1,
  message: { type: 3, id: 'a', ts: 0, payload: {}, replyTo: undefined, ...message },
});

test.each([
  ['a missing version and a missing time', '{"t":3,"id":"a","p":{}}', {}],
  ['any order of keys and unknown keys', '{"p":{},"x":[1],"id":"a","t":3,"v":1}', {}],
  ['a time that is no number', '{"v":1,"t":3,"id":"a","ts":"now","p":{}}', {}],
  ['a whole and a fractional time', '{"t":3,"id":"a","ts":12.5,"p":{}}', { ts: 12.5 }],
  ['numbers as ids', '{"t":3,"id":17,"p":{},"r":18}', { id: '17', replyTo: '18' }],
  ['an id that is null where one may be missing', '{"t":3,"id":"a","p":{},"r":null}', {}],
  ['a type beyond the known ones', '{"t":99,"id":"a","p":{}}', { type: 99 }],
])('v1 takes %s', (_, text, message) => {
  expect(read(text)).toEqual(taken(message));
});

test.each([
  ['v1-version', '{"v":2,"t":3,"id":"a","p":{}}'],
  ['bad-field', '{"v":"1","t":3,"id":"a","p":{}}'],
  ['bad-field', '{"id":"a","p":{}}'],
  ['bad-field', '{"t":"3","id":"a","p":{}}'],
  ['bad-field', '{"t":3.5,"id":"a","p":{}}'],
  ['bad-field', '{"t":3,"p":{}}'],
  ['bad-field', '{"t":3,"id":"","p":{}}'],
  ['bad-field', `{"t":3,"id":"${'a'.repeat(65)}","p":{}}`],
  ['bad-field', '{"t":3,"id":"a"}'],
  ['bad-field', '{"t":3,"id":"a","p":[]}'],
  ['bad-field', '{"t":3,"id":"a","p":null}'],
  ['bad-field', '{"t":3,"id":"a","p":{},"r":{}}'],
  ['bad-json', '{"t":3'],
  ['bad-json', '{"t":3,"id":"a","p":{"x":nan}}'],
])('v1 refuses as %s: %s', (refusal, text) => {
  expect(read(text)).toEqual(refused(refusal));
});

test('v1 refuses bytes that are not UTF-8', () => {
  expect(decode(Uint8Array.of(0x7b, 0xff), codec)).toEqual(refused('bad-text'));
});

const message: V1Message = { type: 4, id: '0a0b0c0d', ts: 12.5, payload: { value: 21.5, unit: '°C' }, replyTo: 'f00d' };

test('v1 writes its keys in the order of the original, and no `r` without a request', () => {
  expect(Buffer.from(encodeV1(message, codec) ?? []).toString()).toBe(
    '{"v":1,"t":4,"id":"0a0b0c0d","ts":12.5,"p":{"value":21.5,"unit":"°C"},"r":"f00d"}',
  );
  const query = encodeV1({ ...message, replyTo: undefined }, codec);
  expect(Buffer.from(query ?? []).toString()).not.toContain('"r"');
});

test('v1 sends 1024 bytes and not one more', () => {
  const ofSize = (size: number): Uint8Array | undefined => {
    const empty = encodeV1({ ...message, payload: { x: '' } }, codec)?.length ?? 0;
    return encodeV1({ ...message, payload: { x: 'x'.repeat(size - empty) } }, codec);
  };
  expect(ofSize(1_024)?.length).toBe(1_024);
  expect(ofSize(1_025)).toBeUndefined();
});

test('v1 takes a zlib stream of every window size', () => {
  for (let windowBits = 9; windowBits <= 15; windowBits += 1) {
    const stream = Uint8Array.from(deflateSync(encodeV1(message, codec) ?? bytes(''), { windowBits }));
    expect(decode(stream, codec)).toEqual({ ok: true, protocol: 1, message });
  }
});

test.each([
  ['another method than deflate', [0x79, 0x9c]],
  ['a window beyond 32 KiB', [0x88, 0x1c]],
  ['wrong check bits', [0x78, 0x9d]],
  ['a preset dictionary', [0x78, 0xbb]],
  ['nothing behind the first byte', [0x78]],
])('v1 does not take for zlib: %s', (_, start) => {
  expect(decode(Uint8Array.from(start), codec)).toEqual(refused('not-tdos'));
});

test('v1 refuses a damaged stream, and one without its end', () => {
  const stream = Uint8Array.from(deflateSync(encodeV1(message, codec) ?? bytes('')));
  expect(decode(stream.subarray(0, -1), codec)).toEqual(refused('bad-compression'));
  stream.set([(stream.at(-1) ?? 0) ^ 1], stream.length - 1);
  expect(decode(stream, codec)).toEqual(refused('bad-compression'));
});

test('v1 inflates up to its bound and not beyond', () => {
  const spaces = (size: number): Uint8Array => deflateSync(Buffer.from('{"t":3,"id":"a","p":{}}'.padEnd(size)));
  expect(decode(spaces(8_192), codec)).toEqual(taken({}));
  expect(decode(spaces(8_193), codec)).toEqual(refused('inflates-too-large'));
});

test('v1 takes a plain datagram as large as UDP carries', () => {
  const text = (size: number): Uint8Array => bytes('{"t":3,"id":"a","p":{}}'.padEnd(size));
  expect(decode(text(65_507), codec)).toEqual(taken({}));
  expect(decode(text(65_508), codec)).toEqual(refused('too-long'));
});
