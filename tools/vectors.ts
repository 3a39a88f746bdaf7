// Writes test/vectors/v2/*.json: one datagram a file, with what it means, for any implementation to check itself against.
// Run it after a change of the wire: `node --conditions=tdos-source tools/vectors.ts`. PROTOCOL.md says how to read them.

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeCodec } from '../src/hosts/node/codec.ts';
import { type Abilities, BLOCK_BYTES, encode, type Message, type Refusal, sealKey } from '../src/wire/index.ts';

interface Vector {
  readonly name: string;
  readonly description: string;
  readonly message: Message;
  readonly deflate?: true;
  readonly broadcast?: true;
}

const HOME = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDER = join(HOME, 'test', 'vectors', 'v2');

const board: Abilities = { kernel: false, helper: false, inflates: true, v1: false, takesKiB: 4, window: 1 };
const pc: Abilities = { kernel: true, helper: true, inflates: true, v1: false, takesKiB: 64, window: 8 };
const v1Board: Abilities = { kernel: false, helper: false, inflates: false, v1: true, takesKiB: 1, window: 1 };
const protocol = { min: 2, max: 2 };
const temperature = {
  index: 0,
  name: 'temp_sensor',
  version: '1.2.0',
  labels: { room: 'kitchen' },
  capabilities: ['read', 'calibrate!'],
};
const humidity = { index: 1, name: 'humidity_sensor', version: '1.0.0', labels: {}, capabilities: [] };
const announce: Message = {
  type: 'announce',
  nonce: 0xcafe0001,
  generation: 3,
  part: 0,
  parts: 1,
  protocol,
  abilities: board,
  intervalMs: 1_000,
  name: 'kitchen-board',
  services: [temperature, humidity],
};
const request: Message = {
  type: 'request',
  callId: 0x11223344,
  serverEpoch: 42,
  leftMs: 3_000,
  takesKiB: 64,
  window: 8,
  service: 'humidity_sensor',
  op: 'read',
  args: undefined,
};
const event: Message = {
  type: 'event',
  version: 17,
  previous: 15,
  node: 0x0b0b0b0b,
  epoch: 42,
  generation: 3,
  state: 'suspect',
  abilities: board,
  protocol,
  intervalMs: 1_000,
  silentMs: 2_300,
  heldMs: 500,
  judge: 0x0a0b0c0d,
  load: 12,
  part: 0,
  parts: 1,
  name: 'kitchen-board',
  address: '192.168.4.17:49152',
  services: [temperature, humidity],
};
const readings = Array.from({ length: 40 }, (_, minute) => ({ minute, temp_sensor: 20 + minute / 4 }));
const bytesFrom = (start: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, offset) => (start + offset) % 256);

