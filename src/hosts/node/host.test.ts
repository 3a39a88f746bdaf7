import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withKey } from '../../../test/keys.ts';
import { program } from '../../../test/netns.ts';
import { instant } from '../../base/time.ts';
import { nodeHost } from './host.ts';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tdos-host-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const host = () => nodeHost({ name: 'kitchen', durable: false });

describe('nodeHost()', () => {
  test('has a monotonic clock, a wall clock and chance', () => {
    const { now, wallClock, entropy } = host();
    const moments = Array.from({ length: 1000 }, now);
    expect(moments.every((moment, index) => index === 0 || moment >= (moments[index - 1] ?? 0))).toBe(true);
    expect(Math.abs(wallClock() - Date.now())).toBeLessThan(1000);
    const draws = Array.from({ length: 100 }, entropy);
    expect(draws.every((draw) => Number.isInteger(draw) && draw >= 0 && draw <= 0xffff_ffff)).toBe(true);
    expect(new Set(draws).size).toBeGreaterThan(95);
  });

  test('runs a timer once, never early, in order', async () => {
    const { now, timer } = host();
    const start = now();
    const spans = [30, 0.4, 12.3, 5, 5.9, -3];
    const ran = await new Promise<{ span: number; late: number }[]>((resolve) => {
      const done: { span: number; late: number }[] = [];
      for (const span of spans)
        timer(instant(start + span), () => {
          done.push({ span, late: now() - instant(start + span) });
          if (done.length === spans.length) resolve(done);
        });
    });
    expect(ran.map(({ span }) => span).sort((a, b) => a - b)).toEqual([...spans].sort((a, b) => a - b));
    expect(ran.every(({ late }) => late >= 0)).toBe(true);
  });

  test('runs no timer that was cancelled, nor one far in the future at once', async () => {
    const { now, timer } = host();
    const ran: string[] = [];
    const warnings: Error[] = [];
    const warn = (warning: Error): number => warnings.push(warning);
    process.on('warning', warn);
    timer(now(), () => ran.push('cancelled'))();
    const cancelFar = timer(instant(now() + 2 ** 33), () => ran.push('far'));
    await new Promise<void>((resolve) => {
      timer(instant(now() + 20), resolve);
    });
    cancelFar();
    process.removeListener('warning', warn);
    expect([ran, warnings]).toEqual([[], []]);
  });

  test('holds its name from the start until its network is closed', async () => {
    const first = nodeHost({ home, name: 'kitchen' });
    expect(() => nodeHost({ home, name: 'kitchen' })).toThrow('A node named kitchen already runs here');
    const network = await first.open(() => {});
    await network.close();
    const second = nodeHost({ home, name: 'kitchen' });
    await expect(first.open(() => {})).rejects.toMatchObject({ code: 'HOST' });
    await (await second.open(() => {})).close();
    await (await first.open(() => {})).close();
  });

  test('gives its name up when its network cannot be had', async () => {
    withKey(home);
    await expect(nodeHost({ home, name: 'kitchen', interface: 'nowhere0' }).open(() => {})).rejects.toMatchObject({
      code: 'HOST',
    });
    expect(nodeHost({ home, name: 'kitchen' }).name).toBe('kitchen');
  });

  test('is named after the machine, with a number from the second on', () => {
    const machine = hostname().split('.')[0];
    expect([nodeHost({ home }).name, nodeHost({ home }).name]).toEqual([machine, `${machine}-2`]);
  });

  test('keeps nothing on disk for a command that lives for a moment', () => {
    const { name, store } = nodeHost({ home, name: 'kitchen', durable: false });
    store.save({ id: 1, epoch: 2, term: 3, kernels: [] });
    expect([name, store.load()?.epoch, existsSync(join(home, 'nodes'))]).toEqual(['kitchen', 2, false]);
  });

  test('lets its process end by itself once the network is closed', async () => {
    const running = program(
      `import { nodeHost } from '${new URL('./host.ts', import.meta.url)}';
       const host = nodeHost({ home: '${home}', name: 'kitchen' });
       const network = await host.open(() => {});
       await network.openPort('temp');
       network.broadcast(Buffer.from('x'));
       await network.close();
       process.on('exit', () => console.log('left', performance.now() - closed < 500));
       const closed = performance.now();`,
      [],
      { TDOS_PORT: '4099' },
    );
    expect([await running.exit, running.lines]).toEqual([0, ['left true']]);
  });

  test('makes a key on loopback, needs one elsewhere before it takes its name, and none in an open cluster', () => {
    const real = { home, name: 'kitchen', interface: 'nowhere0' };
    expect(() => nodeHost(real)).toThrow(expect.objectContaining({ code: 'NO_KEY' }));
    expect(nodeHost({ ...real, open: true }).keys).toBeUndefined();
    const made = nodeHost({ home, durable: false }).keys?.load();
    expect([made?.length, made?.[0]?.length]).toEqual([1, 32]);
    expect(nodeHost({ ...real, durable: false }).keys?.load()).toEqual(made);
  });

  test('takes the discovery port from TDOS_PORT, and says when it is none', async () => {
    const running = program(
      `import { nodeHost } from '${new URL('./host.ts', import.meta.url)}';
       try { nodeHost({ durable: false }); } catch (error) { console.log(error.code, error.message); }`,
      [],
      { TDOS_PORT: '4000x' },
    );
    await running.line('BAD_CONFIG TDOS_PORT must be a port from 1 to 65535, not `4000x`.');
  });
});
