/**
 * A flood of nonsense at every port of a node: it stays up, keeps its memory, and goes on answering.
 *
 * @module
 */
import { atLeast, atMost, type Figure, type Proof, percentile } from './figure.ts';
import type { Account } from './programs/reader.ts';
import { Scene } from './scene.ts';
import { timeUntil } from './until.ts';

const GROWTH_MB = 20;
const SETTLE_MS = 15_000;
/** ms. The small flood runs beside other tests, and with so few reads one pause of the machine is 1 % of them. */
const P99_MS = { full: 50, small: 2000 } as const;
/** Datagrams a second: more than ten times what a radio channel carries. */
const RATE = 10_000;

interface Memory {
  readonly rss: number;
  readonly counters: Readonly<Record<string, number>>;
  readonly nodes: number;
}

export const flood: Proof = {
  name: 'A flood of nonsense',
  run: (size) => (size === 'full' ? flooded(100_000, RATE, P99_MS.full) : flooded(10_000, RATE / 2, P99_MS.small)),
};

const flooded = (count: number, rate: number, p99Ms: number): Promise<Figure[]> =>
  Scene.play(async (scene) => {
    const target = scene.actor('target');
    await target.next();
    const { own, v1 } = await target.ask<{ readonly own: number; readonly v1: number }>('where');
    const reader = scene.actor('reader', { resource: 'temp_sensor@target', everyMs: 10 });
    await reader.next();
    // Once before the measure: what a node sets up for its first strangers, and the heap of a busy process, are no growth.
    const flooder = async (datagrams: number, rate: number, seed: number): Promise<number> => {
      const actor = scene.actor('flooder', { ports: [scene.port, own, v1], count: datagrams, rate, seed });
      await actor.next();
      return await actor.ask<number>('go', 120_000);
    };
    await flooder(count / 2, RATE, 1);
    const before = await target.ask<Memory>('memory');
    await reader.ask('report');
    const tookMs = await flooder(count, rate, 2);
    const account = await reader.ask<Account>('report');
    let after = await target.ask<Memory>('memory');
    const growth = (): number => (after.rss - before.rss) / 2 ** 20;
    // The engine gives memory back when it has been idle for some seconds.
    await timeUntil(SETTLE_MS, async () => {
      after = await target.ask<Memory>('memory');
      return growth() < GROWTH_MB;
    });
    if (account.failures.length > 0) console.log(`  the first read that failed: ${account.failures[0]}`);
    const refused = Object.entries(after.counters).filter(([what]) => what.startsWith('refused.'));
    return [
      atLeast('reads during the flood', account.latencies.length, Math.floor(tookMs / 20)),
      atMost('failed reads', account.failures.length, 0),
      atMost('99 % of the reads are answered within', percentile(account.latencies, 0.99), p99Ms, 'ms'),
      atMost('the process has grown by, once settled', growth(), GROWTH_MB, 'MB'),
      atLeast(
        'datagrams refused and counted',
        refused.reduce((sum, [, times]) => sum + times, 0),
        count / 10,
      ),
    ];
  });