const VECTORS: readonly Vector[] = [
  {
    name: 'announce',
    description: 'one board, two services; the second has no labels and no capabilities',
    message: announce,
  },
  {
    name: 'announce-broadcast',
    description: 'the same to everybody, unasked: nonce 0 and the flag `addressed` not set',
    message: { ...announce, nonce: 0 },
    broadcast: true,
  },
  {
    name: 'announce-no-services',
    description: 'a kernel that offers nothing',
    message: { ...announce, abilities: pc, name: 'pc', services: [] },
  },
  {
    name: 'announce-labels-only',
    description: 'a service with labels and no capabilities',
    message: { ...announce, services: [{ ...temperature, capabilities: [] }] },
  },
  {
    name: 'announce-capabilities-only',
    description: 'a service with capabilities and no labels, which are then an empty object',
    message: { ...announce, services: [{ ...temperature, labels: {} }] },
  },
  {
    name: 'announce-part-1-of-2',
    description: 'the first of two parts; both carry the same generation',
    message: { ...announce, parts: 2, services: [temperature] },
  },
  {
    name: 'announce-part-2-of-2',
    description: 'the second of two parts',
    message: { ...announce, part: 1, parts: 2, services: [humidity] },
  },
  {
    name: 'announce-non-ascii',
    description: 'names and labels beyond ASCII, as UTF-8',
    message: { ...announce, name: 'Küche 🌡', services: [{ ...temperature, labels: { 场所: 'Gewächshaus' } }] },
  },
  {
    name: 'announce-proto-label',
    description: 'a label key that must stay a key like any other',
    message: { ...announce, services: [{ ...temperature, labels: { ['__proto__']: 'x', constructor: 'y' } }] },
  },
  {
    name: 'query',
    description: 'who is there? from a node that is no kernel',
    message: { type: 'query', nonce: 7, kernel: false, subscribe: false, sinceEpoch: 0, since: 0, service: '' },
    broadcast: true,
  },
  {
    name: 'query-kernel',
    description: 'a kernel asks every node',
    message: { type: 'query', nonce: 8, kernel: true, subscribe: false, sinceEpoch: 0, since: 0, service: '' },
    broadcast: true,
  },
  {
    name: 'query-subscribe',
    description: 'what changed since version 16 of a kernel in its epoch 9, and later changes too',
    message: { type: 'query', nonce: 9, kernel: false, subscribe: true, sinceEpoch: 9, since: 16, service: '' },
  },
  {
    name: 'query-service',
    description: 'who offers this service?',
    message: { type: 'query', nonce: 10, kernel: false, subscribe: false, sinceEpoch: 0, since: 0, service: 'display' },
    broadcast: true,
  },
  { name: 'request-read', description: 'a read: the operation is left out', message: request },
  {
    name: 'request-operation',
    description: 'an operation without arguments, server epoch not known yet',
    message: { ...request, serverEpoch: 0, op: 'calibrate' },
  },
  {
    name: 'request-arguments',
    description: 'an operation with arguments',
    message: { ...request, service: 'display', op: 'write', args: { text: 'Temp: 21.5°C' } },
  },
  {
    name: 'request-read-arguments',
    description: 'a read with arguments: the operation is there, so that the arguments have their place',
    message: { ...request, args: [1, 'a', null] },
  },
  { name: 'request-null', description: 'null is an argument', message: { ...request, op: 'set', args: null } },
  {
    name: 'response',
    description: 'a reading',
    message: { type: 'response', callId: 0x11223344, value: { value: 21.5, unit: '°C' } },
  },
  {
    name: 'response-empty',
    description: 'nothing to tell: no JSON at all',
    message: { type: 'response', callId: 0x11223344, value: undefined },
  },
  { name: 'response-null', description: 'null is a value', message: { type: 'response', callId: 1, value: null } },
  {
    name: 'response-deflated',
    description: 'a body that is smaller deflated; other deflaters may give other bytes',
    message: { type: 'response', callId: 0x11223344, value: readings },
    deflate: true,
  },
  {
    name: 'heartbeat',
    description: 'the next one comes within 2.1 s',
    message: { type: 'heartbeat', generation: 3, intervalMs: 2_100, lease: false, load: 9 },
  },
  {
    name: 'heartbeat-broadcast',
    description: 'without a kernel, to everybody',
    message: { type: 'heartbeat', generation: 65_535, intervalMs: 1_000, lease: false, load: 255 },
    broadcast: true,
  },
  {
    name: 'heartbeat-lease',
    description: 'the node sleeps for ten minutes',
    message: { type: 'heartbeat', generation: 3, intervalMs: 600_000, lease: true, load: 0 },
  },
  {
    name: 'error',
    description: 'a call failed',
    message: {
      type: 'error',
      callId: 0x11223344,
      code: 'BAD_OPERATION',
      message: 'temp_sensor has no operation "fly".',
    },
  },
  {
    name: 'error-no-call',
    description: 'a refusal that belongs to no call',
    message: { type: 'error', callId: 0, code: 'PROTOCOL_MISMATCH', message: 'You speak 3 to 4, this node 2.' },
  },
  {
    name: 'ack-working',
    description: 'the call runs',
    message: { type: 'ack', id: 0x11223344, kind: 'working', value: 0 },
  },
  {
    name: 'ack-block',
    description: 'blocks 0, 1 and 2 are here',
    message: { type: 'ack', id: 0x11223344, kind: 'block', value: 3 },
  },
  {
    name: 'ack-alive',
    description: 'the answer to a probe',
    message: { type: 'ack', id: 99, kind: 'alive', value: 0 },
  },
  {
    name: 'ack-vouched',
    description: 'a helper heard the target, in its epoch 42',
    message: { type: 'ack', id: 99, kind: 'vouched', value: 42 },
  },
  { name: 'goodbye', description: 'the node leaves', message: { type: 'goodbye', generation: 4, services: undefined } },
  {
    name: 'goodbye-services',
    description: 'the node withdraws two services and stays',
    message: { type: 'goodbye', generation: 4, services: ['temp_sensor', 'display'] },
  },
  { name: 'probe', description: 'are you there?', message: { type: 'probe', nonce: 99 } },
  {
    name: 'probe-request',
    description: 'please probe that node for me',
    message: { type: 'probe-request', nonce: 99, target: 0x0b0b0b0b, address: '192.168.4.17:49152' },
  },
  {
    name: 'challenge',
    description: 'epoch 1000 is known of you',
    message: { type: 'challenge', nonce: 5, sequence: 0x01020304, epoch: 1_000 },
  },
  {
    name: 'welcome',
    description: 'the kernel has generation 3; its time needs more than 32 bits',
    message: {
      type: 'welcome',
      nonce: 7,
      generation: 3,
      version: 17,
      term: 2,
      heartbeatMs: 1_000,
      time: 1_795_355_012_416,
    },
  },
  {
    name: 'welcome-name',
    description: 'the kernel tells its name',
    message: {
      type: 'welcome',
      nonce: 7,
      generation: 3,
      version: 17,
      term: 2,
      heartbeatMs: 1_000,
      time: 0,
      name: 'küche',
    },
  },
  { name: 'event', description: 'a suspect board', message: event },
  {
    name: 'event-v1',
    description: 'a record about a v1 board, which has no epoch',
    message: {
      ...event,
      epoch: 1,
      state: 'alive',
      abilities: v1Board,
      protocol: { min: 1, max: 1 },
      services: [temperature],
    },
  },
  { name: 'event-dead', description: 'a dead board', message: { ...event, state: 'dead', services: [] } },
  {
    name: 'event-reason',
    description: 'a dead board, and why its judge says so',
    message: {
      ...event,
      state: 'dead',
      services: [],
      reason: 'no answer to 6 rounds of probes, no sign of life for 4.2 s',
    },
  },
  { name: 'event-left', description: 'a board that said goodbye', message: { ...event, state: 'left', services: [] } },
  {
    name: 'block-first',
    description: 'the first of two blocks of a response',
    message: {
      type: 'block',
      callId: 0x11223344,
      carries: 'response',
      number: 0,
      size: BLOCK_BYTES + 4,
      data: bytesFrom(0, BLOCK_BYTES),
    },
  },
  {
    name: 'block-last',
    description: 'the last of two blocks, with what is left',
    message: {
      type: 'block',
      callId: 0x11223344,
      carries: 'response',
      number: 1,
      size: BLOCK_BYTES + 4,
      data: bytesFrom(BLOCK_BYTES, 4),
    },
  },
  {
    name: 'block-request',
    description: 'a request in one block',
    message: { type: 'block', callId: 5, carries: 'request', number: 0, size: 3, data: bytesFrom(1, 3) },
  },
  {
    name: 'beacon',
    description: 'a kernel is here',
    message: {
      type: 'beacon',
      term: 2,
      version: 17,
      digest: 0xdeadbeef,
      nodes: 51,
      beaconMs: 1_000,
      heartbeatMs: 1_000,
      time: 1_795_355_012_416,
    },
    broadcast: true,
  },
  {
    name: 'beacon-name',
    description: 'a kernel is here, and tells its name',
    message: {
      type: 'beacon',
      term: 2,
      version: 17,
      digest: 0xdeadbeef,
      nodes: 51,
      beaconMs: 1_000,
      heartbeatMs: 1_000,
      time: 0,
      name: 'küche',
    },
    broadcast: true,
  },
  {
    name: 'bundle',
    description: 'a call and two answers together',
    message: {
      type: 'bundle',
      messages: [
        request,
        { type: 'response', callId: 7, value: { value: 21.5, unit: '°C' } },
        { type: 'error', callId: 8, code: 'BUSY', message: 'full' },
      ],
    },
  },
  {
    name: 'announce-bundles',
    description: 'a board that takes several messages in one datagram',
    message: { ...announce, abilities: { ...board, bundles: true } },
  },
];

