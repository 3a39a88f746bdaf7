/**
 * Body to message, every field checked. The byte tables stand in PROTOCOL.md; `body-writer.ts` is the way there.
 *
 * Bytes after the fixed fields of a type without JSON, unknown bits of the flag fields inside bodies, and more elements
 * in a JSON list than are known are left alone: later versions may add them.
 *
 * @module
 */
import { unpackBundle } from './bundle.ts';
import { Reader } from './bytes.ts';
import { isAddress, isName, isReason } from './checks.ts';
import type { Codec } from './codec.ts';
import { parseJson } from './json.ts';
import { BLOCK_BYTES, MAX_BLOCKED } from './limits.ts';
import type { Abilities, Bundled, Message, ProtocolRange, Refusal } from './message.ts';
import { ACK_KINDS, PEER_STATES, TYPES } from './numbers.ts';
import { readOffers } from './offers.ts';

/** The JSON that ends the body; undefined when there is none, or a refusal. */
function readJson(reader: Reader, codec: Codec): unknown {
  const bytes = reader.rest();
  if (bytes.length === 0 || reader.refusal !== undefined) return undefined;
  const parsed = parseJson(bytes, codec);
  if (typeof parsed !== 'string') return parsed.json;
  reader.refuse(parsed);
  return undefined;
}

function readList(reader: Reader, codec: Codec): readonly unknown[] {
  const json = readJson(reader, codec);
  if (Array.isArray(json)) return json;
  reader.refuse('bad-field');
  return [];
}

function name(reader: Reader, value: unknown): string {
  if (isName(value)) return value;
  reader.refuse('bad-field');
  return '';
}

function address(reader: Reader, value: unknown): string {
  if (isAddress(value)) return value;
  reader.refuse('bad-field');
  return '';
}

function readAbilities(reader: Reader): Abilities {
  const flags = reader.u8();
  return {
    kernel: (flags & 1) !== 0,
    helper: (flags & 2) !== 0,
    inflates: (flags & 4) !== 0,
    v1: (flags & 8) !== 0,
    takesKiB: atLeastOne(reader, reader.u8()),
    window: atLeastOne(reader, reader.u8()),
    ...((flags & 16) !== 0 && { bundles: true }),
  };
}

function atLeastOne(reader: Reader, value: number): number {
  reader.check(value > 0);
  return value;
}

function readProtocol(reader: Reader): ProtocolRange {
  const min = atLeastOne(reader, reader.u8());
  const max = reader.u8();
  reader.check(min <= max);
  return { min, max };
}

function readPart(reader: Reader): { readonly part: number; readonly parts: number } {
  const part = reader.u8();
  const parts = reader.u8();
  reader.check(part < parts);
  return { part, parts };
}

function readAnnounce(reader: Reader, codec: Codec): Message {
  const nonce = reader.u32();
  const generation = reader.u16();
  const { part, parts } = readPart(reader);
  const protocol = readProtocol(reader);
  const abilities = readAbilities(reader);
  const intervalMs = reader.u32();
  const list = readList(reader, codec);
  const services = readOffers(reader, list[1]);
  return {
    type: 'announce',
    nonce,
    generation,
    part,
    parts,
    protocol,
    abilities,
    intervalMs,
    name: name(reader, list[0]),
    services,
  };
}

function readQuery(reader: Reader, codec: Codec): Message {
  const nonce = reader.u32();
  const flags = reader.u8();
  const sinceEpoch = reader.u32();
  const since = reader.u32();
  const service = nameIfAny(reader, codec) ?? '';
  return { type: 'query', nonce, kernel: (flags & 1) !== 0, subscribe: (flags & 2) !== 0, sinceEpoch, since, service };
}

function readRequest(reader: Reader, codec: Codec): Message {
  const callId = reader.u32();
  const serverEpoch = reader.u32();
  const leftMs = reader.u16();
  const takesKiB = atLeastOne(reader, reader.u8());
  const window = atLeastOne(reader, reader.u8());
  const [service, op = 'read', args] = readList(reader, codec);
  return {
    type: 'request',
    callId,
    serverEpoch,
    leftMs,
    takesKiB,
    window,
    service: name(reader, service),
    op: name(reader, op),
    args,
  };
}

function readFailure(reader: Reader, codec: Codec): Message {
  const callId = reader.u32();
  const [code, message] = readList(reader, codec);
  const isText = typeof message === 'string';
  reader.check(isText);
  // What is no text is not made one: an object may bring a `toString` that is no function.
  return { type: 'error', callId, code: name(reader, code), message: isText ? message : '' };
}

function readAck(reader: Reader): Message {
  const id = reader.u32();
  const kind = ACK_KINDS[reader.u8()];
  reader.check(kind !== undefined);
  return { type: 'ack', id, kind: kind ?? 'working', value: reader.u32() };
}

function readGoodbye(reader: Reader, codec: Codec): Message {
  const generation = reader.u16();
  const json = readJson(reader, codec);
  if (json === undefined) return { type: 'goodbye', generation, services: undefined };
  if (Array.isArray(json) && json.every(isName)) return { type: 'goodbye', generation, services: json };
  reader.refuse('bad-field');
  return { type: 'goodbye', generation, services: [] };
}

