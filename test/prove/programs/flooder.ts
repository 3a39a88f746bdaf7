/** Sends what no node should send: random bytes, broken and half-valid datagrams, bombs, as fast as it is told. */
import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';
import { options, tell } from './part.ts';

interface FlooderOptions {
  readonly ports: readonly number[];
  readonly count: number;
  /** Datagrams a second; 0: as fast as this process can. */
  readonly rate: number;
  readonly seed: number;
}

const { ports, count, rate, seed } = options<FlooderOptions>();

let state = seed;
/** 0 to `below` - 1, the same for the same seed (mulberry32). */
function dice(below: number): number {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % below;
}

const vectors = ['v1', 'v2'].flatMap((folder) => {
  const directory = new URL(`../../vectors/${folder}/`, import.meta.url);
  return readdirSync(directory).map((file) => {
    const { hex } = JSON.parse(readFileSync(new URL(file, directory), 'utf8')) as { readonly hex: string };
    return Buffer.from(hex, 'hex');
  });
});
const isV2 = (datagram: Buffer): boolean => datagram[0] === 0xd2;
const headed = vectors.filter((datagram) => isV2(datagram) && datagram.length > 16);

const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, () => dice(256)));

/** A real datagram with some bytes changed, cut or added. */
function mutated(): Buffer {
  const datagram = Buffer.from(vectors[dice(vectors.length)] ?? noise(8));
  for (let change = dice(4); change >= 0; change -= 1) datagram[dice(datagram.length)] = dice(256);
  if (dice(4) === 0) return datagram.subarray(0, dice(datagram.length + 1));
  return dice(4) === 0 ? Buffer.concat([datagram, noise(dice(64))]) : datagram;
}

/** A valid header before garbage. */
function headless(): Buffer {
  const head = headed[dice(headed.length)] ?? noise(16);
  return Buffer.concat([head.subarray(0, 16), noise(dice(200))]);
}

const bombs = [
  deflateSync(Buffer.alloc(1_000_000)),
  deflateSync(Buffer.from(`{"v":1,"t":1,"id":"1","ts":1,"p":{"service":"${'x'.repeat(900_000)}"}}`)),
  deflateSync(Buffer.from('['.repeat(500_000))),
];

/** A kilobyte that inflates to a megabyte, as v1, or as the body of a v2 message that says it is deflated. */
function bomb(): Buffer {
  const body = (bombs[dice(bombs.length)] ?? noise(8)).subarray(0, 1000);
  if (dice(2) === 0) return body;
  const head = Buffer.from((headed[dice(headed.length)] ?? noise(16)).subarray(0, 16));
  head[2] = 1;
  return Buffer.concat([head, body]);
}

const kinds = [() => noise(dice(1024)), mutated, mutated, headless, bomb];
// Made beforehand, so that the flood is as fast as it can be.
const datagrams = Array.from({ length: Math.min(count, 20_000) }, () => kinds[dice(kinds.length)]?.() ?? noise(1));

const socket = createSocket('udp4');
socket.bind(0, '127.0.0.1');
await new Promise<void>((resolve) => socket.once('listening', resolve));
tell('ready');
await new Promise<void>((resolve) => process.once('message', () => resolve()));

const start = performance.now();
let flying = 0;
for (let sent = 0; sent < count; ) {
  const due = rate === 0 ? count : Math.min(count, ((performance.now() - start) * rate) / 1000);
  for (let burst = 0; sent < due && burst < 50; burst += 1, sent += 1) {
    const datagram = datagrams[sent % datagrams.length] ?? Buffer.alloc(0);
    flying += 1;
    socket.send(datagram, ports[dice(ports.length)] ?? 0, '127.0.0.1', () => {
      flying -= 1;
    });
  }
  await setImmediate();
}
while (flying > 0) await setImmediate();
tell(performance.now() - start);
process.once('disconnect', () => process.exit(0));
