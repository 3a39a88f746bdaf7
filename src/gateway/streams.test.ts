import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../test/cli/house.ts';
import { Door } from '../../test/gateway/door.ts';
import { defineService } from '../os/service.ts';
import { MAX_STREAMS } from './limits.ts';

let door: Door;
let text = 'a';

beforeAll(async () => {
  door = await Door.open();
  // What it says is long, so that whoever does not read it has much waiting soon.
  await door.house.node('talker', [defineService({ name: 'talk', read: () => ({ value: text, unit: '' }) })]);
  await until(() => door.kernel.info('talk') !== undefined, 'the service');
});
afterAll(() => door.close());

/** One that asks for a stream and never reads a byte of it. */
async function mute(path: string): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: door.port }).pause();
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  socket.write(`GET /api/v1${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  return socket;
}

test('100 readers that read nothing slow no other one, and are dropped when too much waits for them', async () => {
  text = 'x'.repeat(60_000);
  const sockets = await Promise.all(Array.from({ length: 100 }, () => mute('/resources/talk/watch?everyMs=100')));
  const live = door.listen('/resources/talk/watch?everyMs=100');
  await live.until(({ event }) => event === 'reading', 'a reading');
  const begun = performance.now();
  const count = live.told.length;
  await until(() => live.told.length >= count + 20, '20 beats');
  // 20 beats of 100 ms, in a process that serves all and is everybody's client too.
  expect(performance.now() - begun).toBeLessThan(4000);
  const dropped = async (): Promise<number> =>
    Number(/^tdos_http_streams_dropped_total (\d+)/m.exec((await door.ask('//metrics')).text)?.[1]);
  const end = performance.now() + 25_000;
  while ((await dropped()) < 100)
    if (performance.now() > end) throw new Error(`${await dropped()} of 100 were dropped`);
  expect(live.isOver).toBe(false);
  live.close();
  for (const socket of sockets) socket.destroy();
  text = 'a';
}, 40_000);

test('readers that go away leave nothing behind, and one more than there may be is told so', async () => {
  const sockets = await Promise.all(Array.from({ length: MAX_STREAMS }, () => mute('/events/stream')));
  const open = async (): Promise<number> =>
    Number(/^tdos_http_streams (\d+)/m.exec((await door.ask('//metrics')).text)?.[1]);
  while ((await open()) < MAX_STREAMS);
  expect(await door.ask('/live')).toMatchObject({ status: 429, json: { code: 'TOO_MANY' } });
  expect(await door.ask('/resources/talk/watch')).toMatchObject({ status: 429, json: { code: 'TOO_MANY' } });
  for (const socket of sockets) socket.destroy();
  while ((await open()) > 0);
  expect(await door.ask('/session')).toMatchObject({ status: 200 });
});
