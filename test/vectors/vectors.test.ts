// Datagrams with a known meaning: v1 as original programs sent them, v2 as PROTOCOL.md says. Any implementation may read
// the files; this one must decode and encode them all.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { decode, encode, encodeV1, type Header, type Message, sealKey, type V1Message } from '../../src/wire/index.ts';
import { TYPES } from '../../src/wire/numbers.ts';
import { codec } from './codec.ts';

interface Vector<M> {
  readonly name: string;
  readonly description: string;
  readonly hex: string;
  readonly text?: string;
  readonly deflated?: boolean;
  /** Of a sealed one: the key in hexadecimal, and to whom it is sealed. */
  readonly clusterKey?: string;
  readonly receiver?: number;
  readonly header: Header;
  readonly message?: M;
  readonly refusal?: string;
}

function load<M>(folder: string): readonly Vector<M>[] {
  const path = join(dirname(fileURLToPath(import.meta.url)), folder);
  return readdirSync(path).map((file) => JSON.parse(readFileSync(join(path, file), 'utf8')) as Vector<M>);
}

const unhex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const hexOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');
const jsonOf = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString());

/** In the files the data of a BLOCK is hexadecimal, since JSON has no bytes. */
const fromFile = (message: Message): Message =>
  message.type === 'block' ? { ...message, data: unhex(String(message.data)) } : message;

const v1 = load<V1Message>('v1');
const v2 = load<Message>('v2');

test.each(v1.filter(({ refusal }) => refusal !== undefined))('v1 $name is refused as $refusal', ({ hex, refusal }) => {
  expect(decode(unhex(hex), codec)).toEqual({ ok: false, refusal });
});

test.each(v1.filter(({ message }) => message !== undefined))('v1 $name: $description', ({ hex, text, message }) => {
  const decoded = decode(unhex(hex), codec);
  expect(decoded).toEqual({ ok: true, protocol: 1, message });
  const again = message && encodeV1(message, codec);
  if (again === undefined) return expect(text?.length).toBeGreaterThan(1_024);
  expect(jsonOf(again)).toEqual(JSON.parse(text ?? ''));
  expect(decode(again, codec)).toEqual(decoded);
});

test('v1 has a datagram of 1436 bytes, which is taken plain and compressed and never sent', () => {
  const large = v1.filter(({ text }) => (text?.length ?? 0) > 1_024);
  expect(large.map(({ name }) => name).sort()).toEqual([
    'mpy_zlib_default',
    'mpy_zlib_wbits10',
    'ref_big_compress_true',
    'ref_big_plain',
    'ref_big_zlib_wbits10',
    'ref_big_zlib_wbits15',
    'ref_big_zlib_wbits9',
  ]);
  for (const { message } of large) expect(message && encodeV1(message, codec)).toBeUndefined();
});

test.each(v2.filter(({ refusal }) => refusal !== undefined))('v2 $name: $description', ({ hex, refusal }) => {
  expect(decode(unhex(hex), codec)).toEqual({ ok: false, refusal });
});

test.each(v2.flatMap((vector) => (vector.message ? [{ ...vector, message: fromFile(vector.message) }] : [])))(
  'v2 $name: $description',
  ({ hex, header, message, deflated, clusterKey, receiver = 0 }) => {
    const key = clusterKey === undefined ? undefined : sealKey(unhex(clusterKey), codec);
    const opener = key && { self: receiver, key: (id: number) => (id === key.id ? key : undefined) };
    expect(decode(unhex(hex), codec, opener)).toEqual({ ok: true, protocol: 2, header, message });
    if (deflated !== true) expect(hexOf(encode(header, message, codec, { key, receiver }))).toBe(hex);
  },
);

test('v2 sealed stays within its bytes: a heartbeat 32, the read request 56, its answer 64', () => {
  const bytes = (named: string): number => (v2.find(({ name }) => name === named)?.hex.length ?? 0) / 2;
  expect(['sealed-heartbeat', 'sealed-request-read', 'sealed-response', 'sealed-challenge'].map(bytes)).toEqual([
    32, 55, 55, 36,
  ]);
});

test('v2 has a datagram of every type, and each file is named for what it holds', () => {
  const types = new Set(v2.map(({ message }) => message?.type));
  expect(TYPES.slice(1).filter((type) => !types.has(type))).toEqual([]);
  expect(new Set(v2.map(({ name }) => name)).size).toBe(v2.length);
});
