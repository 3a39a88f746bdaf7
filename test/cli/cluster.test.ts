// `tdos up` as a user meets it, and every command against the cluster that it starts.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Running } from '../netns.ts';
import { isRunning, Site } from './tdos.ts';

const NAMES = ['balcony', 'bath', 'display', 'hall', 'kernel', 'kitchen', 'logger', 'machine', 'storage'];
const READING = {
  value: expect.any(Number),
  unit: '°C',
  ageMs: expect.any(Number),
  nodeId: expect.stringMatching(/^[0-9a-f]{8}$/),
  service: 'temp_sensor',
  trusted: expect.any(Boolean),
};

interface View {
  readonly services: readonly { readonly service: string; readonly node: string; readonly health: string }[];
  readonly nodes: readonly { readonly node: string }[];
}
const viewOf = (value: unknown): View => value as View;
const healthOf = (value: unknown, node: string): string | undefined =>
  viewOf(value).services.find((row) => row.node === node)?.health;

let site: Site;
let up: Running;

/** The process id that the first table gives for a node. */
const pidOf = (node: string): number =>
  Number(up.lines.find((line) => line.startsWith(`${node} `))?.match(/(\d+)\s*$/)?.[1]);

beforeAll(async () => {
  site = await Site.open();
  up = site.start(['up', '--every', '300ms']);
  await up.line('Light: ', 0, 20_000);
});

afterAll(() => site.close());

describe('tdos up', () => {
  it('shows first which nodes there are, what they serve and their process ids', () => {
    const table = up.lines.slice(0, up.lines.indexOf(''));
    expect(table[0]).toMatch(/^NODE +SERVES +PID$/);
    expect(table.slice(1).map((line) => line.split(/ +/)[0])).toEqual(expect.arrayContaining(NAMES));
    expect(NAMES.map((name) => isRunning(pidOf(name)))).toEqual(NAMES.map(() => true));
    expect(table.find((line) => line.startsWith('bath'))).toMatch(/humidity_sensor/);
  });

  it('shows the weather on the display, with values of other processes and the original lines', async () => {
    const lines = ['display │ DISPLAY: Temp: ', 'display │ DISPLAY: Humidity: ', 'display │ DISPLAY: Light: '];
    const shown = await Promise.all(lines.map((line) => up.line(line)));
    expect(shown).toEqual([
      expect.stringMatching(/Temp: \d+\.\d°C$/),
      expect.stringMatching(/Humidity: \d+\.\d%$/),
      expect.stringMatching(/Light: \d+%$/),
    ]);
  });

  it('refuses to start a second cluster on the same port, and says what to do', async () => {
    const { code, stdout, stderr } = await site.run(['up']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^tdos: a cluster already runs on port \d+: /);
    expect(stderr).toContain(`tdos up --port ${site.port + 100}`);
  });
});

describe('tdos ls', () => {
  it('lists every service and node as a table', async () => {
    const { code, stdout, stderr } = await site.run(['ls']);
    const rows = stdout.trimEnd().split('\n');
    expect([code, stderr]).toEqual([0, '']);
    expect(rows[0]).toMatch(/^SERVICE +NODE +ADDRESS +VERSION +HEALTH +SINCE +RTT/);
    expect(rows.find((row) => row.startsWith('temp_sensor') && row.includes('kitchen'))).toMatch(
      /127\.0\.0\.1:\d+ +1\.0\.0 +alive +.* ms .*room=kitchen/,
    );
    expect(rows.at(-1)).toMatch(/services on 9 nodes; kernel: kernel$/);
    expect(stdout).not.toContain('\u001b');
  });

  it('gives scripts one JSON object with stable keys', async () => {
    const view = await site.json(['ls']);
    expect(view).toEqual({ kernel: 'kernel', services: expect.any(Array), nodes: expect.any(Array) });
    expect(viewOf(view).nodes.map(({ node }) => node)).toEqual(NAMES);
    expect(viewOf(view).services.find(({ node }) => node === 'kitchen')).toEqual({
      service: 'temp_sensor',
      node: 'kitchen',
      nodeId: expect.stringMatching(/^[0-9a-f]{8}$/),
      address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      version: '1.0.0',
      labels: { sensor_type: 'simulated', room: 'kitchen' },
      operations: ['read'],
      health: 'alive',
      sinceMs: expect.any(Number),
      heardMs: expect.any(Number),
      rttMs: expect.any(Number),
      breaker: 'closed',
      v1: false,
      trusted: expect.any(Boolean),
    });
    expect(viewOf(view).nodes[0]).toEqual({
      node: 'balcony',
      nodeId: expect.any(String),
      address: expect.any(String),
      health: 'alive',
      sinceMs: expect.any(Number),
      heardMs: expect.any(Number),
      kernel: false,
      v1: false,
      trusted: true,
      load: expect.any(Number),
      services: ['light_sensor'],
    });
  });
});