function readEvent(reader: Reader, codec: Codec): Message {
  const version = reader.u32();
  const previous = reader.u32();
  const node = atLeastOne(reader, reader.u32());
  const epoch = reader.u32();
  const generation = reader.u16();
  const state = PEER_STATES[reader.u8()];
  reader.check(state !== undefined);
  const abilities = readAbilities(reader);
  const protocol = readProtocol(reader);
  const intervalMs = reader.u32();
  const silentMs = reader.u32();
  const heldMs = reader.u32();
  const judge = reader.u32();
  const load = reader.u8();
  const { part, parts } = readPart(reader);
  const list = readList(reader, codec);
  const services = readOffers(reader, list[2]);
  const reason = list[3];
  reader.check(reason === undefined || isReason(reason));
  return {
    type: 'event',
    version,
    previous,
    node,
    epoch,
    generation,
    state: state ?? 'left',
    abilities,
    protocol,
    intervalMs,
    silentMs,
    heldMs,
    judge,
    reason: isReason(reason) ? reason : undefined,
    load,
    part,
    parts,
    name: name(reader, list[0]),
    address: address(reader, list[1]),
    services,
  };
}

function readBlock(reader: Reader): Message {
  const callId = reader.u32();
  const carried = TYPES[reader.u8()];
  const carries = carried === 'response' ? 'response' : 'request';
  reader.check(carried === carries);
  const number = reader.u16();
  const size = reader.u32();
  const data = reader.rest();
  reader.check(size <= MAX_BLOCKED && data.length > 0);
  reader.check(data.length === Math.min(BLOCK_BYTES, size - number * BLOCK_BYTES));
  return { type: 'block', callId, carries, number, size, data };
}

/** A name that may be missing. */
function nameIfAny(reader: Reader, codec: Codec): string | undefined {
  const json = readJson(reader, codec);
  return json === undefined ? undefined : name(reader, json);
}

function readWelcome(reader: Reader, codec: Codec): Message {
  return {
    type: 'welcome',
    nonce: reader.u32(),
    generation: reader.u16(),
    version: reader.u32(),
    term: reader.u32(),
    heartbeatMs: reader.u32(),
    time: reader.u48(),
    name: nameIfAny(reader, codec),
  };
}

function readBeacon(reader: Reader, codec: Codec): Message {
  return {
    type: 'beacon',
    term: reader.u32(),
    version: reader.u32(),
    digest: reader.u32(),
    nodes: reader.u16(),
    beaconMs: reader.u32(),
    heartbeatMs: reader.u32(),
    time: reader.u48(),
    name: nameIfAny(reader, codec),
  };
}

function readHeartbeat(reader: Reader): Message {
  return {
    type: 'heartbeat',
    generation: reader.u16(),
    intervalMs: reader.u32(),
    lease: (reader.u8() & 1) !== 0,
    load: reader.u8(),
  };
}

function readBundle(reader: Reader, codec: Codec): Message {
  const messages: Bundled[] = [];
  for (const part of unpackBundle(reader)) {
    const message = readBody(part.body, part.type, codec);
    if (typeof message === 'string') reader.refuse(message);
    else messages.push(message as Bundled);
  }
  reader.check(messages.length > 0);
  return { type: 'bundle', messages };
}

function read(type: Message['type'], reader: Reader, codec: Codec): Message {
  switch (type) {
    case 'announce':
      return readAnnounce(reader, codec);
    case 'query':
      return readQuery(reader, codec);
    case 'request':
      return readRequest(reader, codec);
    case 'response':
      return { type, callId: reader.u32(), value: readJson(reader, codec) };
    case 'heartbeat':
      return readHeartbeat(reader);
    case 'error':
      return readFailure(reader, codec);
    case 'ack':
      return readAck(reader);
    case 'goodbye':
      return readGoodbye(reader, codec);
    case 'probe':
      return { type, nonce: reader.u32() };
    case 'probe-request': {
      const nonce = reader.u32();
      const target = atLeastOne(reader, reader.u32());
      return { type, nonce, target, address: address(reader, readJson(reader, codec)) };
    }
    case 'challenge':
      return { type, nonce: reader.u32(), sequence: reader.u32(), epoch: reader.u32() };
    case 'welcome':
      return readWelcome(reader, codec);
    case 'event':
      return readEvent(reader, codec);
    case 'block':
      return readBlock(reader);
    case 'beacon':
      return readBeacon(reader, codec);
    case 'bundle':
      return readBundle(reader, codec);
  }
}

/** Reads the body that is left. A BLOCK's data is a view of it. */
export function readBody(reader: Reader, type: Message['type'], codec: Codec): Message | Refusal {
  const message = read(type, reader, codec);
  return reader.refusal ?? message;
}

/** Reads a whole body, as a datagram or a row of BLOCKs carried it. Never throws. */
export const decodeBody = (type: Message['type'], bytes: Uint8Array, codec: Codec): Message | Refusal =>
  readBody(new Reader(bytes, 0), type, codec);
