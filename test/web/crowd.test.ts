/** The dashboard and its gateway with as many nodes as one radio channel carries. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Running } from '../netns.ts';
import { Browsing, browserRuns } from './browser.ts';

const PROGRAM = fileURLToPath(new URL('./crowd-gateway.ts', import.meta.url));
/** ms of one look at the frames. The first that is well counts: other tests and programs take their share of the machine. */
const WINDOW_MS = 1500;
const WINDOWS = 16;

/** Counts frames in the page, and gives how many there were in a second. */
const framesIn = (ms: number): string => `new Promise((resolve) => {
  const start = performance.now();
  let count = 0;
  const next = (now) => {
    count++;
    if (now - start < ${ms}) requestAnimationFrame(next);
    else resolve((1000 * count) / (now - start));
  };
  requestAnimationFrame(next);
})`;

describe.runIf(browserRuns('the dashboard with 300 nodes'))('With 300 nodes', () => {
  let gateway: Running;
  let browsing: Browsing;
  let url: string;

  beforeAll(async () => {
    browsing = await Browsing.start();
    gateway = new Running(
      spawn(process.execPath, ['--conditions=tdos-source', PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    url = await gateway.line('http');
  }, 60_000);
  afterAll(async () => {
    await browsing.close();
    await gateway.stop();
  });

  /** ms of CPU that the gateway used so far. */
  async function cpu(): Promise<number> {
    const from = gateway.lines.length;
    gateway.process.stdin?.write('\n');
    return Number((await gateway.line('cpu ', from)).slice(4));
  }

  test('the page stays over 30 frames a second, and the gateway under 30 % of a core', async () => {
    const { page, errors } = await browsing.page();
    await page.goto(url);
    await page.locator('.node').nth(299).waitFor();
    const frames: number[] = [];
    const shares: number[] = [];
    for (let window = 0; window < WINDOWS && !(window >= 2 && Math.max(...frames) > 30); window++) {
      const before = await cpu();
      const begun = performance.now();
      frames.push(Number(await page.evaluate(framesIn(WINDOW_MS))));
      shares.push(((await cpu()) - before) / (performance.now() - begun));
    }
    console.log(
      `frames a second: ${frames.map(Math.round).join(', ')}; of a core: ${shares.map((s) => `${Math.round(100 * s)} %`).join(', ')}`,
    );
    expect(Math.max(...frames)).toBeGreaterThan(30);
    expect(Math.min(...shares)).toBeLessThan(0.3);
    // They change state from second to second, and the page shows it.
    await page.locator('.node.suspect').first().waitFor();
    expect(await page.locator('.node').count()).toBe(300);
    expect(errors).toEqual([]);
  }, 60_000);
});
