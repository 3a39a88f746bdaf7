import { describe, expect, it } from 'vitest';
import { after as later } from '../base/time.ts';
import type { Network } from '../os/host.ts';
import type { Machine } from './machine.ts';
import { World, type WorldOptions } from './world.ts';

interface Heard {
  readonly log: string[];
  readonly net: Network;
}

async function listen(world: World, machine: Machine, log: string[]): Promise<Heard> {
  const net = await machine.open((bytes, from, door) => {
    log.push(`${world.now()} ${machine.name} ${from} ${door} ${[...bytes]}`);
  });
  return { log, net };
}

/** Three machines that talk at random for a second: what was heard, when and by whom. */
async function chatter(seed: number, options: WorldOptions): Promise<string[]> {
  const world = new World(seed, options);
  const log: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    const machine = world.host(name);
    const { net } = await listen(world, machine, log);
    const speak = () => {
      net.broadcast(Uint8Array.of(machine.entropy() & 255));
      machine.timer(later(machine.now(), 20 + (machine.entropy() % 50)), speak);
    };
    speak();
  }
  await world.run(1000);
  return log;
}

describe('World', () => {
  it('carries a datagram to its address at once, and a broadcast to all with its sender', async () => {
    const world = new World(1);
    const log: string[] = [];
    const a = await listen(world, world.host('a'), log);
    await listen(world, world.host('b'), log);
    const port = await a.net.openPort('temp_sensor');
    a.net.send(world.host('b').address, Uint8Array.of(1), 'node');
    a.net.send(world.host('b').address, Uint8Array.of(2), 'v1:temp_sensor');
    a.net.broadcast(Uint8Array.of(3));
    a.net.send('10.0.0.99:4001', Uint8Array.of(4), 'node');
    a.net.send(`10.0.0.1:${port}`, Uint8Array.of(5), 'node');
    await world.run(0);
    expect(log).toEqual([
      '0 b 10.0.0.1:4001 node 1',
      '0 b 10.0.0.1:5000 node 2',
      '0 a 10.0.0.1:4001 discovery 3',
      '0 b 10.0.0.1:4001 discovery 3',
      '0 a 10.0.0.1:4001 v1:temp_sensor 5',
    ]);
  });

  it('carries no broadcast to a machine that has no socket for them, and all else', async () => {
    const world = new World(1);
    const log: string[] = [];
    const { net } = await listen(world, world.host('a'), log);
    await listen(world, world.host('b'), log);
    world.host('b').hearsBroadcasts = false;
    net.broadcast(Uint8Array.of(1));
    net.send(world.host('b').address, Uint8Array.of(2), 'node');
    await world.run(0);
    expect(log).toEqual(['0 a 10.0.0.1:4001 discovery 1', '0 b 10.0.0.1:4001 node 2']);
    expect(world.counters).toMatchObject({ sent: 2, delivered: 2 });
  });

  it('hands over the bytes as they were when they were sent', async () => {
    const world = new World(1);
    const { log, net } = await listen(world, world.host('a'), []);
    const bytes = Uint8Array.of(7);
    net.broadcast(bytes);
    bytes[0] = 8;
    await world.run(0);
    expect(log).toEqual(['0 a 10.0.0.1:4001 discovery 7']);
  });

  it('repeats itself to the datagram under one seed, and not under another', async () => {
    const options = { radio: { loss: 0.2, latencyMs: { median: 3, spread: 0.8 } } };
    const first = await chatter(42, options);
    expect(first.length).toBeGreaterThan(50);
    expect(await chatter(42, options)).toEqual(first);
    expect(await chatter(43, options)).not.toEqual(first);
  });

  it('delays datagrams, so that some overtake others', async () => {
    const world = new World(7, { latencyMs: 10, radio: { reorder: 0.5, reorderMs: 20 } });
    const { log, net } = await listen(world, world.host('a'), []);
    for (let n = 0; n < 50; n++) net.broadcast(Uint8Array.of(n));
    await world.run(9);
    expect(log).toEqual([]);
    await world.run(21);
    const order = log.map((line) => Number(line.split(' ').at(-1)));
    expect(order).not.toEqual([...order].sort((a, b) => a - b));
    expect(order).toHaveLength(50);
  });

  it('loses about the share it is told to, and counts each fate', async () => {
    const world = new World(7, { loss: 0.3 });
    const { net } = await listen(world, world.host('a'), []);
    const { log } = await listen(world, world.host('b'), []);
    for (let n = 0; n < 2000; n++) net.send(world.host('b').address, Uint8Array.of(0), 'node');
    await world.run(0);
    expect(log.length / 2000).toBeCloseTo(0.7, 1);
    expect(world.counters).toEqual({ sent: 2000, lost: 2000 - log.length, delivered: log.length, dropped: 0 });
  });

  it('traces every datagram by its number: sent, heard, missed, dropped', async () => {
    const world = new World(1, { latencyMs: 2 });
    const lines: string[] = [];
    world.trace.onLine = (line) => lines.push(line);
    const a = await listen(world, world.host('a'), []);
    await listen(world, world.host('b'), []);
    const b = world.host('b');
    a.net.send(b.address, Uint8Array.of(1), 'node');
    a.net.broadcast(Uint8Array.of(1));
    a.net.send('10.0.0.9:4001', Uint8Array.of(2), 'node');
    await world.run(2);
    world.radio.set({ corrupt: 1 });
    a.net.send(b.address, Uint8Array.of(1), 'node');
    await world.run(1);
    b.isDeaf = true;
    world.radio.cut('a', 'b');
    a.net.send(b.address, Uint8Array.of(1), 'node');
    await world.run(5);
    world.note('done');
    expect(lines).toEqual([
      '0 a sends 1 to b: 1B 67918732',
      '0 a broadcasts 2: 1B 67918732',
      '0 a sends 3 to 10.0.0.9:4001: 1B 118251589',
      '2 b hears 1',
      '2 a hears 2',
      '2 b hears 2',
      '2 a sends 4 to b: 1B 67918732',
      '3 a sends 5 to b: 1B 67918732',
      '3 b misses 5',
      '4 b hears 4 broken',
      '4 b drops 4: deaf',
      '8 done',
    ]);
  });

  it('has a digest that is the same whether anybody reads the trace, and another for whatever else happens', async () => {
    const play = async (change: (world: World) => void, reads = false): Promise<string> => {
      const world = new World(1, { radio: { loss: 0.2, latencyMs: { median: 3, spread: 0.5 } } });
      const digest = world.trace.digests();
      if (reads) world.trace.onLine = () => {};
      const { net } = await listen(world, world.host('a'), []);
      await listen(world, world.host('b'), []);
      change(world);
      for (let at = 0; at < 20; at++) net.broadcast(Uint8Array.of(at));
      await world.run(100);
      return digest.hex();
    };
    const nothing = () => {};
    const same = [await play(nothing), await play(nothing), await play(nothing, true)];
    expect(new Set(same).size).toBe(1);
    const others = [
      await play((world) => world.note('hello')),
      await play((world) => world.host('b').kill()),
      await play((world) => world.radio.cut('a', 'b')),
      await play((world) => {
        world.host('b').isDeaf = true;
      }),
      await play((world) => {
        world.host('b').habits = { ...world.host('b').habits, queue: 0, processingMs: 1 };
      }),
    ];
    expect(new Set([...same, ...others]).size).toBe(6);
  });

  it('runs timers in order of time, then of setting, and none that is cancelled', async () => {
    const world = new World(1);
    const host = world.host('a');
    const log: string[] = [];
    const at = (ms: number, word: string) =>
      host.timer(later(host.now(), ms), () => log.push(`${world.now()} ${word}`));
    at(20, 'late');
    at(10, 'first');
    at(10, 'second');
    at(10, 'never')();
    at(-5, 'overdue');
    await world.run(15);
    expect(log).toEqual(['0 overdue', '10 first', '10 second']);
    expect(world.now()).toBe(15);
    await world.run(5);
    expect(log.at(-1)).toBe('20 late');
  });

  it('lets async code go on at the moment at which it was woken', async () => {
    const world = new World(1);
    const host = world.host('a');
    const sleep = (ms: number) => new Promise<void>((wake) => host.timer(later(host.now(), ms), wake));
    const log: number[] = [];
    async function* beats() {
      for (let n = 0; n < 3; n++) {
        await sleep(10);
        yield world.now();
      }
    }
    const done = (async () => {
      for await (const beat of beats()) log.push(beat, world.now());
    })();
    await world.finish(done, 100);
    expect(log).toEqual([10, 10, 20, 20, 30, 30]);
    expect(world.now()).toBe(30);
  });

  it('lets a chain of promises go on to its end before time does, and the process its other work now and then', async () => {
    const world = new World(1);
    const host = world.host('a');
    const chained: number[] = [];
    let turns = 0;
    const turn = () => {
      turns++;
      setImmediate(turn).unref();
    };
    setImmediate(turn).unref();
    for (let at = 1; at <= 3000; at++)
      host.timer(later(host.now(), at), async () => {
        for (let step = 0; step < 50; step++) await undefined;
        chained.push(world.now());
      });
    await world.run(3000);
    expect(chained).toEqual(Array.from({ length: 3000 }, (_, index) => index + 1));
    expect(turns).toBeGreaterThanOrEqual(2);
    expect(turns).toBeLessThan(100);
  });

  it('says when what is waited for does not come', async () => {
    const world = new World(5);
    await expect(world.until(() => false, 30)).rejects.toThrow('not within 30 ms of virtual time (seed 5)');
    expect(world.now()).toBe(30);
    await expect(world.finish(Promise.reject(new Error('mine')), 10)).rejects.toThrow('mine');
  });
});

