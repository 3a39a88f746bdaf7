/**
 * Message to body: the type's fixed fields in order, then its JSON in UTF-8. The byte tables stand in PROTOCOL.md;
 * `body-reader.ts` is the way back.
 *
 * @module
 */
import { assert } from '../base/assert.ts';
import { packBundle } from './bundle.ts';
import { saturate, Writer } from './bytes.ts';
import type { Codec } from './codec.ts';
import { isTooDeep } from './json.ts';
import { MAX_ERROR_WORDS, MAX_JSON_DEPTH, MAX_REASON } from './limits.ts';
import type { Abilities, Announce, Event, Message, ProtocolRange, Request } from './message.ts';
import { ACK_KINDS, PEER_STATES, TYPES } from './numbers.ts';
import { offerToJson } from './offers.ts';

const U16 = 0xffff;
const U32 = 0xffff_ffff;
const U48 = 0xffff_ffff_ffff;
const EMPTY = '';

/** The bytes of each type's fixed fields. */
const FIXED: Readonly<Record<Message['type'], number>> = {
  announce: 17,
  query: 13,
  request: 12,
  response: 4,
  heartbeat: 8,
  error: 4,
  ack: 9,
  goodbye: 2,
  // As long as its answer.
  probe: 9,
  'probe-request': 8,
  challenge: 12,
  welcome: 24,
  event: 43,
  block: 11,
  beacon: 28,
  bundle: 0,
};

/** JSON text; empty for what JSON has no word for. Throws a TypeError for a value with a cycle or a BigInt. */
const json = (value: unknown): string => JSON.stringify(value) ?? EMPTY;

function requestJson({ service, op, args }: Request): string {
  if (args !== undefined) return json([service, op, args]);
  return json(op === 'read' ? [service] : [service, op]);
}

function eventJson({ name, address, services, reason = '' }: Event): string {
  const offers = services.map(offerToJson);
  return json(reason === '' ? [name, address, offers] : [name, address, offers, reason.slice(0, MAX_REASON)]);
}

/** The JSON that ends the body. */
function textOf(message: Message): string {
  switch (message.type) {
    case 'announce':
      return json([message.name, message.services.map(offerToJson)]);
    case 'query':
      return message.service === '' ? EMPTY : json(message.service);
    case 'request':
      return requestJson(message);
    case 'response':
      return json(message.value);
    case 'error':
      return json([message.code, message.message.slice(0, MAX_ERROR_WORDS)]);
    case 'goodbye':
      return json(message.services);
    case 'probe-request':
      return json(message.address);
    case 'event':
      return eventJson(message);
    case 'welcome':
    case 'beacon':
      return json(message.name);
    default:
      return EMPTY;
  }
}

function writeAbilities(writer: Writer, abilities: Abilities): void {
  const { kernel, helper, inflates, v1, takesKiB, window, bundles = false } = abilities;
  writer.u8((kernel ? 1 : 0) | (helper ? 2 : 0) | (inflates ? 4 : 0) | (v1 ? 8 : 0) | (bundles ? 16 : 0));
  writer.u8(takesKiB);
  writer.u8(window);
}

function writeProtocol(writer: Writer, { min, max }: ProtocolRange): void {
  writer.u8(min);
  writer.u8(max);
}

function writeAnnounce(writer: Writer, message: Announce): void {
  writer.u32(message.nonce);
  writer.u16(message.generation);
  writer.u8(message.part);
  writer.u8(message.parts);
  writeProtocol(writer, message.protocol);
  writeAbilities(writer, message.abilities);
  writer.u32(saturate(message.intervalMs, U32));
}

function writeEvent(writer: Writer, message: Event): void {
  writer.u32(message.version);
  writer.u32(message.previous);
  writer.u32(message.node);
  writer.u32(message.epoch);
  writer.u16(message.generation);
  writer.u8(PEER_STATES.indexOf(message.state));
  writeAbilities(writer, message.abilities);
  writeProtocol(writer, message.protocol);
  writer.u32(saturate(message.intervalMs, U32));
  writer.u32(saturate(message.silentMs, U32));
  writer.u32(saturate(message.heldMs, U32));
  writer.u32(message.judge);
  writer.u8(saturate(message.load, 0xff));
  writer.u8(message.part);
  writer.u8(message.parts);
}

