/**
 * What it costs to write and to read a datagram.
 *
 * @module
 */

import { nodeCodec } from '../src/hosts/node/codec.ts';
import { decode, encode } from '../src/wire/index.ts';
import type { Message } from '../src/wire/message.ts';

const header = { sender: 0x1234_5678, epoch: 1500, sequence: 7, addressed: true };

const messages: readonly Message[] = [
  { type: 'heartbeat', intervalMs: 800, generation: 3, load: 5, lease: false },
  {
    type: 'request',
    callId: 9,
    serverEpoch: 77,
    leftMs: 3000,
    takesKiB: 64,
    window: 16,
    service: 'humidity_sensor',
    op: 'read',
    args: undefined,
  },
  { type: 'response', callId: 9, value: { value: 21.5, unit: '°C' } },
];

export interface WireCost {
  readonly type: string;
  readonly encodeNs: number;
  readonly decodeNs: number;
}

/** ns for each message, by `times` runs after a warm-up. */
export function wireCosts(times: number): WireCost[] {
  return messages.map((message) => {
    const bytes = encode(header, message, nodeCodec) ?? new Uint8Array();
    const encodeNs = nsOf(times, () => encode(header, message, nodeCodec));
    return { type: message.type, encodeNs, decodeNs: nsOf(times, () => decode(bytes, nodeCodec)) };
  });
}

function nsOf(times: number, run: () => unknown): number {
  for (let warm = 0; warm < times / 10; warm += 1) run();
  const start = process.hrtime.bigint();
  for (let time = 0; time < times; time += 1) run();
  return Number(process.hrtime.bigint() - start) / times;
}