describe('tdos info', () => {
  it('tells the operations, whether they may be repeated, and who offers them', async () => {
    expect(await site.json(['info', 'storage'])).toEqual({
      service: 'storage',
      operations: [
        { name: 'append', safe: false },
        { name: 'describe', safe: true },
        { name: 'export', safe: true },
        { name: 'latest', safe: true },
        { name: 'query', safe: true },
        { name: 'series', safe: true },
        { name: 'stats', safe: true },
      ],
      instances: [expect.objectContaining({ node: 'storage', health: 'alive' })],
    });
    expect((await site.run(['info', 'storage'])).stdout).toMatch(/append +runs at most once/);
  });
});

describe('tdos read', () => {
  it('gives a value, how fresh it is and where it comes from', async () => {
    const { code, stdout } = await site.run(['read', 'temp_sensor@kitchen']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+(\.\d+)? °C {2}live, at most .* old, from kitchen.*\n$/);
  });

  it('gives scripts the same as JSON', async () => {
    expect(await site.json(['read', 'temp_sensor@room=hall', '--max-age', '5s'])).toEqual({
      resource: 'temp_sensor@room=hall',
      ...READING,
      quality: 'live',
      node: 'hall',
    });
  });

  it('gives one reading of each node for @*', async () => {
    expect(await site.json(['read', 'temp_sensor@*'])).toEqual({
      resource: 'temp_sensor@*',
      readings: ['hall', 'kitchen'].map((node) => ({ ...READING, quality: 'live', node })),
      failures: [],
    });
  });

  it('ends with 3 and names what is near when nobody offers the service', async () => {
    const { code, stderr } = await site.run(['read', 'temp_senser', '--json', '--timeout', '300ms']);
    expect([code, JSON.parse(stderr)]).toEqual([
      3,
      { error: { code: 'NOT_FOUND', message: expect.stringMatching(/Did you mean .*temp_sensor/) } },
    ]);
  });
});

describe('tdos write and call', () => {
  it('write shows a text on the display of the cluster', async () => {
    const from = up.lines.length;
    expect(await site.run(['write', 'display', 'Dinner\\nis ready'])).toEqual({
      code: 0,
      stdout: 'written\n',
      stderr: '',
    });
    expect(await up.line('DISPLAY: Dinner', from)).toBe('display │ DISPLAY: Dinner');
    expect(await up.line('DISPLAY: is ready', from)).toBe('display │ DISPLAY: is ready');
  });

  it('call passes JSON and gives what the operation answered', async () => {
    const row = { service: 'soil_sensor', node: 'test', value: 7, unit: '%', at: 1 };
    const batch = JSON.stringify({ rows: [row], source: 'test', epoch: 1, sequence: 1 });
    expect([
      await site.json(['call', 'storage', 'append', batch]),
      await site.json(['call', 'storage', 'append', batch]),
      await site.json(['call', 'storage', 'latest', '{"service":"soil_sensor"}']),
    ]).toEqual([
      { resource: 'storage', operation: 'append', result: { stored: 1, repeated: false } },
      { resource: 'storage', operation: 'append', result: { stored: 0, repeated: true } },
      { resource: 'storage', operation: 'latest', result: [row] },
    ]);
    expect(existsSync(join(site.home, 'storage', 'storage.sqlite'))).toBe(true);
  });

  it('call ends with 1 and the error of the service, and with 2 for what is no JSON', async () => {
    const failed = await site.run(['call', 'storage', 'append', '{"rows":[]}']);
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringMatching(/^tdos: .*1 to 4096 rows/)]);
    const unknown = await site.run(['call', 'storage', 'nothing', '--json']);
    expect([unknown.code, JSON.parse(unknown.stderr).error.code]).toEqual([1, 'BAD_OPERATION']);
    const wrong = await site.run(['call', 'storage', 'append', '{rows}']);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('is not JSON')]);
  });
});

