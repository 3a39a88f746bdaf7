import { once } from 'node:events';
import { expect, test } from 'vitest';
import { openSocket, type UdpSocket } from './socket.ts';

const HERE = '127.0.0.1';
const silent = { receive: () => undefined, failed: () => undefined };

async function pair(): Promise<{ from: UdpSocket; to: UdpSocket; got: number[]; heard: EventTarget }> {
  const got: number[] = [];
  const heard = new EventTarget();
  const receive = (datagram: Uint8Array): void => {
    got.push(datagram[0] ?? -1);
    heard.dispatchEvent(new Event(`${got.length}`));
  };
  const to = await openSocket({ address: HERE, port: 0, shared: false, ...silent, receive });
  const from = await openSocket({ address: HERE, port: 0, shared: false, ...silent });
  return { from, to, got, heard };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, number) => number);

test('What is sent in one turn arrives whole and in order, however much it is', async () => {
  const { from, to, got, heard } = await pair();
  for (const count of [1, 200]) {
    got.length = 0;
    const all = once(heard, `${count}`);
    for (const number of numbers(count)) from.send(HERE, to.port, Uint8Array.of(number));
    await all;
    expect(got).toEqual(numbers(count));
  }
  await Promise.all([from.close(), to.close()]);
});

test('What was sent before it closed arrives; what is sent afterwards is counted as refused', async () => {
  const { from, to, got, heard } = await pair();
  const all = once(heard, '3');
  for (const number of numbers(3)) from.send(HERE, to.port, Uint8Array.of(number));
  const closed = from.close();
  await all;
  await closed;
  expect(got).toEqual([0, 1, 2]);
  const faults: unknown[] = [];
  const other = await openSocket({ address: HERE, port: 0, shared: false, ...silent, failed: (e) => faults.push(e) });
  for (const port of [0, to.port, 0]) other.send(HERE, port, Uint8Array.of(9));
  await other.close();
  other.send(HERE, to.port, Uint8Array.of(9));
  expect(faults.map((fault) => fault instanceof Error)).toEqual([true, true, false]);
  await to.close();
});
