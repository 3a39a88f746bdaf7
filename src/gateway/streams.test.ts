import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../test/cli/house.ts';
import { Door, Listener } from '../../test/gateway/door.ts';
import { Stop } from '../os/signal.ts';
import { MAX_STREAMS } from './limits.ts';
import { messageOf, Streams, type Subscriber } from './streams.ts';

/** One that asks for a stream and never reads a byte of it. */
async function mute(port: number, path: string): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port }).pause();
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  onTestFinished(() => void socket.destroy());
  return socket;
}

async function listening(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test('100 readers that read nothing slow no other one, and are dropped when too much waits for them', async () => {
  const closed = new Stop();
  onTestFinished(() => closed.abort());
  const streams = new Streams({ clock: { now: () => 0, timer: () => () => undefined }, closed } as never);
  const subscribers: Subscriber[] = [];
  const port = await listening(createServer((_, response) => void subscribers.push(streams.begin(response))));
  for (let number = 0; number < 100; number++) await mute(port, '/');
  const live = new Listener(`http://127.0.0.1:${port}`, {});
  await until(() => subscribers.length === 101, 'all readers');
  let longest = 0;
  let sent = 0;
  // What the system itself keeps for a connection, 2 to 6 MB, comes on top of the bound.
  for (; streams.dropped < 100 && sent < 200; sent++) {
    const message = messageOf('news', 'x'.repeat(60_000), sent);
    const begun = performance.now();
    for (const subscriber of subscribers) subscriber.send(message);
    await until(() => live.told.length > sent, `message ${sent} at the one who reads`);
    longest = Math.max(longest, performance.now() - begun);
  }
  expect(streams.dropped).toBe(100);
  expect(streams.size).toBe(1);
  expect(live.isOver).toBe(false);
  expect(live.told.map(({ id }) => Number(id))).toEqual(Array.from({ length: sent }, (_, number) => number));
  // One message of 6 MB in all, on a machine that does other things too.
  expect(longest).toBeLessThan(2000);
  live.close();
}, 40_000);

test('readers that go away leave nothing behind, and one more than there may be is told so', async () => {
  const door = await Door.open();
  onTestFinished(() => door.close());
  const sockets: Socket[] = [];
  for (let number = 0; number < MAX_STREAMS; number++) sockets.push(await mute(door.port, '/api/v1/events/stream'));
  const open = async (): Promise<number> =>
    Number(/^tdos_http_streams (\d+)/m.exec((await door.ask('//metrics')).text)?.[1]);
  while ((await open()) < MAX_STREAMS);
  expect(await door.ask('/live')).toMatchObject({ status: 429, json: { code: 'TOO_MANY' } });
  for (const socket of sockets) socket.destroy();
  while ((await open()) > 0);
  expect(await door.ask('/session')).toMatchObject({ status: 200 });
}, 40_000);
