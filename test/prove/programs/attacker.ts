/**
 * Somebody on the network who sees every datagram and may send any, from any address, but has no key. First it records; then
 * it sends what it recorded, what it makes of that, and what it makes up, to the nodes that it saw.
 */
import { closeSync, openSync, read, write } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { nodeCodec } from '../../../src/hosts/node/codec.ts';
import { encode, sealKey } from '../../../src/wire/index.ts';
import { type Datagram, datagramIn, frameOf, type Place, TAP_HEADER } from './frames.ts';
import { obey, options, tell } from './part.ts';

interface AttackerOptions {
  readonly port: number;
  /** The device file of its plug. */
  readonly tap: string;
  /** The machines that it sends to. */
  readonly targets: readonly string[];
  readonly count: number;
  /** Before that, once, for nodes to get used to it. */
  readonly warmUp: number;
  /** Datagrams a second. */
  readonly rate: number;
  readonly seed: number;
}

export interface Attack {
  readonly tookMs: number;
  /** Datagrams by the machine that they went to, and by their kind. */
  readonly sent: Readonly<Record<string, number>>;
  readonly kinds: Readonly<Record<string, number>>;
  readonly recorded: number;
}

const { port, tap, targets, count, warmUp, rate, seed } = options<AttackerOptions>();
const MAX_RECORDED = 50_000;
const LARGEST = 65_536;
const MAGIC = 0xd2;
const HEADER = 16;
const TAG = 8;
const BLOCK = 14;

let state = seed;
/** 0 to `below` - 1, the same for the same seed (mulberry32). */
function dice(below: number): number {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % below;
}
const one = <Thing>(things: readonly Thing[]): Thing => things[dice(things.length)] as Thing;
const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, () => dice(256)));

const file = openSync(tap, 'r+');
const recorded: Datagram[] = [];
/** Where each machine listens with its own port. */
const homes = new Map<string, Place>();
let isRecording = true;

function listen(): void {
  const frame = Buffer.allocUnsafe(LARGEST);
  read(file, frame, 0, LARGEST, null, (error, length) => {
    if (error !== null) return;
    const datagram = isRecording ? datagramIn(frame.subarray(TAP_HEADER, length)) : undefined;
    if (datagram?.bytes[0] === MAGIC && recorded.length < MAX_RECORDED) {
      recorded.push(datagram);
      homes.set(datagram.from.ip, datagram.from);
    }
    listen();
  });
}
listen();

/** A forged address of the network: some machine, or none. */
const somewhere = (): Place => ({
  mac: Buffer.from([2, 0, 0, 0, 0, dice(256)]),
  ip: dice(2) === 0 ? one(targets) : `10.94.0.${10 + dice(200)}`,
  port: 1 + dice(0xffff),
});

const otherKey = sealKey(noise(32), nodeCodec);
const messages = [
  { type: 'heartbeat', generation: 1, intervalMs: 800, lease: false, load: 0 },
  { type: 'goodbye', generation: 1, services: undefined },
  { type: 'probe', nonce: 1 },
  { type: 'challenge', nonce: 1, sequence: 1, epoch: 0xffff_0000 },
  { type: 'ack', id: 1, kind: 'alive', value: 1 },
  { type: 'beacon', term: 9, version: 9, digest: 9, nodes: 1, beaconMs: 1000, heartbeatMs: 60_000, time: 1 },
  {
    type: 'request',
    callId: 1,
    serverEpoch: 0,
    leftMs: 3000,
    takesKiB: 64,
    window: 8,
    service: 'oven',
    op: 'heat',
    args: undefined,
  },
] as const;

/** What a node could have sent, but for the key: plain, or sealed with another one that claims to be the right one. */
function madeUp(isSealed: boolean, receiver: number): Buffer {
  const { bytes } = one(recorded);
  const header = {
    sender: dice(4) === 0 ? 1 + dice(0xffff_ffff) : bytes.readUInt32BE(4),
    epoch: dice(2) === 0 ? bytes.readUInt32BE(8) : (bytes.readUInt32BE(8) + 1 + dice(1000)) >>> 0,
    sequence: (bytes.readUInt32BE(12) + dice(100_000)) >>> 0,
    addressed: dice(4) > 0,
  };
  const key = isSealed ? { id: bytes[3] ?? 1, mac: otherKey.mac } : undefined;
  return Buffer.from(encode(header, one(messages), nodeCodec, { key, receiver }) ?? noise(40));
}

const v1 = [
  '{"v":1,"t":1,"id":"0a0b0c0d","ts":1,"p":{"service":"oven","port":5000,"capabilities":["heat"],"sensor_type":"x"}}',
  '{"v":1,"t":2,"id":"0a0b0c0d","ts":1,"p":{"service":""}}',
  '{"v":1,"t":3,"id":"0a0b0c0d","ts":1,"p":{"op":"heat"}}',
  '{"v":1,"t":4,"id":"0a0b0c0d","ts":1,"p":{"value":66.6,"unit":"°C"},"r":"0a0b0c0d"}',
].map((text) => Buffer.from(text));

/** The number of the node on that machine, from what it sent last. */
const nodeAt = (ip: string): number => recorded.findLast(({ from }) => from.ip === ip)?.bytes.readUInt32BE(4) ?? 0;

