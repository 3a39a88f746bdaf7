// Nothing that comes in throws, whatever its bytes; everything that goes out comes back the same. A failure prints its
// seed and path.

import { deflateRawSync, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cutBlocks,
  decode,
  decodeBody,
  encode,
  encodeBody,
  encodeV1,
  type Message,
  Reassembly,
  splitServices,
} from '../../src/wire/index.ts';
import { codec } from '../vectors/codec.ts';
import { anyHeader, anyMessage, anyV1, messages } from './messages.ts';
import { PATIENCE_MS, runs } from './time.ts';

const nothing = new Uint8Array(0);

/** Decodes what a stranger sent: it must give a value, and what it accepts must be fit to be sent on. */
function take(bytes: Uint8Array): void {
  const before = bytes.slice();
  const decoded = decode(bytes, codec);
  expect(bytes).toEqual(before);
  if (!decoded.ok || decoded.protocol === 1) {
    expect(decoded.ok || /^[a-z0-9-]+$/.test(decoded.refusal)).toBe(true);
    if (decoded.ok) encodeV1(decoded.message, codec);
    return;
  }
  const again = encode(decoded.header, decoded.message, codec);
  if (again !== undefined) expect(decode(again, codec)).toMatchObject({ ok: true, header: decoded.header });
}

const v2Datagram = fc
  .tuple(anyHeader, anyMessage, fc.constantFrom(0, 65_536))
  .map(([header, message, inflatesBytes]) => encode(header, message, codec, { inflatesBytes }) ?? nothing);
const v1Datagram = fc.tuple(anyV1, fc.boolean(), fc.integer({ min: 9, max: 15 })).map(([message, zlib, windowBits]) => {
  const bytes = encodeV1(message, codec) ?? nothing;
  return zlib ? Uint8Array.from(deflateSync(bytes, { windowBits })) : Uint8Array.from(bytes);
});
const datagram = fc.oneof(v2Datagram, v1Datagram);

describe('Decoding never throws', () => {
  test('on random bytes', { timeout: PATIENCE_MS }, () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 1_100 }), take), runs(3_000));
  });

  test('on random bytes behind a good start', { timeout: PATIENCE_MS }, () => {
    const start = fc.tuple(
      fc.integer({ min: 0, max: 17 }),
      fc.integer({ min: 0, max: 7 }),
      fc.constantFrom(0, 0, 0, 1),
    );
    const bytes = fc
      .tuple(start, fc.uint8Array({ maxLength: 60 }), fc.json())
      .map(([head, tail, json]) => Uint8Array.from([0xd2, ...head, ...tail, ...Buffer.from(json)]));
    fc.assert(fc.property(bytes, take), runs(3_000));
  });

  test('on datagrams with flipped bits', { timeout: PATIENCE_MS }, () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(7)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(datagram, flips, (bytes, places) => {
        const flipped = Uint8Array.from(bytes);
        for (const [place, bit] of places) {
          const at = place % flipped.length;
          flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        }
        take(flipped);
      }),
      runs(3_000),
    );
  });

  test('on datagrams that are cut', { timeout: PATIENCE_MS }, () => {
    fc.assert(
      fc.property(datagram, fc.nat(), (bytes, length) => take(bytes.subarray(0, length % (bytes.length + 1)))),
      runs(1_000),
    );
  });

  test('on one datagram spliced into another', { timeout: PATIENCE_MS }, () => {
    fc.assert(
      fc.property(datagram, datagram, fc.nat(), fc.nat(), (one, other, a, b) => {
        take(Buffer.concat([one.subarray(0, a % (one.length + 1)), other.subarray(b % (other.length + 1))]));
      }),
      runs(1_000),
    );
  });

  test('on any JSON behind v1 keys', { timeout: PATIENCE_MS }, () => {
    const key = fc.constantFrom('v', 't', 'id', 'ts', 'p', 'r', '__proto__', 'x');
    const small = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(1, 3, 'id', {}));
    const object = fc.dictionary(key, small).map((value) => Buffer.from(JSON.stringify(value)));
    fc.assert(fc.property(object, take), runs(3_000));
  });
});

