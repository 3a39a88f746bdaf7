import { expect, test } from 'vitest';
import { codec as nodeCodec } from '../../test/vectors/codec.ts';
import { Random } from '../base/random.ts';
import { decode, sealKey } from '../wire/index.ts';
import { Keyring } from './keyring.ts';
import type { Output } from './model.ts';
import { Outbox, UNKNOWN } from './outbox.ts';

const abilities = { kernel: false, helper: true, inflates: true, v1: false, takesKiB: 4, window: 1 };
const make = (limit = 8): Outbox =>
  new Outbox({ id: 3, epoch: 4, name: 'n', abilities }, nodeCodec, undefined, limit, new Random(1));
const probe = { type: 'probe', nonce: 1 } as const;

function all(outbox: Outbox): Output[] {
  const outputs: Output[] = [];
  for (let output = outbox.poll(); output !== undefined; output = outbox.poll()) outputs.push(output);
  return outputs;
}

test('Outputs come out in order, each transmission under the next sequence number', () => {
  const outbox = make();
  outbox.send(8, 'a', probe);
  outbox.broadcast(probe);
  outbox.identity = { ...outbox.identity, epoch: 9 };
  outbox.send(9, 'b', probe);
  const headers = all(outbox).map((output) => {
    const decoded = 'bytes' in output ? decode(output.bytes, nodeCodec) : undefined;
    return decoded?.ok && decoded.protocol === 2 ? decoded.header : undefined;
  });
  const sequence = headers[0]?.sequence ?? 0;
  expect(headers).toEqual([
    { sender: 3, epoch: 4, sequence, addressed: true, key: 0 },
    { sender: 3, epoch: 4, sequence: sequence + 1, addressed: false, key: 0 },
    { sender: 3, epoch: 9, sequence: expect.any(Number), addressed: true, key: 0 },
  ]);
});

test('It knows which numbers it sent lately: since the last look but one', () => {
  const outbox = make();
  const send = (): number => {
    outbox.send(8, 'a', probe);
    const [output] = all(outbox);
    return output !== undefined && 'bytes' in output ? new DataView(output.bytes.buffer).getUint32(12) : 0;
  };
  const first = send();
  expect([first - 1, first, first + 1].map((number) => outbox.sentLately(number))).toEqual([false, true, false]);
  outbox.age();
  const second = send();
  expect([outbox.sentLately(first), outbox.sentLately(second)]).toEqual([true, true]);
  outbox.age();
  expect([outbox.sentLately(first), outbox.sentLately(second)]).toEqual([false, true]);
});

test('What fits no datagram is not sent', () => {
  const outbox = make();
  expect(outbox.send(8, 'a', { type: 'response', callId: 1, value: 'x'.repeat(2000) })).toBe(false);
  expect(all(outbox)).toEqual([]);
});

test('Datagrams beyond half the room are lost; work and news are not', () => {
  const outbox = make(8);
  for (let i = 0; i < 20; i++) outbox.send(8, 'a', probe);
  for (const service of ['a', 'b', 'c', 'd']) outbox.push({ type: 'open-port', service });
  expect(all(outbox).map(({ type }) => type)).toEqual([...Array(4).fill('send'), ...Array(4).fill('open-port')]);
  expect(() => {
    for (let i = 0; i < 9; i++) outbox.push({ type: 'open-port', service: 'x' });
  }).toThrow(/driver polls/);
});

