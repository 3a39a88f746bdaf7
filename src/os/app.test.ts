import { describe, expect, it } from 'vitest';
import { World } from '../../test/world.ts';
import { type App, every, supervise } from './app.ts';
import { bootOn } from './boot.ts';
import type { Os } from './os.ts';
import { pause } from './pause.ts';

async function node(): Promise<{ world: World; os: Os }> {
  const world = new World(1);
  return { world, os: await bootOn(world.host('pc')) };
}

describe('supervise', () => {
  it('starts an app that fails again, later each time, and soon again after it ran for a while', async () => {
    const { world, os } = await node();
    const starts: number[] = [];
    const app: App = async () => {
      starts.push(world.now());
      if (starts.length === 5) await pause(os.clock, 60_000);
      throw new Error(`fault ${starts.length}`);
    };
    const supervised = supervise(os, 'fragile', app, { backOffMaxMs: 4000 });
    expect(supervised.status()).toEqual({
      name: 'fragile',
      state: { is: 'starting' },
      restarts: 0,
      lastError: undefined,
    });
    await world.run(1500);
    expect(supervised.status()).toEqual({
      name: 'fragile',
      state: { is: 'waiting', inMs: 1500 },
      restarts: 1,
      lastError: 'fault 2',
    });
    await world.run(30_000);
    expect(supervised.status().state).toEqual({ is: 'running', forMs: 20_500 });
    await world.run(60_000);
    expect(starts.slice(0, 8)).toEqual([0, 1000, 3000, 7000, 11_000, 72_000, 74_000, 78_000]);
    expect(await world.finish(supervised.stop(), 0)).toBe(true);
    expect(supervised.status()).toMatchObject({ state: { is: 'stopped' }, lastError: 'fault 11' });
  });

  it('leaves an app that ends by itself in peace', async () => {
    const { world, os } = await node();
    let runs = 0;
    const supervised = supervise(os, 'once', () => void runs++);
    await world.finish(supervised.ended, 0);
    expect(supervised.status()).toEqual({ name: 'once', state: { is: 'stopped' }, restarts: 0, lastError: undefined });
    await world.run(120_000);
    expect(runs).toBe(1);
  });

  it('stops an app by its signal, or leaves it to itself when it does not listen', async () => {
    const { world, os } = await node();
    const polite = supervise(os, 'polite', async (_os, signal) => {
      await pause(os.clock, 1e9, signal);
      await pause(os.clock, 100);
      throw new Error('interrupted');
    });
    const deaf = supervise(os, 'deaf', () => new Promise(() => undefined));
    await world.run(10);
    const began = world.now();
    expect(await world.finish(polite.stop(), 1000)).toBe(true);
    expect(world.now() - began).toBe(100);
    expect(polite.status()).toMatchObject({ state: { is: 'stopped' }, lastError: undefined });
    expect(await world.finish(deaf.stop(200), 1000)).toBe(false);
    expect(deaf.status().state).toEqual({ is: 'stopped' });
  });

  it('ends with its node', async () => {
    const { world, os } = await node();
    const app = supervise(os, 'reader', async () => {
      for await (const reading of (await os.open('nothing@*')).watch({ every: 10 })) expect(reading).toBeDefined();
      throw new Error('the watch ended');
    });
    await world.run(1000);
    await world.finish(os.close(), 0);
    await world.finish(app.ended, 0);
    expect(app.status().state).toEqual({ is: 'stopped' });
    await world.finish(supervise(os, 'late', () => expect.unreachable()).ended, 0);
  });

  it('refuses waits that are none', async () => {
    const { os } = await node();
    expect(() => supervise(os, 'x', () => undefined, { backOffMs: 0 })).toThrow('`backOffMs` is a time in ms above 0');
    expect(() => every(os, -5, () => undefined)).toThrow('`periodMs` is a time in ms above 0');
  });
});

describe('every', () => {
  it('runs on a steady beat, never over itself, and counts what it left out and what failed', async () => {
    const { world, os } = await node();
    const begins: number[] = [];
    let underWay = 0;
    const takes = [10, 250, 100, 40];
    const job = every(os, 100, async () => {
      begins.push(world.now());
      expect(++underWay).toBe(1);
      await pause(os.clock, takes[begins.length - 1] ?? 0);
      underWay--;
      if (begins.length === 4) throw new Error('out of paper');
    });
    await world.run(850);
    expect(begins).toEqual([0, 100, 400, 600, 700, 800]);
    expect(job).toMatchObject({ runs: 5, skipped: 3, failures: 1, lastError: 'out of paper' });
    job.stop();
    await world.finish(job.ended, 0);
    await world.run(1000);
    expect(begins).toHaveLength(6);
  });

  it('ends with its node', async () => {
    const { world, os } = await node();
    const job = every(os, 100, () => undefined);
    await world.run(50);
    await world.finish(os.close(), 0);
    await world.finish(job.ended, 0);
    expect(job.runs).toBe(1);
  });
});