const SENDER = '0a0b0c0d 00000007 01020304';
/** A RESPONSE to call 1, as a part of a BUNDLE. */
const ANSWER = '04 0006 00000001 3432';
/** The fixed fields of an EVENT. */
const RECORD = '000000110000000f0b0b0b0b0000002a0003020404010202000003e8000008fc000001f40a0b0c0d0c0001';
const OFFERS = '00000000 0003 00 01 02 02 00 04 01 000003e8';
const json = (text: string): string => Buffer.from(text).toString('hex');

/** By hand: name, refusal, bytes, description. */
const REFUSALS: readonly (readonly [name: string, refusal: Refusal, hex: string, description: string])[] = [
  ['newer-protocol', 'newer-protocol', `d3 05 04 00 ${SENDER} 0003 00000834 00 09`, 'a later protocol'],
  ['not-tdos', 'not-tdos', '00 05 04 00', 'another first byte'],
  ['truncated-header', 'truncated', 'd2 05 04 00 0a0b0c0d', 'cut within the header'],
  ['truncated-body', 'truncated', `d2 05 04 00 ${SENDER} 0003 0000`, 'cut within the fixed fields'],
  ['unknown-type', 'unknown-type', `d2 11 04 00 ${SENDER}`, 'type 17, which there is not'],
  ['unknown-flags', 'unknown-flags', `d2 05 0c 00 ${SENDER} 0003 00000834 00 09`, 'a flag without a meaning'],
  ['sealed', 'sealed', `d2 05 06 01 ${SENDER} 0003 00000834 00 09 0011223344556677`, 'sealed with key 1'],
  ['no-sender', 'bad-field', 'd2 09 04 00 00000000 00000007 00000001 00000063', 'node id 0'],
  ['no-epoch', 'bad-field', 'd2 09 04 00 0a0b0c0d 00000000 00000001 00000063', 'boot epoch 0'],
  ['bad-compression', 'bad-compression', `d2 04 05 00 ${SENDER} ffffff`, 'flagged as deflated, and is not'],
  ['bad-text', 'bad-text', `d2 04 04 00 ${SENDER} 00000001 22ff22`, 'not UTF-8'],
  ['bad-json', 'bad-json', `d2 04 04 00 ${SENDER} 00000001 7b22`, 'not JSON'],
  [
    'part-beyond-parts',
    'bad-field',
    `d2 01 04 00 ${SENDER} 00000000 0003 02 02 02 02 00 04 01 000003e8 ${json('["a",[]]')}`,
    'part 2 of 2, counted from 0',
  ],
  [
    'no-parts',
    'bad-field',
    `d2 01 04 00 ${SENDER} 00000000 0003 00 00 02 02 00 04 01 000003e8 ${json('["a",[]]')}`,
    'parts 0',
  ],
  [
    'no-room',
    'bad-field',
    `d2 01 04 00 ${SENDER} 00000000 0003 00 01 02 02 00 00 01 000003e8 ${json('["a",[]]')}`,
    'takes 0 KiB',
  ],
  [
    'protocol-backwards',
    'bad-field',
    `d2 01 04 00 ${SENDER} 00000000 0003 00 01 03 02 00 04 01 000003e8 ${json('["a",[]]')}`,
    'protocol 3 to 2',
  ],
  ['name-empty', 'bad-field', `d2 01 04 00 ${SENDER} ${OFFERS} ${json('["",[]]')}`, 'a node without a name'],
  [
    'name-control',
    'bad-field',
    `d2 01 04 00 ${SENDER} ${OFFERS} ${json('["a\\u001b[2J",[]]')}`,
    'a control character in a name',
  ],
  [
    'name-too-long',
    'bad-field',
    `d2 01 04 00 ${SENDER} ${OFFERS} ${json(`["${'a'.repeat(65)}",[]]`)}`,
    'a name of 65 characters',
  ],
  [
    'reason-control',
    'bad-field',
    `d2 0d 04 00 ${SENDER} ${RECORD} ${json('["a","10.0.0.1:1",[],"\\u001b[2J"]')}`,
    'a reason that would move the cursor of a terminal',
  ],
  [
    'reason-too-long',
    'bad-field',
    `d2 0d 04 00 ${SENDER} ${RECORD} ${json(`["a","10.0.0.1:1",[],"${'x'.repeat(97)}"]`)}`,
    'a reason of 97 units',
  ],
  [
    'service-index',
    'bad-field',
    `d2 01 04 00 ${SENDER} ${OFFERS} ${json('["a",[[256,"s","1"]]]')}`,
    'a service index of 256',
  ],
  [
    'label-not-text',
    'bad-field',
    `d2 01 04 00 ${SENDER} ${OFFERS} ${json('["a",[[0,"s","1",{"room":1}]]]')}`,
    'a label that is no string',
  ],
  ['ack-kind', 'bad-field', `d2 07 04 00 ${SENDER} 00000001 04 00000000`, 'an ACK of kind 4'],
  ['block-carries', 'bad-field', `d2 0e 04 00 ${SENDER} 00000001 05 0000 00000001 00`, 'a BLOCK of a heartbeat'],
  [
    'block-size',
    'bad-field',
    `d2 0e 04 00 ${SENDER} 00000001 04 0000 00000002 00`,
    'a BLOCK with less data than its size says',
  ],
  [
    'probe-request-address',
    'bad-field',
    `d2 0a 04 00 ${SENDER} 00000001 00000002 ${json('"192.168.4.256:1"')}`,
    'an address that is none',
  ],
  [
    'error-words',
    'bad-field',
    `d2 06 04 00 ${SENDER} 00000001 ${json('["BUSY",{"toString":"x"}]')}`,
    'words that are no text, and cannot be made one',
  ],
  ['bundle-empty', 'bad-field', `d2 10 04 00 ${SENDER}`, 'a BUNDLE of nothing'],
  [
    'bundle-cut',
    'truncated',
    `d2 10 04 00 ${SENDER} ${ANSWER} 04 0006 00000002 34`,
    'a BUNDLE whose last message is cut',
  ],
  ['bundle-of-probe', 'bad-field', `d2 10 04 00 ${SENDER} ${ANSWER} 09 0004 00000063`, 'a BUNDLE with a PROBE in it'],
  ['bundle-of-bundle', 'bad-field', `d2 10 04 00 ${SENDER} 10 0009 ${ANSWER}`, 'a BUNDLE in a BUNDLE'],
  [
    'bundle-bad-json',
    'bad-json',
    `d2 10 04 00 ${SENDER} ${ANSWER} 04 0006 00000002 7b22`,
    'one of its messages is no JSON',
  ],
];

