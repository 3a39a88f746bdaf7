// `tdos sim` as a user runs it: small worlds, seconds of virtual time.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Site } from './tdos.ts';

let site: Site;

beforeAll(async () => {
  site = await Site.open();
});

afterAll(() => site.close());

const KILL = JSON.stringify([{ at: 5000, kind: 'kill', node: 'n1' }]);
const BASE = ['sim', '--nodes', '3', '--for', '15s', '--seed', '42'];

describe('tdos sim', () => {
  it('prints the faults, and a table with TDOS and the rules of the original', async () => {
    const { code, stdout, stderr } = await site.run([...BASE, '--loss', '10%', '--faults', KILL]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Seed 42: 3 boards, 1 kernel, 1 reader for 15 s, 10 % loss');
    expect(stdout).toMatch(/0:05\.0 {2}kill n1/);
    expect(stdout).toMatch(/deaths noticed +1 +1/);
    for (const row of ['called dead after', 'false deaths', 'all known after', 'failover', 'calls', 'airtime used'])
      expect(stdout).toMatch(new RegExp(`^ *${row} `, 'm'));
    expect(stdout).toMatch(/^seed 42, trace [0-9a-f]{16}$/m);
  });

  it('reads 100 % where nothing is lost and nothing fails, in a table for 80 columns', async () => {
    const { code, stdout } = await site.run([...BASE, '--faults', 'none', '--calls', '20ms']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Calls: 2 callers, every 20 ms on average \(--calls\)$/m);
    expect(stdout).toMatch(/^calls +2\d{3}, 100 % answered /m);
    expect(stdout).toMatch(/^false deaths +0 in /m);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('repeats itself to the byte in another process, and writes the trace and the picture', async () => {
    const [trace, html] = [join(site.home, 'trace.txt'), join(site.home, 'timeline.html')];
    const first = await site.run([...BASE, '--json', '--no-original', '--trace', trace, '--html', html]);
    const second = await site.run([...BASE, '--json', '--no-original']);
    expect([first.code, second.code, second.stdout]).toEqual([0, 0, first.stdout]);
    expect(JSON.parse(first.stdout)).toMatchObject({ seed: 42, violations: [], original: null, command: null });
    expect(readFileSync(trace, 'utf8').split('\n').length).toBeGreaterThan(500);
    expect(readFileSync(html, 'utf8')).toMatch(/^<!doctype html>.*<svg.*<\/html>\n$/s);
  });

  it('ends with 1 where a rule breaks, with a command that shows it again and a scene that does too', async () => {
    const scene = join(site.home, 'broken.txt');
    const air = [
      '--nodes',
      '1',
      '--kernels',
      '0',
      '--for',
      '5s',
      '--loss',
      '85%',
      '--air',
      'clear',
      '--faults',
      'none',
    ];
    const { code, stdout } = await site.run(['sim', ...air, '--seed', '3', '--no-original', '--scene', scene]);
    expect(code).toBe(1);
    expect(stdout).toContain('Seed 3 breaks what must always hold:');
    const command = /^ {2}npx tdos (sim .*)$/m.exec(stdout)?.[1] ?? '';
    expect(command).toMatch(
      /^sim --seed 3 --nodes 1 --kernels 0 --for \d+ms --readers 1 --calls \d+ms --open --air clear --loss 0.85 --faults none$/,
    );
    const again = await site.run([...command.split(' '), '--no-original', '--json']);
    expect(again.code).toBe(1);
    const { seed, violations } = JSON.parse(again.stdout);
    const [{ rule, detail }] = violations;
    const title = readFileSync(scene, 'utf8').split('\n').slice(0, 2);
    expect([`# ${rule}: ${detail}`, `seed ${seed}`]).toEqual(title);
    expect(readFileSync(scene, 'utf8')).toContain('trial of 1 node, 0 kernels, 1 reader for ');
  });

  it('tries seeds', async () => {
    const { code, stdout } = await site.run(['sim', '--search', '2', '--seed', '1', '--for', '5s', '--faults', 'none']);
    expect([code, stdout]).toEqual([0, 'Seeds 1 to 2, until one breaks a rule.\nNo rule broke under 2 seeds.\n']);
  });

  it('runs at the speed of the clock on the wall', async () => {
    const { code, stdout } = await site.run([
      'sim',
      '--live',
      '--nodes',
      '3',
      '--seed',
      '5',
      '--for',
      '2s',
      '--faults',
      'none',
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain('A simulated cluster of 5 nodes, seed 5, seen from r1.');
    for (const node of ['n1', 'n2', 'n3']) expect(stdout).toMatch(new RegExp(`${node} (offers temp_sensor|is here)`));
  });

  it.each([
    [['--loss', '200%'], /It is a share: 10% or 0.1/],
    [['--burst', '5s'], /how often, how long and how much/],
    [['--nodes', '0'], /from 1 to 500/],
    [['--faults', '[{"at":"now"}]'], /drawn, none, or a list/],
    [['--faults', 'no-such-file.json'], /cannot be read/],
    [['--radio', '{"fog":1}'], /an object with some of loss/],
  ])('%j ends with 2 and a sentence', async (args, sentence) => {
    const { code, stdout, stderr } = await site.run(['sim', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(sentence);
  });
});
