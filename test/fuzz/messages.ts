// Any message that may be sent, for properties about the wire.

import fc from 'fast-check';
import {
  type Abilities,
  BLOCK_BYTES,
  type Header,
  MAX_BLOCKED,
  type Message,
  type ServiceOffer,
  type V1Message,
} from '../../src/wire/index.ts';

const u8 = fc.integer({ min: 0, max: 0xff });
const u8FromOne = fc.integer({ min: 1, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const id = fc.integer({ min: 1, max: 0xffff_ffff });
const time = fc.integer({ min: 0, max: 0xffff_ffff_ffff });

const sign = fc.constantFrom(...'abcXYZ019_-.!@*"\\/ [{}]é°场🌡');
const text = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: sign, minLength, maxLength });
const name = fc.oneof(
  { weight: 9, arbitrary: text(1, 32) },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', 'read') },
);
const reason = text(1, 48);
/**
 * V8 13.6 (Node 24) reads a key that is one escaped character, `{"\"":1}`, as a backslash where the text holds characters
 * beyond Latin-1. No object here has such a key.
 */
const ESCAPED_KEY = /"\\(?:u[0-9a-f]{4}|.)":/;
/** As JSON brings it back: no -0, nothing but JSON. */
const json = fc
  .jsonValue({ maxDepth: 5 })
  .map((value): unknown => JSON.parse(JSON.stringify(value)))
  .filter((value) => !ESCAPED_KEY.test(JSON.stringify(value)));
const key = name.filter((text) => text !== '"');

const abilities: fc.Arbitrary<Abilities> = fc.record(
  {
    kernel: fc.boolean(),
    helper: fc.boolean(),
    inflates: fc.boolean(),
    v1: fc.boolean(),
    takesKiB: u8FromOne,
    window: u8FromOne,
    bundles: fc.constant(true),
  },
  { requiredKeys: ['kernel', 'helper', 'inflates', 'v1', 'takesKiB', 'window'] },
);
const protocol = fc.tuple(u8FromOne, u8FromOne).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));
const parts = fc
  .tuple(u8, u8)
  .map(([a, b]) => ({ part: Math.min(a, b, 254), parts: Math.min(Math.max(a, b), 254) + 1 }));
const address = fc
  .tuple(u8, u8, u8, u8, fc.integer({ min: 1, max: 65_535 }))
  .map(([a, b, c, d, port]) => `${a}.${b}.${c}.${d}:${port}`);
const offer: fc.Arbitrary<ServiceOffer> = fc.record({
  index: u8,
  name,
  version: text(1, 16),
  labels: fc.dictionary(key, text(0, 32), { maxKeys: 16 }),
  capabilities: fc.array(name, { maxLength: 32 }),
});
const offers = fc.array(offer, { maxLength: 5 });
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

const block = fc
  .tuple(u32, fc.constantFrom('request' as const, 'response' as const), fc.integer({ min: 1, max: MAX_BLOCKED }), u16)
  .map(([callId, carries, size, any]) => {
    const number = any % Math.ceil(size / BLOCK_BYTES);
    const data = new Uint8Array(Math.min(BLOCK_BYTES, size - number * BLOCK_BYTES)).fill(any);
    return { type: 'block' as const, callId, carries, number, size, data };
  });

const request = fc.record({
  type: fc.constant('request' as const),
  callId: u32,
  serverEpoch: u32,
  leftMs: u16,
  takesKiB: u8FromOne,
  window: u8FromOne,
  service: name,
  op: name,
  args: optional(json),
});
const response = fc.record({ type: fc.constant('response' as const), callId: u32, value: optional(json) });
const failure = fc.record({ type: fc.constant('error' as const), callId: u32, code: name, message: text(0, 120) });

export const messages: Readonly<Record<Message['type'], fc.Arbitrary<Message>>> = {
  announce: fc
    .record({
      type: fc.constant('announce' as const),
      nonce: u32,
      generation: u16,
      protocol,
      abilities,
      intervalMs: u32,
      name,
      services: offers,
    })
    .chain((message) => parts.map((part) => ({ ...message, ...part }))),
  query: fc.record({
    type: fc.constant('query' as const),
    nonce: u32,
    kernel: fc.boolean(),
    subscribe: fc.boolean(),
    sinceEpoch: u32,
    since: u32,
    service: fc.oneof(fc.constant(''), name),
  }),
  request,
  response,
  heartbeat: fc.record({
    type: fc.constant('heartbeat' as const),
    generation: u16,
    intervalMs: u32,
    lease: fc.boolean(),
    load: u8,
  }),
  error: failure,
  ack: fc.record({
    type: fc.constant('ack' as const),
    id: u32,
    kind: fc.constantFrom('working' as const, 'block' as const, 'alive' as const, 'vouched' as const),
    value: u32,
  }),
  goodbye: fc.record({
    type: fc.constant('goodbye' as const),
    generation: u16,
    services: fc.option(fc.array(name, { maxLength: 8 }), { nil: undefined }),
  }),
  probe: fc.record({ type: fc.constant('probe' as const), nonce: u32 }),
  'probe-request': fc.record({ type: fc.constant('probe-request' as const), nonce: u32, target: id, address }),
  challenge: fc.record({ type: fc.constant('challenge' as const), nonce: u32, sequence: u32, epoch: u32 }),
  welcome: fc.record({
    type: fc.constant('welcome' as const),
    nonce: u32,
    generation: u16,
    version: u32,
    term: u32,
    heartbeatMs: u32,
    time,
    name: optional(name),
  }),
  event: fc
    .record({
      type: fc.constant('event' as const),
      version: u32,
      previous: u32,
      node: id,
      epoch: u32,
      generation: u16,
      state: fc.constantFrom('alive' as const, 'suspect' as const, 'dead' as const, 'left' as const),
      abilities,
      protocol,
      intervalMs: u32,
      silentMs: u32,
      heldMs: u32,
      judge: u32,
      reason: fc.option(reason, { nil: undefined }),
      load: u8,
      name,
      address,
      services: offers,
    })
    .chain((message) => parts.map((part) => ({ ...message, ...part }))),
  block,
  beacon: fc.record({
    type: fc.constant('beacon' as const),
    term: u32,
    version: u32,
    digest: u32,
    nodes: u16,
    beaconMs: u32,
    heartbeatMs: u32,
    time,
    name: optional(name),
  }),
  bundle: fc.record({
    type: fc.constant('bundle' as const),
    messages: fc.array(fc.oneof(request, response, failure), { minLength: 1, maxLength: 8 }),
  }),
};

export const anyMessage: fc.Arbitrary<Message> = fc.oneof(...Object.values(messages));

export const anyHeader: fc.Arbitrary<Header> = fc.record({
  sender: id,
  epoch: id,
  sequence: u32,
  addressed: fc.boolean(),
  key: fc.constant(0),
});

export const anyV1: fc.Arbitrary<V1Message> = fc.record({
  type: fc.integer({ min: 0, max: 1_000 }),
  id: text(1, 32),
  ts: fc.integer({ min: 0, max: 2_000_000_000 }),
  payload: fc.dictionary(key, json, { maxKeys: 5 }),
  replyTo: fc.option(text(1, 32), { nil: undefined }),
});
