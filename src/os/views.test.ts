import { describe, expect, it } from 'vitest';
import { World } from '../../test/world.ts';
import { type BootOptions, bootOn } from './boot.ts';
import type { Os } from './os.ts';
import { defineService } from './service.ts';

const sensor = (version = '1.0.0', room = 'kitchen') =>
  defineService({
    name: 'temp_sensor',
    version,
    labels: { room },
    read: () => ({ value: 21.5, unit: '°C' }),
    ops: { calibrate: { safe: false, run: () => null } },
  });

const start = (world: World, name: string, options: BootOptions = {}): Promise<Os> =>
  bootOn(world.host(name), { name, ...options });

describe('What an Os knows', () => {
  it('is listed by service and node, with all that a person wants to see', async () => {
    const world = new World(1, { latencyMs: 5 });
    await start(world, 'kitchen', { services: [sensor(), defineService({ name: 'bell', write: () => null })] });
    const os = await start(world, 'pc', { services: [sensor('1.1.0', 'hall')] });
    await world.run(100);
    await world.finish(os.read('temp_sensor@kitchen'), 1000);
    const [bell, kitchen, own] = os.list();
    expect(os.list()).toHaveLength(3);
    expect(bell).toMatchObject({ service: 'bell', capabilities: ['write!'], rttMs: 10 });
    const epoch = world.host('kitchen').store.load()?.epoch;
    expect(kitchen).toEqual({
      service: 'temp_sensor',
      version: '1.0.0',
      labels: { room: 'kitchen' },
      capabilities: ['read', 'calibrate!'],
      node: 'kitchen',
      nodeId: world.host('kitchen').store.load()?.id,
      address: world.host('kitchen').address,
      state: 'alive',
      sinceMs: expect.closeTo(110, -2),
      heardMs: 0,
      epoch,
      rttMs: 10,
      breaker: 'closed',
      unanswered: 0,
      v1: false,
      trusted: true,
      own: false,
    });
    expect(own).toMatchObject({ node: 'pc', own: true, address: world.host('pc').address, heardMs: 0 });
    expect(os.nodes().map(({ node, own: isOwn, services }) => [node, isOwn, services])).toEqual([
      ['kitchen', false, ['temp_sensor', 'bell']],
      ['pc', true, ['temp_sensor']],
    ]);
    expect(os.info('temp_sensor')).toEqual({
      service: 'temp_sensor',
      instances: [kitchen, own],
      operations: [
        { name: 'calibrate', safe: false },
        { name: 'read', safe: true },
      ],
    });
  });

  it('is complete once a kernel said all that it knows', async () => {
    const world = new World(2);
    const os = await start(world, 'pc');
    await world.run(2000);
    expect(os.complete).toBe(false);
    await start(world, 'k', { kernel: true });
    await world.until(() => os.complete, 3000);
    expect(os.nodes().map(({ node, kernel }) => [node, kernel])).toEqual([
      ['k', true],
      ['pc', false],
    ]);
  });
});