describe('A machine', () => {
  it('that is killed stays dead, and comes back with its address and disk as a new object', async () => {
    const world = new World(1);
    const log: string[] = [];
    const a = await listen(world, world.host('a'), log);
    const old = world.host('b');
    const b = await listen(world, old, log);
    old.store.save({ id: 5, epoch: 6, term: 7, kernels: [] });
    old.timer(later(old.now(), 10), () => log.push('alive'));
    const firstEntropy = old.entropy();
    old.kill();
    old.store.save({ id: 1, epoch: 1, term: 1, kernels: [] });
    b.net.broadcast(Uint8Array.of(1));
    a.net.send(old.address, Uint8Array.of(2), 'node');
    await world.run(20);
    expect(log).toEqual([]);
    await expect(old.open(() => undefined)).rejects.toMatchObject({ code: 'HOST' });

    const again = world.host('b');
    expect(again).not.toBe(old);
    expect(world.host('b')).toBe(again);
    expect(again.address).toBe(old.address);
    expect(again.store.load()).toEqual({ id: 5, epoch: 6, term: 7, kernels: [] });
    expect(again.entropy()).not.toBe(firstEntropy);
    await listen(world, again, log);
    a.net.send(old.address, Uint8Array.of(3), 'node');
    await world.run(0);
    expect(log).toEqual(['20 b 10.0.0.1:4001 node 3']);
  });

  it('that hangs does nothing, and on resuming everything that waited, up to what its sockets keep', async () => {
    const world = new World(1);
    const log: string[] = [];
    const a = await listen(world, world.host('a'), []);
    const b = world.host('b');
    await listen(world, b, log);
    b.timer(later(b.now(), 5), () => log.push(`${world.now()} timer`));
    b.hang();
    for (let n = 0; n < 70; n++) a.net.send(b.address, Uint8Array.of(n), 'node');
    await world.run(50);
    expect(log).toEqual([]);
    b.resume();
    await world.run(0);
    expect(log).toHaveLength(65);
    expect(log[0]).toBe('50 b 10.0.0.1:4001 node 0');
    expect(log.at(-1)).toBe('50 timer');
    expect(world.counters).toEqual({ sent: 70, lost: 0, delivered: 64, dropped: 6 });
  });

  it('without its cable hears only itself', async () => {
    const world = new World(1);
    const log: string[] = [];
    const a = await listen(world, world.host('a'), log);
    await listen(world, world.host('b'), log);
    world.host('a').cut();
    a.net.broadcast(Uint8Array.of(1));
    await world.run(1);
    world.host('a').mend();
    world.radio.cut('a', 'b');
    a.net.broadcast(Uint8Array.of(2));
    await world.run(1);
    expect(log).toEqual(['0 a 10.0.0.1:4001 discovery 1', '1 a 10.0.0.1:4001 discovery 2']);
  });
});
