import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { codec } from '../../test/vectors/codec.ts';
import { decode } from './decode.ts';
import { MAX_BODY, TAG_BYTES } from './limits.ts';
import type { Message } from './message.ts';
import { encode } from './v2.ts';

const header = { sender: 0x0a0b0c0d, epoch: 7, sequence: 0x01020304, addressed: true, key: 0 };
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

const heartbeat: Message = { type: 'heartbeat', generation: 0x1234, intervalMs: 2_100, lease: true, load: 9 };
const request: Message = {
  type: 'request',
  callId: 0x11223344,
  serverEpoch: 0x0000_002a,
  leftMs: 3_000,
  takesKiB: 64,
  window: 8,
  service: 'humidity_sensor',
  op: 'read',
  args: undefined,
};
const response: Message = { type: 'response', callId: 0x11223344, value: { value: 21.5, unit: '°C' } };

const HEADER = '0a0b0c0d 00000007 01020304';
/** Derived by hand from PROTOCOL.md: magic, type, flags, key id, sender, epoch, sequence, then the body. */
const BY_HAND: readonly (readonly [string, Message, string])[] = [
  ['a heartbeat', heartbeat, `d2 05 04 00 ${HEADER} 1234 00000834 01 09`],
  [
    'a read request',
    request,
    `d2 03 04 00 ${HEADER} 11223344 0000002a 0bb8 40 08 5b22 68756d69646974795f73656e736f72 225d`,
  ],
  [
    'a response',
    response,
    `d2 04 04 00 ${HEADER} 11223344 7b22 76616c7565 223a 32312e35 2c22 756e6974 223a22 c2b043 227d`,
  ],
];

test.each(BY_HAND)('%s has the bytes derived by hand, both ways', (_, message, bytes) => {
  expect(hex(encode(header, message, codec))).toBe(bytes.replaceAll(' ', ''));
  expect(decode(unhex(bytes), codec)).toEqual({ ok: true, protocol: 2, header, message });
});

