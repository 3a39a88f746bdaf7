/**
 * What it costs to write and to read a datagram, sealed and not, beside the bare HMAC of `node:crypto` over the same bytes.
 *
 * @module
 */

import { createHmac, randomBytes } from 'node:crypto';
import { nodeCodec } from '../src/hosts/node/codec.ts';
import { decode, encode, sealKey } from '../src/wire/index.ts';
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
  /** Bytes when it is sealed. */
  readonly sealedBytes: number;
  readonly sealNs: number;
  readonly openNs: number;
  /** `createHmac` of `node:crypto` over what the seal covers. */
  readonly hmacNs: number;
}

const RECEIVER = 0x0b0b_0b0b;

/** ns for each message, by `times` runs after a warm-up. */
export function wireCosts(times: number): WireCost[] {
  const secret = randomBytes(32);
  const key = sealKey(secret, nodeCodec);
  const opener = { self: RECEIVER, key: () => key };
  return messages.map((message) => {
    const bytes = encode(header, message, nodeCodec) ?? new Uint8Array();
    const options = { key, receiver: RECEIVER };
    const sealed = encode(header, message, nodeCodec, options) ?? new Uint8Array();
    return {
      type: message.type,
      encodeNs: nsOf(times, () => encode(header, message, nodeCodec)),
      decodeNs: nsOf(times, () => decode(bytes, nodeCodec)),
      sealedBytes: sealed.length,
      sealNs: nsOf(times, () => encode(header, message, nodeCodec, options)),
      openNs: nsOf(times, () => decode(sealed, nodeCodec, opener)),
      hmacNs: nsOf(times, () => createHmac('sha256', secret).update(sealed.subarray(0, -4)).digest()),
    };
  });
}

function nsOf(times: number, run: () => unknown): number {
  for (let warm = 0; warm < times / 10; warm += 1) run();
  const start = process.hrtime.bigint();
  for (let time = 0; time < times; time += 1) run();
  return Number(process.hrtime.bigint() - start) / times;
}