test('While two keys are held everybody is told under each, and whoever is at an address too; with numbers of their own', () => {
  const keys = [1, 2].map((byte) => sealKey(new Uint8Array(32).fill(byte), nodeCodec));
  const keyring = new Keyring(keys, () => 3);
  const outbox = new Outbox({ id: 3, epoch: 4, name: 'n', abilities }, nodeCodec, keyring, 100, new Random(1));
  const sealedWith = (say: () => void): (number | undefined)[] => {
    say();
    return all(outbox).map((output) => ('bytes' in output ? output.bytes[3] : undefined));
  };
  const [older, newer] = keys.map(({ id }) => id);
  expect(sealedWith(() => outbox.broadcast(probe))).toEqual([older, newer]);
  expect(sealedWith(() => outbox.send(UNKNOWN, 'a', probe))).toEqual([older, newer]);
  outbox.broadcast(probe);
  expect(new Set(all(outbox).map((output) => ('bytes' in output ? output.bytes.slice(12, 16).join() : ''))).size).toBe(
    2,
  );
});

/** Sizes and types of what was sent, and of what is in bundles. */
const shapes = (outputs: readonly Output[], key?: ReturnType<typeof sealKey>, self = 8): string[] =>
  outputs.map((output) => {
    const opener = key && { self, key: () => key };
    const decoded = 'bytes' in output ? decode(output.bytes, nodeCodec, opener) : undefined;
    if (!decoded?.ok || decoded.protocol !== 2) return String(decoded?.ok === false ? decoded.refusal : output.type);
    const { header, message } = decoded;
    const types = message.type === 'bundle' ? message.messages.map(({ type }) => type) : [];
    return `${header.addressed ? 'to' : 'all'} ${'to' in output ? output.to : ''} ${[message.type, ...types].join(' ')}`;
  });
const answer = (callId: number, value: unknown = 1) => ({ type: 'response', callId, value }) as const;

test('What is held goes together to each node, once it is released; one alone goes as it is', () => {
  const outbox = make(40);
  expect(outbox.holds).toBe(false);
  for (const callId of [1, 2, 3]) expect(outbox.hold(8, 'a', answer(callId))).toBe(true);
  outbox.hold(9, 'b', answer(4));
  expect([all(outbox), outbox.holds]).toEqual([[], true]);
  outbox.release();
  expect(shapes(all(outbox))).toEqual(['to a bundle response response response', 'to b response']);
  outbox.release();
  expect([all(outbox), outbox.holds]).toEqual([[], false]);
});

test('What has no room beside the others goes after them, and what is large goes alone', () => {
  const outbox = make(40);
  for (let callId = 0; callId < 30; callId++) outbox.hold(8, 'a', answer(callId, 'x'.repeat(40)));
  outbox.release();
  const sent = all(outbox);
  expect(sent.every((output) => 'bytes' in output && output.bytes.length <= 1024)).toBe(true);
  const counts = shapes(sent).map((shape) => shape.split(' ').length - 3);
  expect([counts.length, counts.reduce((sum, count) => sum + count, 0)]).toEqual([2, 30]);
  expect(outbox.hold(8, 'a', answer(1, 'x'.repeat(300)))).toBe(false);
  expect(outbox.holds).toBe(false);
});

test('What goes to a node at another address does not go with the rest', () => {
  const outbox = make();
  outbox.hold(8, 'a', answer(1));
  outbox.hold(8, 'b', answer(2));
  outbox.release();
  expect(shapes(all(outbox))).toEqual(['to a response', 'to b response']);
});

test('What is held is sealed to its node under the one key; with two keys nothing is held', () => {
  const [one, two] = [1, 2].map((byte) => sealKey(new Uint8Array(32).fill(byte), nodeCodec));
  if (one === undefined || two === undefined) throw new Error('there are two');
  const keyring = new Keyring([one], () => 3);
  const outbox = new Outbox({ id: 3, epoch: 4, name: 'n', abilities }, nodeCodec, keyring, 8, new Random(1));
  for (const callId of [1, 2]) outbox.hold(8, 'a', answer(callId));
  outbox.release();
  const sent = all(outbox);
  expect([shapes(sent, one), shapes(sent, one, 9)]).toEqual([['to a bundle response response'], ['bad-seal']]);
  keyring.replace([one, two]);
  expect(outbox.hold(8, 'a', answer(3))).toBe(false);
});