describe('tdos watch', () => {
  it('writes a line of JSON each time, until --for has passed', async () => {
    const { code, stdout } = await site.run(['watch', 'temp_sensor@hall', '--every', '100ms', '--for', '1s', '--json']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(0);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines)
      expect(line).toEqual({
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        resource: 'temp_sensor@hall',
        ...READING,
        quality: 'live',
        node: 'hall',
      });
  });

  it('ends within a second of Ctrl-C', async () => {
    const watch = site.start(['watch', 'temp_sensor@*', '--every', '100ms']);
    await watch.line('kitchen ');
    const asked = performance.now();
    watch.process.kill('SIGINT');
    expect(await watch.exit).toBe(0);
    expect(performance.now() - asked).toBeLessThan(1000);
  });
});

describe('tdos top', () => {
  it('is plain where it is piped: what there is, and then what happens', async () => {
    const { code, stdout } = await site.run(['top', '--for', '300ms']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^SERVICE .*\n(.*\n)*.*9 nodes/);
    expect(stdout).not.toContain('\u001b');
  });
});

describe('When a plug is pulled', () => {
  it('the others go on, tdos says what happened, and the command it gives brings the node back', async () => {
    const from = up.lines.length;
    process.kill(pidOf('kitchen'), 'SIGKILL');
    expect(await up.line('was killed', from)).toMatch(/^kitchen │ was killed \(SIGKILL\)/);
    expect(await site.json(['read', 'temp_sensor'])).toMatchObject({ node: 'hall' });
    expect(await up.line('kitchen is dead', from)).toMatch(/^kernel {2}│ kitchen is dead: /);
    expect(healthOf(await site.json(['ls']), 'kitchen')).toBe('dead');
    const gone = await site.run(['read', 'temp_sensor@kitchen', '--json', '--timeout', '300ms']);
    expect([gone.code, JSON.parse(gone.stderr).error.code]).toEqual([1, 'UNAVAILABLE']);
    expect(await site.json(['why', 'temp_sensor@kitchen'])).toMatchObject({ cause: 'dead' });
    const { stdout } = await site.run(['why', 'temp_sensor']);
    // What the kernel saw is told too, though this command came after.
    expect(stdout).toMatch(
      /^temp_sensor@kitchen is dead since \d\d:\d\d:\d\d: .*\n( {2}.*\n)* {2}.*kitchen is suspect: /,
    );
    expect(stdout).toMatch(/\nReads go to temp_sensor@hall \(RTT .* ms\)\.\n/);

    const command = await up.line('npx tdos sensor', from);
    const [, home, args = ''] = command.match(/TDOS_HOME=(\S+) npx tdos (.*)$/) ?? [];
    expect([home, args]).toEqual([
      site.home,
      `sensor temp_sensor --label room=kitchen --name kitchen --port ${site.port}`,
    ]);
    site.start(args.split(' '));
    expect(await up.line('kitchen is back', from)).toMatch(/^kernel/);
    await site.until(['ls'], (view) => healthOf(view, 'kitchen') === 'alive');
    expect(await site.json(['read', 'temp_sensor@kitchen'])).toMatchObject({ node: 'kitchen', quality: 'live' });
  });
});

describe('At the end', () => {
  it('Ctrl-C ends tdos up and all its nodes within a second', async () => {
    const pids = NAMES.filter((name) => name !== 'kitchen').map(pidOf);
    const asked = performance.now();
    up.process.kill('SIGINT');
    expect(await up.exit).toBe(0);
    expect(performance.now() - asked).toBeLessThan(1000);
    expect(pids.filter(isRunning)).toEqual([]);
  });
});
