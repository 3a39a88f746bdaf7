import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { World, type WorldOptions } from '../../test/world.ts';
import { TdosError } from '../base/errors.ts';
import { type BootOptions, bootOn } from './boot.ts';
import type { Handle, Missing } from './handle.ts';
import type { Os } from './os.ts';
import { pause } from './pause.ts';
import type { Reading } from './reading.ts';
import { defineService } from './service.ts';
import { Stop } from './signal.ts';

/** The value of a sensor here is the moment at which it was measured. */
const clockSensor = (world: World, age = 0) =>
  defineService({ name: 'temp_sensor', read: () => ({ value: world.now() - age, unit: 'ms', age }) });

async function start(world: World, name: string, options: BootOptions = {}): Promise<Os> {
  return bootOn(world.host(name), { name, ...options });
}

/** Sensors on `kitchen` and `hall`, an app on `pc`, and its open handle. */
async function house(seed: number, options: WorldOptions = {}): Promise<{ world: World; handle: Handle; os: Os }> {
  const world = new World(seed, options);
  for (const name of ['kitchen', 'hall']) await start(world, name, { services: [clockSensor(world)] });
  const os = await start(world, 'pc');
  await world.until(() => os.list().length === 2, 20_000);
  return { world, os, handle: await world.finish(os.open('temp_sensor'), 5000) };
}

