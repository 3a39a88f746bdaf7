import { describe, expect, it } from 'vitest';
import { World } from '../../test/world.ts';
import { TdosError } from '../base/errors.ts';
import { bootOn } from './boot.ts';
import type { Host, KeySource, StoredState } from './host.ts';
import { defineService } from './service.ts';

const sensor = defineService({ name: 'temp_sensor', read: () => ({ value: 21.5, unit: '°C' }) });

const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

/** Keys that a test changes, and what was dropped of them. */
class TestKeys implements KeySource {
  readonly dropped: (readonly Uint8Array[])[] = [];
  private readonly listeners = new Set<(keys: readonly Uint8Array[]) => void>();
  private keys: readonly Uint8Array[];

  constructor(...keys: readonly Uint8Array[]) {
    this.keys = keys;
  }

  get watched(): boolean {
    return this.listeners.size > 0;
  }

  load(): readonly Uint8Array[] {
    return this.keys;
  }

  change(...keys: readonly Uint8Array[]): void {
    this.keys = keys;
    for (const tell of this.listeners) tell(keys);
  }

  watch(changed: (keys: readonly Uint8Array[]) => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  drop(dropped: Uint8Array): void {
    this.dropped.push([dropped]);
  }
}

function withKeys(world: World, name: string, keys: KeySource): Host {
  return Object.defineProperty(world.host(name), 'keys', { value: keys });
}

describe('bootOn with a cluster key', () => {
  it('hears those who have it, and neither those with another nor open ones', async () => {
    const world = new World(5);
    await bootOn(withKeys(world, 'a', new TestKeys(key(1))), { name: 'a', services: [sensor] });
    await bootOn(withKeys(world, 'other', new TestKeys(key(2))), { name: 'other', services: [sensor] });
    await bootOn(withKeys(world, 'open', new TestKeys(key(1))), { name: 'open', open: true, services: [sensor] });
    const os = await bootOn(withKeys(world, 'pc', new TestKeys(key(1))), { name: 'pc' });
    await world.run(3000);
    expect(os.nodes().map(({ node }) => node)).toEqual(['a', 'pc']);
    expect(await world.finish(os.read('temp_sensor'), 3000)).toMatchObject({ node: 'a', trusted: true });
  });

  it('goes over to other keys when its host tells of them, and watches until it closes', async () => {
    const world = new World(6);
    const [keys, own] = [new TestKeys(key(1)), new TestKeys(key(1))];
    await bootOn(withKeys(world, 'a', keys), { name: 'a', services: [sensor] });
    const os = await bootOn(withKeys(world, 'pc', own), { name: 'pc' });
    const read = () => world.finish(os.read('temp_sensor', { timeoutMs: 500 }), 3000);
    await read();
    own.change(key(1), key(2));
    keys.change(key(2));
    expect(await read()).toMatchObject({ value: 21.5 });
    own.change(key(1));
    await expect(read()).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(own.watched).toBe(true);
    await world.finish(os.close(), 100);
    expect(own.watched).toBe(false);
  });

  it('has its host forget a key that no kernel has used for a minute', async () => {
    const world = new World(7);
    const [keys, own] = [new TestKeys(key(1), key(2)), new TestKeys(key(1), key(2))];
    await bootOn(withKeys(world, 'k', keys), { name: 'k', kernel: true });
    await bootOn(withKeys(world, 'pc', own), { name: 'pc' });
    await world.run(70_000);
    keys.change(key(2));
    await world.run(58_000);
    expect(own.dropped).toEqual([]);
    await world.run(4000);
    expect([own.dropped, keys.dropped]).toEqual([[[key(1)]], []]);
  });

  it('starts no node without one, and sends nothing', async () => {
    const world = new World(8);
    const none = new TestKeys();
    none.load = () => {
      throw new TdosError('NO_KEY');
    };
    await expect(bootOn(withKeys(world, 'a', none))).rejects.toMatchObject({ code: 'NO_KEY' });
    await world.run(1000);
    expect(world.counters.sent).toBe(0);
  });
});

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
