import { execFile } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** Runs the program in a process of its own. */
const run = (...args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const program = new URL('busy-world.ts', import.meta.url).pathname;
    execFile(process.execPath, [program, ...args], { timeout: 60_000 }, (error, stdout) => {
      if (error === null) resolve(stdout.trim());
      else reject(error);
    });
  });

describe('A simulated world', () => {
  it('has one trace a seed, in any process and whatever else that process does', { timeout: 90_000 }, async () => {
    const [calm, busy, other] = await Promise.all([run('7'), run('7', 'busy'), run('8')]);
    expect(calm).toMatch(/^\d{5,} lines [0-9a-f]{16}$/);
    expect(busy).toBe(calm);
    expect(other).not.toBe(calm);
  });
});