type Make = (target: string) => Datagram | undefined;

/** From whom it came, or from wherever, to the own port of the machine or to that for all. */
function send(target: string, bytes: Buffer, from: Place): Datagram | undefined {
  const home = homes.get(target);
  // What bears the receiver's own address never reaches it.
  if (home === undefined || from.ip === target) return undefined;
  return { from, to: dice(3) === 0 ? { ...home, port } : home, bytes };
}

const toIt = (target: string): Datagram[] => recorded.filter(({ to }) => to.ip === target || to.ip.endsWith('.255'));
const cache = new Map<string, Datagram[]>();
function heardBy(target: string): Datagram[] {
  const known = cache.get(target) ?? toIt(target).filter(({ from }) => from.ip !== target);
  cache.set(target, known);
  return known;
}
function saidBy(target: string): Datagram[] {
  const known = cache.get(`by ${target}`) ?? recorded.filter(({ from }) => from.ip === target);
  cache.set(`by ${target}`, known);
  return known;
}

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const bit = dice(8 * copy.length);
  copy[bit >>> 3] = (copy[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

/** The head of one and the rest of another, of the same kind if possible: blocks of one message in another. */
function spliced(target: string): Buffer {
  const blocks = heardBy(target).filter(({ bytes }) => bytes[1] === BLOCK);
  const from = dice(2) === 0 && blocks.length > 1 ? blocks : heardBy(target);
  const [head, rest] = [one(from).bytes, one(from).bytes];
  const at = one([HEADER, HEADER + 11, rest.length - TAG]);
  return Buffer.concat([head.subarray(0, Math.min(at, head.length)), rest.subarray(at)]);
}

const KINDS: Readonly<Record<string, Make>> = {
  'repeated as it was': (target) => {
    const { bytes, from } = one(heardBy(target));
    return send(target, bytes, from);
  },
  'repeated from elsewhere': (target) => send(target, one(heardBy(target)).bytes, somewhere()),
  'meant for another': (target) => {
    const { bytes, from } = one(recorded);
    return send(target, bytes, from.ip === target ? somewhere() : from);
  },
  reflected: (target) => {
    const said = saidBy(target);
    if (said.length === 0) return undefined;
    const { bytes, to } = one(said);
    return send(target, bytes, to.ip.endsWith('.255') ? somewhere() : to);
  },
  'with a bit turned': (target) => {
    const { bytes, from } = one(heardBy(target));
    return send(target, flipped(bytes), from);
  },
  cut: (target) => {
    const { bytes, from } = one(heardBy(target));
    return send(target, bytes.subarray(0, 1 + dice(bytes.length - 1)), from);
  },
  lengthened: (target) => {
    const { bytes, from } = one(heardBy(target));
    return send(target, Buffer.concat([bytes, noise(1 + dice(40))]), from);
  },
  spliced: (target) => send(target, spliced(target), one(heardBy(target)).from),
  'sealed with another key': (target) => send(target, madeUp(true, nodeAt(target)), one(heardBy(target)).from),
  'not sealed': (target) => send(target, madeUp(false, 0), one(heardBy(target)).from),
  'from ever new ids and addresses': (target) => send(target, madeUp(true, nodeAt(target)), somewhere()),
  'original protocol': (target) => send(target, one(v1), somewhere()),
  noise: (target) => send(target, noise(1 + dice(300)), somewhere()),
};

/** Made beforehand, so that the flood is as fast as it can be; a splice that is whole by chance is none. */
function prepare(count: number): { kind: string; target: string; frame: Buffer }[] {
  const whole = new Set(recorded.map(({ bytes }) => bytes.toString('latin1')));
  const names = Object.keys(KINDS);
  const made = [];
  while (made.length < Math.min(count, 60_000)) {
    const [kind, target] = [one(names), one(targets)];
    const datagram = KINDS[kind]?.(target);
    if (datagram === undefined) continue;
    if (kind === 'spliced' && whole.has(datagram.bytes.toString('latin1'))) continue;
    if (datagram.bytes.length > 0) made.push({ kind, target, frame: frameOf(datagram) });
  }
  return made;
}

async function attack(count: number): Promise<Attack> {
  isRecording = false;
  const frames = prepare(count);
  const sent: Record<string, number> = {};
  const kinds: Record<string, number> = {};
  const start = performance.now();
  let flying = 0;
  for (let at = 0; at < count; ) {
    const due = Math.min(count, ((performance.now() - start) * rate) / 1000);
    for (let burst = 0; at < due && burst < 50; burst += 1, at += 1) {
      const { kind, target, frame } = frames[at % frames.length] as (typeof frames)[number];
      flying += 1;
      write(file, frame, 0, frame.length, null, () => {
        flying -= 1;
      });
      sent[target] = (sent[target] ?? 0) + 1;
      kinds[kind] = (kinds[kind] ?? 0) + 1;
    }
    await setImmediate();
  }
  while (flying > 0) await setImmediate();
  return { tookMs: performance.now() - start, sent, kinds, recorded: recorded.length };
}

obey({
  recorded: () => recorded.length,
  warm: () => attack(warmUp),
  attack: () => attack(count),
});
process.once('disconnect', () => closeSync(file));
tell('up');