function writeFixed(writer: Writer, message: Message): void {
  switch (message.type) {
    case 'announce':
      writeAnnounce(writer, message);
      break;
    case 'query':
      writer.u32(message.nonce);
      writer.u8((message.kernel ? 1 : 0) | (message.subscribe ? 2 : 0));
      writer.u32(message.sinceEpoch);
      writer.u32(message.since);
      break;
    case 'request':
      writer.u32(message.callId);
      writer.u32(message.serverEpoch);
      writer.u16(saturate(message.leftMs, U16));
      writer.u8(message.takesKiB);
      writer.u8(message.window);
      break;
    case 'response':
    case 'error':
      writer.u32(message.callId);
      break;
    case 'heartbeat':
      writer.u16(message.generation);
      writer.u32(saturate(message.intervalMs, U32));
      writer.u8(message.lease ? 1 : 0);
      writer.u8(saturate(message.load, 0xff));
      break;
    case 'ack':
      writer.u32(message.id);
      writer.u8(ACK_KINDS.indexOf(message.kind));
      writer.u32(message.value);
      break;
    case 'goodbye':
      writer.u16(message.generation);
      break;
    case 'probe':
      writer.u32(message.nonce);
      writer.u32(0);
      writer.u8(0);
      break;
    case 'probe-request':
      writer.u32(message.nonce);
      writer.u32(message.target);
      break;
    case 'challenge':
      writer.u32(message.nonce);
      writer.u32(message.sequence);
      writer.u32(message.epoch);
      break;
    case 'welcome':
      writer.u32(message.nonce);
      writer.u16(message.generation);
      writer.u32(message.version);
      writer.u32(message.term);
      writer.u32(saturate(message.heartbeatMs, U32));
      writer.u48(saturate(message.time, U48));
      break;
    case 'event':
      writeEvent(writer, message);
      break;
    case 'block':
      writer.u32(message.callId);
      writer.u8(TYPES.indexOf(message.carries));
      writer.u16(message.number);
      writer.u32(message.size);
      break;
    case 'beacon':
      writer.u32(message.term);
      writer.u32(message.version);
      writer.u32(message.digest);
      writer.u16(message.nodes);
      writer.u32(saturate(message.beaconMs, U32));
      writer.u32(saturate(message.heartbeatMs, U32));
      writer.u48(saturate(message.time, U48));
      break;
  }
}

/** What follows the fixed fields; undefined when nothing does. */
function tailOf(message: Message, codec: Codec): Uint8Array | undefined {
  if (message.type === 'block') return message.data;
  if (message.type === 'bundle')
    return packBundle(message.messages.map((one) => ({ type: one.type, body: encodeBody(one, codec) })));
  const text = textOf(message);
  if (text === EMPTY) return undefined;
  const bytes = codec.encodeUtf8(text);
  if (isTooDeep(bytes)) throw new TypeError(`A value may nest ${MAX_JSON_DEPTH} lists and objects, no more.`);
  return bytes;
}

/** The body between `lead` bytes of room for a header and `trail` bytes for a tag. */
export function encodeBehind(lead: number, message: Message, codec: Codec, trail = 0): Uint8Array {
  const fixed = lead + FIXED[message.type];
  const tail = tailOf(message, codec);
  const bytes = new Uint8Array(fixed + (tail?.length ?? 0) + trail);
  const writer = new Writer(bytes, lead);
  writeFixed(writer, message);
  assert(writer.at === fixed, 'the fixed fields have their stated size');
  if (tail !== undefined) bytes.set(tail, fixed);
  return bytes;
}

/**
 * The whole body, of any size: what a datagram carries, or what is cut into BLOCKs.
 *
 * Spans and loads beyond their field travel as the most it holds; the words of an ERROR are cut at
 * {@link MAX_ERROR_WORDS}. Throws a TypeError for a value that is not JSON: a cycle, a BigInt, or more than
 * {@link MAX_JSON_DEPTH} deep.
 */
export const encodeBody = (message: Message, codec: Codec): Uint8Array => encodeBehind(0, message, codec);
