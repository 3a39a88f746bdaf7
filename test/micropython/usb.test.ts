/**
 * The raw REPL client against real MicroPython. What is not MicroPython's own here, raw paste and Ctrl-C, is in `usb.ts`.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { digestOf, digestsOn, putFile } from '../../src/hosts/node/board/files.ts';
import type { Link } from '../../src/hosts/node/board/link.ts';
import { RawRepl } from '../../src/hosts/node/board/raw-repl.ts';
import { Board } from './board.ts';
import type { Flash, Usb, Version } from './messages.ts';

const boards: Board[] = [];
afterEach(async () => {
  await Promise.all(boards.splice(0).map((board) => board.powerOff()));
});

function boardOf(flash: Flash, version: Version = '1.27', usb: Usb = 'paste'): Board {
  const board = new Board({ discoveryPort: 0, program: '', version, usb, flash });
  boards.push(board);
  return board.powerOn();
}

/** A cable without a terminal. */
const linkOf = (board: Board): Link => ({
  name: '/dev/ttyACM0',
  write: async (bytes) => board.type(bytes),
  listen: (data) => {
    board.says = data;
  },
  close: async () => undefined,
});

const BUSY =
  'import asyncio\nasync def main():\n    while True:\n        await asyncio.sleep(1)\nasyncio.run(main())\n';

describe.each([
  ['1.23', 'paste'],
  ['1.25', 'plain'],
  ['1.27', 'paste'],
] as const)('MicroPython %s, %s', (version, usb) => {
  test('A running program is stopped, and Python gives what it prints and what it raises', async () => {
    const repl = await RawRepl.open(linkOf(boardOf({ 'main.py': `kept = 7\n${BUSY}` }, version, usb)));
    expect(await repl.run('print(kept, "°C")')).toBe('7 °C\n');
    await expect(repl.run('1/0')).rejects.toMatchObject({
      code: 'FAILED',
      message: 'ZeroDivisionError: divide by zero',
    });
    const long = 'x'.repeat(3000);
    expect(await repl.run(`print(len("${long}"))`)).toBe('3000\n');
  });

  test('A file arrives whole, takes the place of the old one, and is known by its digest', async () => {
    const board = boardOf({ 'main.py': 'old' }, version, usb);
    const repl = await RawRepl.open(linkOf(board));
    const text = `# °\n${'print("line")\n'.repeat(300)}`;
    const bytes = Buffer.from(text);
    const progress: number[] = [];
    await putFile(repl, { name: 'main.py', bytes }, (sent) => progress.push(sent));
    expect(progress.at(-1)).toBe(bytes.length);
    expect(await digestsOn(repl, ['main.py', 'other.py'])).toEqual([digestOf(bytes), undefined]);
    await board.until(() => board.flash['main.py'] === text, 1000, 'file');
    expect(Object.keys(board.flash)).toEqual(['main.py']);
  });
});

test('A file that the board refuses leaves nothing behind, and the board goes on', async () => {
  const board = boardOf({});
  const repl = await RawRepl.open(linkOf(board));
  await expect(putFile(repl, { name: 'none/main.py', bytes: Buffer.from('1') })).rejects.toMatchObject({
    code: 'HOST',
    // A board says 2, and this build another number.
    message: expect.stringMatching(/no folder for none\/main.py|did not take none\/main.py: OSError/),
  });
  expect(await repl.run('print(1)')).toBe('1\n');
  expect(board.flash).toEqual({});
});

test('A file that is damaged on the way does not take the place of the old one', async () => {
  const board = boardOf({ 'main.py': 'old' });
  const link = linkOf(board);
  const write = (bytes: Uint8Array): Promise<void> =>
    link.write(Buffer.from(Buffer.from(bytes).toString('latin1').replace('bmV3', 'bmVX'), 'latin1'));
  const repl = await RawRepl.open({ ...link, write });
  await expect(putFile(repl, { name: 'main.py', bytes: Buffer.from('new') })).rejects.toMatchObject({
    code: 'HOST',
    message: expect.stringMatching(/^main\.py was not put on the board: what arrived is not what was sent/),
  });
  expect(board.flash['main.py']).toBe('old');
});

test('A reset starts main.py', async () => {
  const board = boardOf({});
  const link = linkOf(board);
  const repl = await RawRepl.open(link);
  await putFile(repl, { name: 'main.py', bytes: Buffer.from('print("started")') });
  let said = '';
  const { says } = board;
  board.says = (bytes) => {
    said += Buffer.from(bytes).toString();
    says(bytes);
  };
  await repl.start('import machine\nmachine.reset()');
  await board.until(() => /started/.test(said), 5000, 'start');
});
