/**
 * What a cluster says, with one bit turned: none of it opens.
 *
 * @module
 */
import { nodeCodec } from '../../src/hosts/node/codec.ts';
import { decode, sealKey } from '../../src/wire/index.ts';
import { CLUSTER_KEY, Lan, type Station } from '../lan.ts';
import { atLeast, atMost, type Figure, type Proof, type Size } from './figure.ts';

const SIZES = {
  full: { recorded: 10_000, flips: 100, whole: 100 },
  small: { recorded: 1000, flips: 20, whole: 10 },
} as const;

export const bits: Proof = {
  name: 'Datagrams with a bit turned',
  run: async (size) => turned(size),
};

interface Recorded {
  readonly bytes: Uint8Array;
  /** Whom it was for; anybody, when it was for all. */
  readonly receiver: number;
}

function turned(size: Size): Figure[] {
  const { recorded, flips, whole } = SIZES[size];
  const datagrams = record(recorded);
  const key = sealKey(CLUSTER_KEY, nodeCodec);
  const opens = ({ bytes, receiver }: Recorded): boolean =>
    decode(bytes, nodeCodec, { self: receiver, key: (id) => (id === key.id ? key : undefined) }).ok;
  const opensWith = (datagram: Recorded, bit: number): boolean => {
    const { bytes } = datagram;
    bytes[bit >>> 3] = (bytes[bit >>> 3] as number) ^ (1 << (bit & 7));
    const isOpen = opens(datagram);
    bytes[bit >>> 3] = (bytes[bit >>> 3] as number) ^ (1 << (bit & 7));
    return isOpen;
  };
  let [random, every, tried] = [0, 0, 0];
  for (const [at, datagram] of datagrams.entries()) {
    const count = 8 * datagram.bytes.length;
    for (let flip = 0; flip < flips; flip += 1) if (opensWith(datagram, Math.floor(Math.random() * count))) random += 1;
    // Spread over the whole recording: of every kind.
    if (at % Math.floor(recorded / whole) > 0) continue;
    for (let bit = 0; bit < count; bit += 1, tried += 1) if (opensWith(datagram, bit)) every += 1;
  }
  return [
    atLeast('recorded datagrams', datagrams.length, recorded),
    atLeast('of these, as they are, open', datagrams.filter(opens).length, recorded),
    atMost(`accepted of ${flips * datagrams.length} with a random bit turned`, random, 0),
    atMost(`accepted of ${tried}: every bit of ${whole} turned`, every, 0),
  ];
}

/** So many datagrams of a cluster that lives: nodes come, are called with little and much, and restart. */
function record(count: number): Recorded[] {
  const lan = new Lan(1);
  const recorded: Recorded[] = [];
  lan.onDatagram = (bytes, _from, to) => {
    if (recorded.length < count) recorded.push({ bytes: bytes.slice(), receiver: to?.id ?? 1 });
  };
  lan.station('kernel', { kernel: true });
  const ovens = ['kitchen', 'hall'].map((name) => {
    const oven = lan.station(name);
    oven.offer({ name: 'oven', capabilities: ['read', 'heat!', 'log'] }, (op, args) => ({
      ok: true,
      value: op === 'log' ? `${String(args)}${String(args)}` : 180,
    }));
    return oven;
  });
  const app = lan.station('app');
  app.command({ type: 'follow' });
  for (let time = 0; recorded.length < count; time += 1) {
    app.call('oven', 'read');
    app.call('oven', 'heat');
    if (time % 10 === 0) app.call('oven', 'log', 'x'.repeat(3000));
    if (time % 50 === 25) (ovens[time % 2] as Station).restart();
    lan.run(500);
  }
  return recorded;
}
