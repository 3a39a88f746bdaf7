/** What is said in calls, and in answer to anything. */
import { BLOCK_BYTES, type Message } from '../../src/wire/index.ts';
import { bytesFrom, type Vector } from './vector.ts';

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
const readings = Array.from({ length: 40 }, (_, minute) => ({ minute, temp_sensor: 20 + minute / 4 }));

export const CALLS: readonly Vector[] = [
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
];
