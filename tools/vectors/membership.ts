/** What is said about the cluster: who is there, and how. */
import type { Abilities, Message } from '../../src/wire/index.ts';
import type { Vector } from './vector.ts';

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

export const MEMBERSHIP: readonly Vector[] = [
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
    name: 'announce-bundles',
    description: 'a board that takes several messages in one datagram',
    message: { ...announce, abilities: { ...board, bundles: true } },
  },
];
