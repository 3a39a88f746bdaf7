import { describe, expect, it } from 'vitest';
import { World } from '../../test/world.ts';
import type { ClusterEvent } from '../core/model.ts';
import { type BootOptions, bootOn } from './boot.ts';
import type { Os } from './os.ts';
import { defineService } from './service.ts';

const bell = defineService({ name: 'bell', write: () => null });

const start = (world: World, name: string, options: BootOptions = {}): Promise<Os> =>
  bootOn(world.host(name), { name, ...options });

describe('What an Os hears of', () => {
  it('is told as events, to listeners and streams, of which none harms another', async () => {
    const world = new World(3);
    const faults: unknown[] = [];
    const os = await start(world, 'pc', { onFault: (error) => faults.push(error) });
    const heard: string[] = [];
    const words = (event: ClusterEvent): string => ('change' in event ? `${event.type} ${event.change}` : event.type);
    os.on(() => {
      throw new Error('mine');
    });
    const off = os.on((event) => heard.push(words(event)));
    const stream = os.events();
    const kitchen = await start(world, 'kitchen', { services: [bell] });
    await world.run(100);
    expect(heard).toEqual(['node', 'service offered']);
    expect(faults).toEqual([new Error('mine'), new Error('mine')]);
    off();
    await world.finish(kitchen.close(), 10);
    await world.run(10);
    expect(heard).toHaveLength(2);
    await world.finish(os.close(), 10);
    const read: string[] = [];
    for await (const event of stream) read.push(words(event));
    expect(read.slice(0, 3)).toEqual(['node', 'service offered', 'node']);
    expect(stream.dropped).toBe(0);
  });

  it('drops the oldest events of a stream that nobody reads, and counts them', async () => {
    const world = new World(4);
    const os = await start(world, 'pc', { config: { maxEvents: 3, maxListeners: 2 } });
    const stream = os.events();
    for (const name of ['a', 'b', 'c', 'd', 'e']) await start(world, name);
    await world.run(1000);
    expect(stream.dropped).toBe(2);
    expect(await stream.next()).toMatchObject({ done: false, value: { type: 'node' } });
    await stream.return?.();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    os.events();
    os.events();
    expect(() => os.on(() => undefined)).toThrow(expect.objectContaining({ code: 'LIMIT' }));
  });
});