describe('Handle.read', () => {
  it('stays with the instance that answered last, says sibling once when another must answer, and stays with that one', async () => {
    const { world, os, handle } = await house(1, { latencyMs: 2 });
    const read = () => world.finish(handle.read(), 3000);
    const { node } = await read();
    for (let times = 0; times < 5; times++) {
      await world.run(500);
      expect(await read()).toMatchObject({ node, quality: 'live', age: 4, unit: 'ms', trusted: true });
    }
    world.host(node).cut();
    const other = await read();
    expect(other).toMatchObject({ node: node === 'hall' ? 'kitchen' : 'hall', quality: 'sibling' });
    expect(other.age).toBeLessThan(500);
    expect(await read()).toMatchObject({ node: other.node, quality: 'live' });

    world.host(node).mend();
    await world.until(() => os.list().every(({ state }) => state === 'alive'), 5000);
    for (const room of ['kitchen', 'hall']) await world.finish(os.read(`temp_sensor@${room}`), 3000);
    expect(await read()).toMatchObject({ node: other.node, quality: 'live' });
  });

  it('gives the last known value when nobody answers, to those who take its age', async () => {
    const { world, handle } = await house(2);
    const last = await world.finish(handle.read(), 3000);
    world.host('kitchen').kill();
    world.host('hall').kill();
    const began = world.now();
    const stale = await world.finish(handle.read({ maxAge: 60_000, timeoutMs: 400 }), 3000);
    expect(stale).toEqual({ ...last, quality: 'stale', age: world.now() - began, error: expect.any(TdosError) });
    expect(stale.error?.code).toBe('TIMEOUT');
    await expect(world.finish(handle.read({ timeoutMs: 400 }), 3000)).rejects.toMatchObject({ code: 'TIMEOUT' });
    const tooOld = handle.read({ maxAge: 500, timeoutMs: 400 });
    await expect(world.finish(tooOld, 3000)).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('refuses a live value that is older than asked', async () => {
    const world = new World(3);
    await start(world, 'kitchen', { services: [clockSensor(world, 700)] });
    const os = await start(world, 'pc');
    const handle = await world.finish(os.open('temp_sensor'), 3000);
    expect(await world.finish(handle.read(), 3000)).toMatchObject({ age: 700, quality: 'live' });
    expect(await world.finish(handle.read({ maxAge: 700 }), 3000)).toMatchObject({ age: 700 });
    await expect(world.finish(handle.read({ maxAge: 699 }), 3000)).rejects.toMatchObject({ code: 'STALE' });
  });

  it('never claims an age younger than the value, whatever the network does', async () => {
    const scene = fc.record({
      seed: fc.integer(),
      loss: fc.double({ min: 0, max: 0.4, noNaN: true }),
      latencyMs: fc.nat(30),
      jitterMs: fc.nat(60),
      maxAge: fc.option(fc.integer({ min: 1, max: 4000 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(scene, async ({ seed, maxAge, ...network }) => {
        const { world, handle } = await house(seed, network);
        for (let times = 0; times < 12; times++) {
          if (times === 4) world.host('kitchen').kill();
          if (times === 7) world.host('hall').hang();
          if (times === 10) world.host('hall').resume();
          const began = world.now();
          const result = await world
            .finish(handle.read({ maxAge, timeoutMs: 600 }), 5000)
            .catch((error: unknown) => error);
          if (result instanceof TdosError) continue;
          const { value, age, quality } = result as Reading;
          expect(age).toBeGreaterThanOrEqual(world.now() - value);
          if (quality !== 'stale') expect(value).toBeGreaterThanOrEqual(began);
          if (quality === 'stale') expect(maxAge).toBeDefined();
          if (maxAge !== undefined) expect(age).toBeLessThanOrEqual(maxAge);
          await world.run(200);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('refuses times that are none', async () => {
    const { world, handle } = await house(4);
    const refused = { code: 'BAD_ARGUMENT' };
    await expect(world.finish(handle.read({ timeoutMs: 0 }), 10)).rejects.toMatchObject(refused);
    await expect(world.finish(handle.read({ maxAge: Number.NaN }), 10)).rejects.toMatchObject(refused);
    await expect(world.finish(handle.watch({ every: -1 }).next(), 10)).rejects.toMatchObject(refused);
    await expect(world.finish(handle.call('x', Number.NaN), 10)).rejects.toMatchObject(refused);
  });

  it('refuses names of operations that no server could read', async () => {
    const { world, handle } = await house(4);
    for (const op of ['', '\0', 'x'.repeat(65)])
      await expect(world.finish(handle.call(op), 10)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
  });
});

describe('Handle.call', () => {
  it('passes arguments and results, and the code of what failed', async () => {
    const world = new World(5);
    const written: unknown[] = [];
    const door = defineService({
      name: 'door',
      write: (value) => void written.push(value),
      ops: {
        add: { safe: true, run: ({ a, b }: { a: number; b: number }) => a + b },
        jam: {
          safe: false,
          run: () => {
            throw new TdosError('NOT_FOUND', 'No door here.');
          },
        },
        later: {
          safe: false,
          run: async (_args, context) => {
            await pause(world.host('kitchen'), 300);
            return context.expired() ? 'expired' : context.leftMs;
          },
        },
      },
    });
    await start(world, 'kitchen', { services: [door] });
    const os = await start(world, 'pc');
    const handle = await world.finish(os.open('door'), 3000);
    expect(await world.finish(handle.write({ open: true }), 3000)).toBeNull();
    expect(written).toEqual([{ open: true }]);
    expect(await world.finish(handle.call('add', { a: 1, b: 2 }), 3000)).toBe(3);
    expect(await world.finish(handle.call('later', undefined, { timeoutMs: 2000 }), 3000)).toBe(2000);
    const failing = (op: string) => world.finish(handle.call(op), 3000);
    await expect(failing('jam')).rejects.toMatchObject({ code: 'FAILED', message: 'No door here.' });
    await expect(failing('paint')).rejects.toMatchObject({ code: 'BAD_OPERATION' });
  });

  it('ends as CLOSED when its signal aborts or its handle closes', async () => {
    const { world, handle } = await house(6);
    world.host('kitchen').kill();
    world.host('hall').kill();
    const stop = new Stop();
    const calls = [handle.read({ signal: stop }), handle.read()];
    const ends = calls.map((call) => call.catch((error: unknown) => (error as TdosError).code));
    await world.run(10);
    stop.abort();
    expect(await world.finish(Promise.race(ends), 0)).toBe('CLOSED');
    handle.close();
    expect(await world.finish(Promise.all(ends), 0)).toEqual(['CLOSED', 'CLOSED']);
    await expect(handle.read()).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

describe('Handle.watch', () => {
  /** What a watch gave, until it ends or `run` is over. */
  async function collect(world: World, watch: AsyncIterable<Reading | Missing>, ms: number) {
    const items: [at: number, item: Reading | Missing][] = [];
    const done = (async () => {
      for await (const item of watch) items.push([world.now(), item]);
    })();
    done.catch(() => undefined);
    await world.run(ms);
    return { items, done };
  }

  it('reads at once and on a steady grid, through faults that pass', async () => {
    const world = new World(7, { latencyMs: 1 });
    await start(world, 'kitchen', { services: [clockSensor(world)] });
    const os = await start(world, 'pc');
    const handle = await world.finish(os.open('temp_sensor'), 3000);
    const began = world.now();
    const watching = collect(world, handle.watch({ every: 1000, timeoutMs: 900 }), 0);
    const { items } = await watching;
    await world.run(2500);
    world.host('kitchen').kill();
    await world.run(2000);
    await start(world, 'kitchen', { services: [clockSensor(world)] });
    await world.run(2500);
    const shown = items.map(
      ([at, { quality, error }]) => `${at - began} ${quality} ${(error as TdosError)?.code ?? ''}`,
    );
    expect(shown).toEqual([
      '2 live ',
      '1002 live ',
      '2002 live ',
      '3900 stale TIMEOUT',
      expect.stringMatching(/^4[\d.]+ (stale|live)/),
      '5002 live ',
      '6002 live ',
    ]);
    expect(items[3]?.[1]).toMatchObject({ value: items[2]?.[1].value, age: 1900 });
  });

  it('says that a value is missing when there never was one, or none fresh enough', async () => {
    const world = new World(8);
    let works = false;
    const moody = defineService({
      name: 'moody',
      read: () => {
        if (!works) throw new Error('not now');
        return 5;
      },
    });
    await start(world, 'kitchen', { services: [moody] });
    const os = await start(world, 'pc');
    const handle = await world.finish(os.open('moody'), 3000);
    const { items } = await collect(world, handle.watch({ every: 100, maxAge: 150 }), 50);
    works = true;
    await world.run(100);
    works = false;
    await world.run(300);
    expect(items.map(([, { quality, value }]) => [quality, value])).toEqual([
      ['none', undefined],
      ['live', 5],
      ['stale', 5],
      ['none', undefined],
      ['none', undefined],
    ]);
    expect(items[0]?.[1].error).toMatchObject({ code: 'FAILED', message: 'not now' });
  });

  it('ends when the handle closes or the signal aborts, in the middle of a read or between two', async () => {
    for (const hung of [true, false]) {
      for (const how of ['handle', 'signal', 'node']) {
        const { world, os, handle } = await house(9);
        const stop = new Stop();
        const { items, done } = await collect(world, handle.watch({ every: 1000, signal: stop }), 500);
        if (hung) for (const name of ['kitchen', 'hall']) world.host(name).hang();
        await world.run(600);
        if (how === 'handle') handle.close();
        if (how === 'signal') stop.abort();
        if (how === 'node') os.close();
        await world.finish(done, 1);
        expect(items.map(([, { quality }]) => quality)).toEqual(hung ? ['live'] : ['live', 'live']);
      }
    }
  });

  it('throws what will not pass', async () => {
    const world = new World(10);
    await start(world, 'kitchen', { services: [defineService({ name: 'bell', write: () => null })] });
    const os = await start(world, 'pc');
    const handle = await world.finish(os.open('bell'), 3000);
    const { done } = await collect(world, handle.watch({ every: 1000 }), 10);
    await expect(done).rejects.toMatchObject({ code: 'BAD_OPERATION' });
  });

  it('never overlaps its reads, and begins each on the grid, however long they take', async () => {
    const scene = fc.record({
      seed: fc.integer(),
      every: fc.integer({ min: 20, max: 400 }),
      takes: fc.array(fc.nat(900), { minLength: 1, maxLength: 8 }),
      idles: fc.array(fc.nat(500), { minLength: 1, maxLength: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(scene, async ({ seed, every, takes, idles }) => {
        const world = new World(seed);
        const begins: number[] = [];
        let underWay = 0;
        let most = 0;
        const slow = defineService({
          name: 'slow',
          read: async () => {
            begins.push(world.now());
            most = Math.max(most, ++underWay);
            await pause(world.host('kitchen'), takes[begins.length % takes.length] ?? 0);
            underWay--;
            return 1;
          },
        });
        await start(world, 'kitchen', { services: [slow] });
        const os = await start(world, 'pc');
        const handle = await world.finish(os.open('slow'), 3000);
        const began = world.now();
        let read = 0;
        const done = (async () => {
          for await (const item of handle.watch({ every })) {
            expect(item.quality).toBe('live');
            await pause(os.clock, idles[++read % idles.length] ?? 0);
          }
        })();
        await world.run(4000);
        handle.close();
        await world.finish(done, 2000);
        expect(most).toBe(1);
        expect(begins[0]).toBe(began);
        for (const begin of begins) expect(Math.abs((begin - began + every / 2) % every)).toBeCloseTo(every / 2, 6);
        const longest = Math.max(...takes) + Math.max(...idles) + every;
        expect(begins.length).toBeGreaterThanOrEqual(Math.floor(4000 / longest));
      }),
      { numRuns: 25 },
    );
  });
});