test('PROTOCOL.md shows these very bytes', () => {
  const page = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8');
  const [, byHand = ''] = /### Three datagrams by hand\n(.*?)\n## /s.exec(page) ?? [];
  const rows = byHand.split('\n').map((line) => /^\| (`.*`) \|/.exec(line)?.[1] ?? '|');
  const shown = rows.join('').replaceAll(/[` ]/g, '').toLowerCase();
  for (const [, , bytes] of BY_HAND) expect(shown).toContain(`|${bytes.replaceAll(' ', '')}|`);
});

test('The common messages keep their sizes with the room for a tag', () => {
  const sealed = (message: Message): number => (encode(header, message, codec)?.length ?? 0) + TAG_BYTES;
  expect(sealed(heartbeat)).toBeLessThanOrEqual(32);
  expect(sealed(request)).toBeLessThanOrEqual(56);
  expect(sealed(response)).toBeLessThanOrEqual(64);
});

test('A body over the limit is not sent, and one just at it is', () => {
  const value = 'x'.repeat(MAX_BODY - 4 - 2);
  expect(encode(header, { type: 'response', callId: 1, value }, codec)?.length).toBe(16 + MAX_BODY);
  expect(encode(header, { type: 'response', callId: 1, value: `${value}x` }, codec)).toBeUndefined();
});

test('A body is deflated only where asked for, and only where that makes it smaller', () => {
  const large: Message = { type: 'response', callId: 1, value: 'ab'.repeat(2_000) };
  expect(encode(header, large, codec)).toBeUndefined();
  expect(encode(header, large, codec, { inflatesBytes: 0 })).toBeUndefined();
  const sent = encode(header, large, codec, { inflatesBytes: 65_536 });
  expect(sent?.[2]).toBe(5);
  expect(decode(sent ?? unhex(''), codec)).toEqual({ ok: true, protocol: 2, header, message: large });
  // 4 bytes of call id and two quotation marks.
  expect(encode(header, large, codec, { inflatesBytes: 4_006 })?.length).toBe(sent?.length);
  expect(encode(header, large, codec, { inflatesBytes: 4_005 })).toBeUndefined();
  expect(encode(header, heartbeat, codec, { inflatesBytes: 65_536 })?.[2]).toBe(4);
  const { deflate: _, ...neverDeflates } = codec;
  expect(encode(header, large, neverDeflates, { inflatesBytes: 65_536 })).toBeUndefined();
});

test('A body that deflating would enlarge is sent as it is', () => {
  const random = Array.from({ length: 300 }, (_, n) => String.fromCharCode(33 + ((n * 7919 * (n + 3)) % 89))).join('');
  const grows = { ...codec, deflate: (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.length) };
  const sent = encode(header, { type: 'response', callId: 1, value: random }, grows, { inflatesBytes: 65_536 });
  expect(sent?.[2]).toBe(4);
});

test('A span that its field cannot hold travels as the most it holds', () => {
  const message: Message = { ...request, leftMs: 100_000.7 };
  const back = decode(encode(header, message, codec) ?? unhex(''), codec);
  expect(back).toMatchObject({ message: { leftMs: 65_535 } });
});

test('A counter that its field cannot hold is our own fault', () => {
  expect(() => encode(header, { ...response, callId: 2 ** 32 } as Message, codec)).toThrow(/u32/);
  expect(() => encode({ ...header, sender: 1.5 }, response, codec)).toThrow(/u32/);
});

const body = '1234 00000834 01 09';
test.each([
  ['empty', ''],
  ['not-tdos', '00'],
  ['not-tdos', 'd1050400'],
  ['not-tdos', 'e0050400'],
  ['newer-protocol', 'd3'],
  ['newer-protocol', 'd8050400'],
  ['newer-protocol', 'df050400'],
  ['truncated', 'd2'],
  ['truncated', `d2 05 04 00 0a0b0c0d 00000007 010203`],
  ['truncated', `d2 05 04 00 ${HEADER}`],
  ['truncated', `d2 05 04 00 ${HEADER} 1234 00000834 01`],
  ['too-long', `d2 05 04 00 ${HEADER} ${body} ${'00'.repeat(1_001)}`],
  ['unknown-type', `d2 00 04 00 ${HEADER} ${body}`],
  ['unknown-type', `d2 11 04 00 ${HEADER} ${body}`],
  ['unknown-type', `d2 ff 04 00 ${HEADER} ${body}`],
  ['unknown-flags', `d2 05 0c 00 ${HEADER} ${body}`],
  ['unknown-flags', `d2 05 84 00 ${HEADER} ${body}`],
  ['sealed', `d2 05 06 01 ${HEADER} ${body}`],
  ['sealed', `d2 05 06 00 ${HEADER} ${body}`],
  ['sealed', `d2 05 04 01 ${HEADER} ${body}`],
  ['bad-field', `d2 05 04 00 00000000 00000007 01020304 ${body}`],
  ['bad-field', `d2 05 04 00 0a0b0c0d 00000000 01020304 ${body}`],
  ['bad-compression', `d2 05 05 00 ${HEADER} ff`],
  ['bad-text', `d2 04 04 00 ${HEADER} 11223344 22ff22`],
  ['bad-json', `d2 04 04 00 ${HEADER} 11223344 22`],
])('Refuses %s: %s', (refusal, bytes) => {
  expect(decode(unhex(bytes), codec)).toEqual({ ok: false, refusal });
});

test('Bytes after a body of fixed fields are left alone', () => {
  const longer = unhex(`d2 05 04 00 ${HEADER} ${body} ffffff`);
  expect(decode(longer, codec)).toEqual({ ok: true, protocol: 2, header, message: heartbeat });
});

test('A deflated body may inflate to the bound and not beyond', () => {
  const inflatesTo = (size: number): Uint8Array => {
    const text = Buffer.alloc(size, 0x20);
    text.set(unhex('00000001 30'));
    return Buffer.concat([unhex(`d2 04 05 00 ${HEADER}`), codec.deflate?.(text) ?? unhex('')]);
  };
  expect(decode(inflatesTo(65_536), codec)).toMatchObject({ ok: true, message: { value: 0 } });
  expect(decode(inflatesTo(65_537), codec)).toEqual({ ok: false, refusal: 'inflates-too-large' });
});
