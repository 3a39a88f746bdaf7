/**
 * The command `tdos board` with a board on a cable: real MicroPython, its REPL behind a pseudo-terminal (`terminal.ts`; what
 * of the REPL is played is in `usb.ts`), real UDP on loopback. What of USB cannot be had here: a port that goes away while
 * the board restarts.
 */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { boot, type Os } from '../../src/index.ts';
import { Site } from '../cli/tdos.ts';
import { Board } from './board.ts';
import type { Flash } from './messages.ts';
import { Cable, hasTerminals } from './terminal.ts';

const PASSWORD = 'a secret of this house';
const GUIDE = readFileSync(new URL('../../boards/README.md', import.meta.url), 'utf8');

let site: Site;
let board: Board;
let cable: Cable;
let os: Os | undefined;

beforeEach(async () => {
  site = await Site.open();
});

afterEach(async () => {
  await os?.close();
  os = undefined;
  await board.powerOff();
  await cable.unplug();
  await site.close();
});

async function plugIn(flash: Flash): Promise<void> {
  board = new Board({ discoveryPort: site.port, program: '', usb: 'paste', flash }).powerOn();
  cable = await Cable.plugIn(board);
}

const TALKER = `
import asyncio
async def main():
    while True:
        print("still here")
        await asyncio.sleep_ms(100)
asyncio.run(main())
`;

/** A command of the guide as words, for this cable. */
function fromGuide(begin: string): string[] {
  const line = GUIDE.split('\n').find((one) => one.startsWith(`npx ${begin}`));
  if (line === undefined) throw new Error(`the guide has no command ${begin}`);
  const words = (line.split('  #')[0] ?? '').match(/"[^"]*"|[^\s"]+/g) ?? [];
  const file = site.file('wifi.txt', `${PASSWORD}\n`);
  const own = words.slice(2).map((word) => (word === 'wifi.txt' ? file : word.replaceAll('"', '')));
  return [...own, '--device', cable.path];
}

describe.runIf(hasTerminals())('A board on a cable', () => {
  test('becomes a node of a running cluster by the commands of the guide, and no secret is printed', async () => {
    os = await boot({ port: site.port, home: site.home, durable: false, kernel: true, name: 'kernel' });
    await plugIn({});
    const set = await site.run(fromGuide('tdos board setup --name'));
    expect(set.stderr).toBe('');
    expect(set.code).toBe(0);
    const light = await os.open<number>('light_sensor@kitchen', { timeoutMs: 15_000 });
    expect(await light.read()).toMatchObject({ node: 'kitchen-board', value: 50, unit: '%' });

    const pushed = await site.run(fromGuide('tdos board push'));
    expect(pushed).toMatchObject({ code: 0, stderr: '' });
    expect(pushed.stdout).toMatch(/^tdos\.py {2}is there already$/m);
    expect(pushed.stdout).toMatch(/^dht22\.py {2}\d+ bytes, verified$/m);
    const chip = await os.open<number>('chip_temperature@kitchen', { timeoutMs: 15_000 });
    await expect.poll(() => chip.read().then(({ node }) => node), { timeout: 15_000 }).toBe('kitchen-board');

    expect(Object.keys(board.flash).sort()).toEqual(
      ['analog', 'bme280', 'dht22', 'main', 'pico_display', 'tdos', 'tinyos']
        .map((name) => `${name}.py`)
        .concat('config.json', 'tdos.state')
        .sort(),
    );
    const key = readFileSync(`${site.home}/key`, 'utf8').trim();
    expect(JSON.parse(board.flash['config.json'] ?? '')).toEqual({
      name: 'kitchen-board',
      key,
      wifi: { ssid: 'your network', password: PASSWORD },
    });
    const printed = set.stdout + pushed.stdout;
    expect(printed).not.toContain(PASSWORD);
    expect(printed).not.toContain(key.slice(0, 9));

    const status = await site.run([...fromGuide('tdos board status'), '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({
      name: 'kitchen-board',
      joined: true,
      library: 'same',
      services: ['chip_temperature', 'light_sensor'],
    });
  }, 90_000);

  test('that has a program of its own keeps it, unless told, and runs it again', async () => {
    await plugIn({ 'main.py': 'print("mine " * 2)\n' });
    let said = '';
    const { says } = board;
    board.says = (bytes) => {
      said += Buffer.from(bytes).toString();
      says(bytes);
    };
    const refused = await site.run(fromGuide('tdos board setup --name'));
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/has a main\.py that was not made here.*--replace/s);
    await board.until(() => /mine mine/.test(said.slice(said.lastIndexOf('raw REPL'))), 10_000, 'second start');
    const logs = site.start(['board', 'logs', '--device', cable.path, '--for', '20s']);
    // A prompt of the last start may stand in the same line.
    const saysItAgain = async (): Promise<boolean> => {
      await board.powerOff();
      board.powerOn();
      return logs.lines.some((line) => line.trim().endsWith('mine mine'));
    };
    await expect.poll(saysItAgain, { timeout: 15_000, interval: 500 }).toBe(true);
    await logs.stop();
    expect(Object.keys(board.flash)).toEqual(['main.py']);
  }, 60_000);

  test('that another program uses is said to be busy', async () => {
    await plugIn({ 'main.py': TALKER });
    const logs = site.start(['board', 'logs', '--device', cable.path, '--for', '20s']);
    await logs.line('still here');
    const { code, stderr } = await site.run(['board', 'reset', '--device', cable.path]);
    expect(stderr).toMatch(/is in use by another program/);
    expect(code).toBe(1);
    await logs.stop();
  }, 40_000);
});
