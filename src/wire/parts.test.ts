import { expect, test } from 'vitest';
import { codec } from '../../test/vectors/codec.ts';
import { encodeBody } from './body-writer.ts';
import { decode } from './decode.ts';
import { MAX_BODY } from './limits.ts';
import type { Announce, Event, ServiceOffer } from './message.ts';
import { offerFits, splitServices } from './parts.ts';
import { encode } from './v2.ts';

const header = { sender: 1, epoch: 1, sequence: 1, addressed: false };
const longest = '\uffff'.repeat(64);
const offer = (index: number, labels: Record<string, string> = {}): ServiceOffer => ({
  index,
  name: `sensor_${index}`,
  version: '1.0.0',
  labels,
  capabilities: ['read'],
});
const announce = (services: readonly ServiceOffer[]): Announce => ({
  type: 'announce',
  nonce: 0,
  generation: 1,
  part: 0,
  parts: 1,
  protocol: { min: 2, max: 2 },
  abilities: { kernel: false, helper: false, inflates: true, v1: false, takesKiB: 4, window: 1 },
  intervalMs: 1_000,
  name: 'board',
  services,
});
const event = (services: readonly ServiceOffer[]): Event => ({
  type: 'event',
  generation: 1,
  part: 0,
  parts: 1,
  protocol: { min: 2, max: 2 },
  abilities: announce([]).abilities,
  intervalMs: 1_000,
  services,
  version: 2,
  previous: 1,
  node: 5,
  epoch: 1,
  state: 'alive',
  silentMs: 0,
  heldMs: 0,
  judge: 1,
  load: 0,
  name: longest,
  address: '255.255.255.255:65535',
});

/** A service whose JSON has exactly `size` bytes: each label `,"a":""` takes 7 and its text. */
function offerOfSize(size: number): ServiceOffer {
  const labels: Record<string, string> = {};
  let left = size + 1 - JSON.stringify([0, 'sensor_0', '1.0.0', {}, ['read']]).length;
  for (const key of 'abcdefghijklmnop') {
    const take = left > 71 && left < 78 ? 60 : Math.min(left, 71);
    if (take < 7) break;
    labels[key] = 'x'.repeat(take - 7);
    left -= take;
  }
  return offer(0, labels);
}

test('A node without services, or with few, announces itself in one part', () => {
  for (const services of [[], [offer(0), offer(1)]]) {
    expect(splitServices(announce(services), codec)).toEqual([announce(services)]);
  }
});

test.each([
  ['announce', announce],
  ['event', event],
] as const)('The services of an %s are cut over numbered parts, in order, each as full as it may be', (_, make) => {
  const services = Array.from({ length: 255 }, (_, index) => offer(index, { room: `room ${index % 7}` }));
  const parts = splitServices<Announce | Event>(make(services), codec);
  expect(parts.length).toBeGreaterThan(10);
  expect(parts.flatMap((part) => part.services)).toEqual(services);
  for (const [number, part] of parts.entries()) {
    expect(part).toMatchObject({ part: number, parts: parts.length });
    const bytes = encode(header, part, codec);
    expect(decode(bytes ?? new Uint8Array(), codec)).toMatchObject({ ok: true, message: part });
    const next = parts[number + 1]?.services[0];
    if (next === undefined) continue;
    expect(encodeBody({ ...part, services: [...part.services, next] }, codec).length).toBeGreaterThan(MAX_BODY);
  }
});

test('A part may be exactly full', () => {
  const bare = encodeBody(announce([]), codec).length;
  for (const room of [MAX_BODY - bare, MAX_BODY - bare + 1]) {
    const half = offerOfSize(room - 401);
    const parts = splitServices(announce([half, offerOfSize(400)]), codec);
    expect(parts.length).toBe(room === MAX_BODY - bare ? 1 : 2);
  }
});

test('The largest service that fits is taken beside the longest name and address', () => {
  const largest = offerOfSize(720);
  expect(offerFits(largest, codec)).toBe(true);
  expect(encode(header, event([largest]), codec)).toBeDefined();
  expect(offerFits(offerOfSize(721), codec)).toBe(false);
});

test('The reason of a record travels in each part, and gives way to a large service beside a long name', () => {
  const reason = 'no answer to 6 rounds of probes, no sign of life for 4.2 s';
  const services = Array.from({ length: 40 }, (_, index) => offer(index));
  const told = splitServices({ ...event(services), name: 'board', reason }, codec);
  expect([told.length > 1, told.every((part) => part.reason === reason)]).toEqual([true, true]);
  for (const part of told) expect(encode(header, part, codec)).toBeDefined();
  const [largest] = splitServices({ ...event([offerOfSize(720)]), reason }, codec);
  expect([largest?.reason, largest && encode(header, largest, codec) !== undefined]).toEqual([undefined, true]);
});

test('A reason is cut at 96 units', () => {
  const bytes = encode(header, { ...event([]), reason: 'x'.repeat(97) }, codec) ?? new Uint8Array();
  expect(decode(bytes, codec)).toMatchObject({ ok: true, message: { reason: 'x'.repeat(96) } });
});

test('A service that another node would refuse does not fit', () => {
  const good = offer(0);
  const many = Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`k${n}`, 'v']));
  const bad: readonly ServiceOffer[] = [
    { ...good, name: '' },
    { ...good, name: 'a\u0007' },
    { ...good, version: '' },
    { ...good, index: 256 },
    { ...good, labels: many },
    { ...good, labels: { room: 'x'.repeat(65) } },
    { ...good, capabilities: Array.from({ length: 33 }, () => 'r') },
    { ...good, capabilities: [''] },
  ];
  expect(offerFits(good, codec)).toBe(true);
  expect(bad.map((one) => offerFits(one, codec))).toEqual(bad.map(() => false));
});

test('More services than a node may have are our own fault', () => {
  expect(() => splitServices(announce(Array.from({ length: 256 }, (_, n) => offer(n % 255))), codec)).toThrow(/255/);
});
