import { describe, expect, test } from 'vitest';
import type { Link } from './link.ts';
import { RawRepl } from './raw-repl.ts';

const BANNER = 'raw REPL; CTRL-B to exit\r\n>';

/** A board that answers what is written, by the first rule whose text it ends with. */
function scripted(...rules: readonly (readonly [string, string | 'gone'])[]): Link & { readonly written: string[] } {
  let say: (bytes: Uint8Array) => void = () => undefined;
  let end: () => void = () => undefined;
  const written: string[] = [];
  return {
    name: '/dev/ttyACM0',
    written,
    async write(bytes) {
      const text = Buffer.from(bytes).toString('latin1');
      written.push(text);
      const answer = rules.find(([asked]) => text.endsWith(asked))?.[1];
      if (answer === 'gone') end();
      else if (answer !== undefined) say(Buffer.from(answer, 'latin1'));
    },
    listen(data, ended) {
      say = data;
      end = ended;
    },
    close: async () => undefined,
  };
}

const enters = ['\x01', BANNER] as const;

describe('The raw REPL', () => {
  test('sends no more than the board has room for', async () => {
    const link = scripted(
      ['A\x01', 'R\x01\x04\x00'],
      enters,
      ['\x04', '\x04done\x04\x04>'],
      ['code', '\x01'],
      [' in ', '\x01\x01'],
    );
    const repl = await RawRepl.open(link);
    link.written.length = 0;
    expect(await repl.run('code in parts')).toBe('done');
    expect(link.written).toEqual(['\x05A\x01', 'code', ' in ', 'parts', '\x04']);
  });

  test('goes on when the board ends a paste early', async () => {
    const link = scripted(['A\x01', 'R\x01\x04\x00'], enters, ['\x04', '\x04MemoryError: \r\n\x04>'], ['code', '\x04']);
    const repl = await RawRepl.open(link);
    await expect(repl.run('code in parts')).rejects.toMatchObject({ code: 'FAILED', message: 'MemoryError:' });
    expect(link.written.at(-1)).toBe('\x04');
  });

  test('of a MicroPython before 1.14 takes code without flow control, in small parts', async () => {
    const link = scripted(['A\x01', `\r\n${BANNER}`], enters, ['\x04', 'OKdone\x04\x04>']);
    const repl = await RawRepl.open(link);
    link.written.length = 0;
    expect(await repl.run('x'.repeat(200))).toBe('done');
    expect(await repl.run('y')).toBe('done');
    expect(link.written.map((text) => text.length)).toEqual([3, 128, 72, 1, 1, 1]);
  });

  test('that never answers is no MicroPython, and the error says how to get one', async () => {
    const opening = RawRepl.open(scripted());
    await expect(opening).rejects.toMatchObject({ code: 'HOST', message: expect.stringContaining('BOOTSEL') });
  });

  test('of a board that is unplugged says so at once', async () => {
    const opening = RawRepl.open(scripted(['\x01', 'gone']));
    await expect(opening).rejects.toMatchObject({ code: 'HOST', message: expect.stringContaining('is gone') });
  });
});
