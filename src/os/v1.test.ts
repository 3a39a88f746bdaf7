import { describe, expect, it } from 'vitest';
import { World } from '../../test/world.ts';
import { isObject } from '../wire/checks.ts';
import { bootOn } from './boot.ts';
import { defineService } from './service.ts';

/** A board with the original program: one sensor, on a port of its own. */
async function originalBoard(world: World): Promise<void> {
  const host = world.host('board');
  const write = (message: object): Uint8Array => world.codec.encodeUtf8(JSON.stringify({ v: 1, ts: 5, ...message }));
  const network = await host.open((bytes, from, door) => {
    const text = world.codec.decodeUtf8(bytes);
    if (door !== 'v1:temp_sensor' || text === undefined || !text.startsWith('{')) return;
    const request: unknown = JSON.parse(text);
    if (!isObject(request) || request.t !== 3) return;
    network.send(from, write({ t: 4, id: 'answer', p: { value: 21.5, unit: '°C' }, r: request.id }), door);
  });
  const port = await network.openPort('temp_sensor');
  network.broadcast(write({ t: 1, id: 'announce', p: { service: 'temp_sensor', port, capabilities: ['read'] } }));
}

describe('With v1 allowed', () => {
  it('a board with the original program is read like any other, and its readings are marked', async () => {
    const world = new World(1);
    const os = await bootOn(world.host('pc'), { allowV1: true });
    const strict = await bootOn(world.host('strict'));
    await originalBoard(world);
    expect(await world.finish(os.read('temp_sensor'), 3000)).toMatchObject({ value: 21.5, unit: '°C', trusted: false });
    expect(os.list()).toMatchObject([{ service: 'temp_sensor', v1: true, trusted: false, own: false }]);
    expect(strict.list()).toEqual([]);
  });

  it('a board takes the place of no node that cannot be forged, and serves no app that does not want it', async () => {
    const world = new World(3);
    const os = await bootOn(world.host('pc'), { allowV1: true });
    await originalBoard(world);
    await world.run(100);
    const strict = os.read('temp_sensor', { allowUntrusted: false, timeoutMs: 300 });
    await expect(world.finish(strict, 3000)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringMatching(/^Only boards with the original protocol offer temp_sensor, .*`allowUntrusted`/),
    });
    const group = await world.finish(os.open('temp_sensor@*', { allowUntrusted: false }), 3000);
    expect(await world.finish(group.survey(), 3000)).toEqual({ readings: [], failures: [] });
    const handle = await world.finish(os.open('temp_sensor'), 3000);
    expect(await world.finish(handle.read(), 3000)).toMatchObject({ value: 21.5, trusted: false });

    const sensor = defineService({ name: 'temp_sensor', read: () => ({ value: 19, unit: '°C' }) });
    await bootOn(world.host('sealed'), { name: 'sealed', services: [sensor] });
    await world.until(() => os.list().length === 2, 5000);
    expect(await world.finish(handle.read(), 3000)).toMatchObject({ value: 19, node: 'sealed', trusted: true });
    world.host('sealed').kill();
    await world.until(() => os.list().some(({ state }) => state === 'dead'), 20_000);
    await expect(world.finish(handle.read({ timeoutMs: 500 }), 3000)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const board = os.list().find(({ v1 }) => v1)?.node ?? '';
    expect(await world.finish(os.read(`temp_sensor@${board}`), 3000)).toMatchObject({ value: 21.5, trusted: false });
  });

  it('an original kernel finds and reads the services of a node, each on a port of its own', async () => {
    const world = new World(2);
    const original = world.host('original');
    const heard: Record<string, unknown>[] = [];
    const network = await original.open((bytes) => {
      const text = world.codec.decodeUtf8(bytes);
      if (text?.startsWith('{')) heard.push(JSON.parse(text));
    });
    const service = (name: string, value: number) => defineService({ name, read: () => ({ value, unit: '%' }) });
    const services = [service('light_sensor', 80), service('soil_sensor', 30)];
    const os = await bootOn(world.host('node'), { allowV1: true, services });
    await world.run(500);
    const ports = heard.filter(({ t }) => t === 1).map(({ p }) => p);
    expect(ports).toEqual([
      expect.objectContaining({ service: 'light_sensor', port: 5000 }),
      expect.objectContaining({ service: 'soil_sensor', port: 5001 }),
    ]);
    heard.length = 0;
    const request = JSON.stringify({ v: 1, t: 3, id: 'mine', ts: 5, p: { op: 'read' } });
    network.send(`${world.host('node').ip}:5001`, world.codec.encodeUtf8(request), 'node');
    await world.run(100);
    expect(heard).toEqual([expect.objectContaining({ t: 4, r: 'mine', p: { value: 30, unit: '%' } })]);
    await world.finish(os.close(), 10);
  });
});