describe('A bomb', () => {
  const size = 64 * 1_024 * 1_024;
  const bombs = [
    ['v1', 1_024, deflateSync(Buffer.alloc(size))],
    ['v2', 1_008, deflateRawSync(Buffer.alloc(size))],
  ] as const;

  test.each(bombs)('in %s is put out early: bounded in memory and in time', (version, room, stream) => {
    const head = version === 'v2' ? Buffer.from('d20405000000000100000001ffffffff', 'hex') : nothing;
    const bytes = Buffer.concat([head, stream.subarray(0, version === 'v2' ? room : stream.length)]);
    const before = process.memoryUsage().arrayBuffers;
    const start = performance.now();
    for (let n = 0; n < 20; n += 1) expect(decode(bytes, codec)).toEqual({ ok: false, refusal: 'inflates-too-large' });
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(size / 2);
  });

  test('of brackets is refused before it is parsed', () => {
    const v1 = `{"v":1,"t":3,"id":"a","p":${'['.repeat(60_000)}`;
    expect(decode(Buffer.from(v1), codec)).toEqual({ ok: false, refusal: 'bad-json' });
  });
});

describe('What is sent comes back the same', () => {
  test.each(Object.entries(messages))('as %s', { timeout: PATIENCE_MS }, (type, arbitrary) => {
    fc.assert(
      fc.property(anyHeader, arbitrary, fc.constantFrom(0, 1024, 65_536), (header, message, inflatesBytes) => {
        const body = decodeBody(type as Message['type'], encodeBody(message, codec), codec);
        expect(body).toEqual(message);
        const bytes = encode(header, message, codec, { inflatesBytes });
        if (bytes === undefined) return;
        expect(bytes.length).toBeLessThanOrEqual(1_016);
        const decoded = decode(bytes, codec);
        expect(decoded).toEqual({ ok: true, protocol: 2, header, message });
      }),
      runs(500),
    );
  });

  test('as v1, plain and compressed', { timeout: PATIENCE_MS }, () => {
    fc.assert(
      fc.property(anyV1, fc.integer({ min: 9, max: 15 }), (message, windowBits) => {
        const bytes = encodeV1(message, codec);
        if (bytes === undefined) return;
        const expected = { ok: true, protocol: 1, message };
        expect(decode(bytes, codec)).toEqual(expected);
        expect(decode(deflateSync(bytes, { windowBits }), codec)).toEqual(expected);
      }),
      runs(500),
    );
  });

  test('in blocks that come in any order, some of them twice', { timeout: PATIENCE_MS }, () => {
    const orders = fc.uint8Array({ minLength: 1, maxLength: 5_000 }).chain((body) => {
      const blocks = cutBlocks(1, 'request', body);
      const more = fc.array(fc.constantFrom(...blocks), { maxLength: 4 });
      return more.chain((twice) =>
        fc.tuple(
          fc.constant(body),
          fc.shuffledSubarray([...blocks, ...twice], { minLength: blocks.length + twice.length }),
        ),
      );
    });
    fc.assert(
      fc.property(orders, ([body, blocks]) => {
        const first = blocks[0];
        if (first === undefined) return;
        const reassembly = new Reassembly(first);
        for (const block of blocks) expect(reassembly.add(block)).toBe(true);
        expect(reassembly.whole).toEqual(body);
      }),
      runs(300),
    );
  });

  test('in parts, however many services there are', { timeout: PATIENCE_MS }, () => {
    const small = messages.announce.filter((message) => encodeBody(message, codec).length < 700);
    fc.assert(
      fc.property(fc.array(small, { minLength: 1, maxLength: 20 }), (some) => {
        const [first] = some;
        if (first?.type !== 'announce') return;
        const services = some.flatMap((message) => (message.type === 'announce' ? message.services : []));
        const parts = splitServices({ ...first, services }, codec);
        expect(parts.flatMap((part) => part.services)).toEqual(services);
        for (const part of parts) expect(encodeBody(part, codec).length).toBeLessThanOrEqual(1_000);
      }),
      runs(200),
    );
  });
});
