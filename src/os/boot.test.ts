import { describe, expect, it } from 'vitest';
import { World } from '../../test/world.ts';
import { bootOn } from './boot.ts';
import type { StoredState } from './host.ts';
import { defineService } from './service.ts';

const sensor = defineService({ name: 'temp_sensor', read: () => ({ value: 21.5, unit: '°C' }) });

describe('bootOn', () => {
  it('raises the epoch by 1 to 1024 at every start, and keeps id and term', async () => {
    const world = new World(3);
    world.host('a').store.save({ id: 77, epoch: 5000, term: 9, kernels: ['10.0.0.9:4001'] });
    let last = 5000;
    for (let start = 0; start < 20; start++) {
      await bootOn(world.host('a'));
      const stored = world.host('a').store.load();
      expect(stored).toMatchObject({ id: 77, term: 9, kernels: ['10.0.0.9:4001'] });
      expect(stored?.epoch).toBeGreaterThan(last);
      expect(stored?.epoch).toBeLessThanOrEqual(last + 1024);
      last = stored?.epoch ?? 0;
      world.host('a').kill();
    }
  });

  it('takes a random id and a random epoch in the lower half when nothing is stored', async () => {
    const world = new World(3);
    const seen: StoredState[] = [];
    for (let number = 0; number < 20; number++) {
      const host = world.host(`n${number}`);
      await bootOn(host);
      const stored = host.store.load();
      if (stored !== undefined) seen.push(stored);
    }
    expect(new Set(seen.map(({ id }) => id)).size).toBe(20);
    for (const { id, epoch } of seen) {
      expect(id).toBeGreaterThan(0);
      expect(epoch).toBeGreaterThan(0);
      expect(epoch).toBeLessThanOrEqual(0x8000_0000);
    }
    expect(Math.max(...seen.map(({ epoch }) => epoch))).toBeGreaterThan(0x4000_0000);
  });

  it('becomes a new node when no epochs are left', async () => {
    const world = new World(3);
    world.host('a').store.save({ id: 77, epoch: 0xffff_fff0, term: 9, kernels: [] });
    await bootOn(world.host('a'));
    const stored = world.host('a').store.load();
    expect(stored?.id).not.toBe(77);
    expect(stored?.epoch).toBeLessThanOrEqual(0x8000_0000);
  });

  it('saves its epoch before the first datagram leaves, and sends nothing when it cannot', async () => {
    const world = new World(3);
    const host = world.host('a');
    const order: string[] = [];
    const { save } = host.store;
    host.store.save = (state) => {
      order.push('saved');
      save(state);
    };
    world.onDatagram = () => order.push('sent');
    await bootOn(host, { services: [sensor] });
    await world.run(100);
    expect(order[0]).toBe('saved');
    expect(order).toContain('sent');

    const full = world.host('b');
    full.store.save = () => {
      throw new Error('disk full');
    };
    order.length = 0;
    world.host('a').kill();
    await expect(bootOn(full)).rejects.toThrow('disk full');
    await world.run(1000);
    expect(order).toEqual([]);
  });

  it('leaves nothing behind when it is ephemeral, and announces nothing', async () => {
    const world = new World(3);
    const watcher = await bootOn(world.host('watcher'));
    await bootOn(world.host('a'), { services: [sensor] });
    const brief = await bootOn(world.host('brief'), { ephemeral: true });
    expect(await world.finish(brief.read('temp_sensor'), 3000)).toMatchObject({ value: 21.5, quality: 'live' });
    await world.finish(brief.close(), 100);
    expect(world.host('brief').store.load()).toBeUndefined();
    expect(watcher.nodes().map(({ node }) => node)).not.toContain('brief');
  });

  it('remembers the kernels that it met, the latest first', async () => {
    const world = new World(3);
    const host = world.host('a');
    await bootOn(host);
    for (const name of ['k1', 'k2']) {
      await bootOn(world.host(name), { kernel: true });
      await world.until(() => host.store.load()?.kernels[0] === world.host(name).address, 10_000);
      world.host(name).kill();
      await world.run(10_000);
    }
    expect(host.store.load()?.kernels).toEqual([world.host('k2').address, world.host('k1').address]);
  });

  it('names a node after its id when it has no name, and refuses names that no resource can say', async () => {
    const world = new World(3);
    const os = await bootOn(world.host('a'));
    expect(os.name).toBe(`node-${os.id.toString(16)}`);
    for (const name of ['', 'a=b', '*', 'x\n', 'x'.repeat(65)])
      await expect(bootOn(world.host('b'), { name })).rejects.toMatchObject({ code: 'BAD_CONFIG' });
  });

  it('gives the machine back when a service cannot be offered', async () => {
    const world = new World(3);
    const host = world.host('a');
    await expect(bootOn(host, { services: [sensor, sensor] })).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
    const os = await bootOn(host, { services: [sensor] });
    expect(os.list().map(({ service, own }) => [service, own])).toEqual([['temp_sensor', true]]);
  });

  it('lets a small board refuse what is too large for it', async () => {
    const world = new World(3);
    const echo = defineService({ name: 'echo', ops: { echo: { safe: true, run: (text) => text } } });
    await bootOn(world.host('board'), { profile: 'board', services: [echo] });
    const os = await bootOn(world.host('pc'));
    const handle = await world.finish(os.open('echo'), 3000);
    expect(await world.finish(handle.call('echo', 'x'.repeat(3000)), 3000)).toHaveLength(3000);
    const tooMuch = handle.call('echo', 'x'.repeat(5000));
    await expect(world.finish(tooMuch, 3000)).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });
});
