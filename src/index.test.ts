import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { boot, defineService, type NodeBootOptions, type Os } from './index.ts';
import * as tinyos from './tinyos.ts';

let home = '';
let port = 0;
const running: Os[] = [];

/** A port that is free now. */
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1', () => {
      const { port: free } = socket.address();
      socket.close(() => resolve(free));
    });
  });

async function start(options: NodeBootOptions): Promise<Os> {
  const os = await boot({ home, port, ...options });
  running.push(os);
  return os;
}

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'tdos-boot-'));
  port = await freePort();
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((os) => os.close()));
  rmSync(home, { recursive: true, force: true });
});

const sensor = defineService({ name: 'temp_sensor', read: () => ({ value: 21.5, unit: '°C' }) });

it('boot joins nodes of one machine into one computer, each with its own name', async () => {
  const kitchen = await start({ name: 'kitchen', services: [sensor] });
  const os = await start({ name: 'pc' });
  const handle = await os.open('temp_sensor@kitchen');
  const reading = await handle.read();
  expect(reading).toMatchObject({ value: 21.5, unit: '°C', quality: 'live', node: 'kitchen', nodeId: kitchen.id });
  expect(reading.age).toBeGreaterThan(0);
  for await (const { quality } of handle.watch({ every: 1 })) {
    expect(quality).toBe('live');
    break;
  }
  await expect(start({ name: 'kitchen' })).rejects.toMatchObject({ code: 'HOST' });
});

it('boot leaves a name free when its options make no sense', async () => {
  await expect(start({ name: 'pc', config: { beaconMs: -1 } })).rejects.toMatchObject({ code: 'BAD_CONFIG' });
  expect((await start({ name: 'pc' })).name).toBe('pc');
});

it('tdos/tinyos carries the functions of the original programs', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await start({ name: 'kitchen', services: [sensor] });
  await tinyos.init({ home, port, ephemeral: true });
  await tinyos.write(tinyos.openDisplay(), `Temp: ${await tinyos.read(tinyos.openTempSensor())}`);
  await tinyos.shutdown();
  expect(log.mock.calls.flat()).toEqual([
    'Discovering services...',
    'Available services:',
    expect.stringMatching(/^ {2}temp_sensor at 127\.\d+\.\d+\.\d+:\d+$/),
    'DISPLAY: Temp: 21.5',
  ]);
  log.mockRestore();
});