/** Those that are there sealed too. */
const SEALED = [
  'heartbeat',
  'heartbeat-broadcast',
  'beacon',
  'bundle',
  'challenge',
  'request-read',
  'response',
  'response-deflated',
];

/** Sealed under the key of all bytes 0 to 31, to the node 0x0b0b0b0b where they are addressed. */
const CLUSTER_KEY = bytesFrom(0, 32);
const RECEIVER = 0x0b0b0b0b;

function vectorOf(vector: Vector, sealed: boolean): object {
  const { name, description, message, deflate = undefined, broadcast = undefined } = vector;
  const key = sealed ? sealKey(CLUSTER_KEY, nodeCodec) : undefined;
  const sent = { sender: 0x0a0b0c0d, epoch: 7, sequence: 0x01020304, addressed: broadcast === undefined };
  const bytes = encode(sent, message, nodeCodec, {
    inflatesBytes: deflate === undefined ? 0 : 65_536,
    key,
    receiver: RECEIVER,
  });
  if (bytes === undefined) throw new Error(`${name} does not fit a datagram`);
  const shown = message.type === 'block' ? { ...message, data: Buffer.from(message.data).toString('hex') } : message;
  return {
    name: sealed ? `sealed-${name}` : name,
    description,
    hex: Buffer.from(bytes).toString('hex'),
    deflated: deflate,
    clusterKey: sealed ? Buffer.from(CLUSTER_KEY).toString('hex') : undefined,
    receiver: sealed ? RECEIVER : undefined,
    header: { ...sent, key: key?.id ?? 0 },
    message: shown,
  };
}

function write(name: string, vector: object): void {
  writeFileSync(join(FOLDER, `${name}.json`), `${JSON.stringify(vector, null, 2)}\n`);
}

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
for (const vector of VECTORS) {
  write(vector.name, vectorOf(vector, false));
  if (SEALED.includes(vector.name)) write(`sealed-${vector.name}`, vectorOf(vector, true));
}
for (const [name, refusal, spaced, description] of REFUSALS) {
  write(`refused-${name}`, { name: `refused-${name}`, description, hex: spaced.replaceAll(' ', ''), refusal });
}
spawnSync('npx', ['biome', 'check', '--write', FOLDER], { cwd: HOME, stdio: 'inherit' });
