// What the README shows, run: its programs, and its commands as far as their names and options go.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqlite } from '../../src/hosts/node/storage/threaded.ts';
import { display } from '../../src/services/display.ts';
import { tempSensor } from '../../src/services/sensors.ts';
import { storage } from '../../src/services/storage/service.ts';
import { House } from './house.ts';
import { Site } from './tdos.ts';

const README = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
const PROGRAMS = new Map(
  [...README.matchAll(/```ts\n\/\/ (\S+)\n([^`]*?(?:`[^`]+`[^`]*?)*)```/g)].map(([, name = '', text = '']) => [
    name,
    text,
  ]),
);
const COMMANDS = [...README.matchAll(/npx tdos (\w+)([^\n`#]*)/g)].map(([, name = '', rest = '']) => ({
  name,
  options: [...rest.matchAll(/--[\w-]+/g)].map(([option]) => option),
}));

let house: House;
let site: Site;

beforeAll(async () => {
  house = await House.open();
  site = await Site.open(house.port);
  const shown = { clear: () => {}, text: () => {}, update: () => {} };
  const engine = await openSqlite({ path: join(site.home, 'rows.sqlite') });
  await house.node('hall', [tempSensor(() => 12, { labels: { room: 'hall' } })]);
  await house.node('desk', [display(shown), storage(engine)]);
});

afterAll(async () => {
  await house.close();
  await site.close();
});

const saved = (name: string): string => site.file(name, PROGRAMS.get(name) ?? '');

describe('The README', () => {
  it('shows three programs', () => {
    expect([...PROGRAMS.keys()]).toEqual(['app.ts', 'more.ts', 'barometer.ts']);
  });

  it('has an app that reads, writes and watches', async () => {
    const { code, stdout, stderr } = await site.run(['run', saved('app.ts'), '--for', '1500ms']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^22\.0 °C from hall: live, at most \d+ ms old\nlive 22\n/);
  });

  it('has a program for the rest, which ends by itself', async () => {
    const { code, stdout, stderr } = await site.run(['run', saved('more.ts')]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      'hall 22',
      'hall 22 °C',
      expect.stringMatching(/^NOT_FOUND No node offers barometer\./),
      '{ stored: 1, repeated: false }',
    ]);
  });

  it('has a service that can be read and calibrated', async () => {
    const sensor = site.start(['sensor', saved('barometer.ts'), '--name', 'attic']);
    await sensor.line('attic: barometer');
    expect(await site.json(['read', 'barometer'])).toMatchObject({ value: 1013, unit: 'hPa', node: 'attic' });
    expect(await site.json(['call', 'barometer', 'calibrate', '{"offset":2}'])).toMatchObject({ result: 2 });
    expect(await site.json(['read', 'barometer@room=attic'])).toMatchObject({ value: 1015 });
  });

  it('names commands and options that exist', async () => {
    const helps = new Map<string, string>();
    for (const name of new Set(COMMANDS.map((command) => command.name)))
      helps.set(name, (await site.run([name, '--help'])).stdout);
    expect(COMMANDS.length).toBeGreaterThan(15);
    for (const { name, options } of COMMANDS)
      for (const option of [`tdos ${name}`, ...options]) expect(helps.get(name)).toContain(option);
  });
});
