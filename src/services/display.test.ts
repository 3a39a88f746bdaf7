import fc from 'fast-check';
import { expect, test } from 'vitest';
import { operationsOf } from '../../test/operations.ts';
import { display, MAX_DISPLAY_CHARACTERS, MAX_DISPLAY_LINES } from './display.ts';

function setUp() {
  const calls: string[] = [];
  const run = operationsOf(
    display({
      clear: () => calls.push('clear'),
      text: (line, row) => calls.push(`${row} ${line}`),
      update: () => calls.push('update'),
    }),
  );
  return { calls, run, write: (value: unknown) => run('write', value), read: () => run('read') };
}

test('display() tells what it takes', () => {
  expect(setUp().run('describe')).toEqual({
    write: { type: 'string', maxLength: MAX_DISPLAY_CHARACTERS, description: expect.any(String) },
  });
});

test('display() replaces what is shown, and reads what is shown now', () => {
  const { calls, write, read } = setUp();
  expect(read()).toBe('');
  write('Temp: 21.5°C\nLight: 40%');
  write({ text: 'new' });
  write(42);
  expect(calls).toEqual([
    'clear',
    '0 Temp: 21.5°C',
    '1 Light: 40%',
    'update',
    'clear',
    '0 new',
    'update',
    'clear',
    '0 42',
    'update',
  ]);
  expect(read()).toBe('42');
});

test('display() says with `write!` that a write must not be repeated', () => {
  expect(display({ clear() {}, text() {}, update() {} }, { labels: { room: 'hall' } })).toMatchObject({
    name: 'display',
    version: '1.0.0',
    labels: { room: 'hall' },
    capabilities: ['read', 'write!', 'describe'],
  });
});

test('display() takes out what could steer a terminal', () => {
  const { write, read } = setUp();
  write('a\u001b[2Jb\u0007\r\nc\td\u009be\u202ef\u2028g\rh');
  expect(read()).toBe('a[2Jb\nc defg\nh');
});

test.each([[undefined], [null], [true], [[]], [{}], [{ text: null }], [{ text: ['a'] }]])(
  'display() refuses %j and shows on what it showed',
  (value) => {
    const { calls, write, read } = setUp();
    write('kept');
    expect(() => write(value)).toThrow(expect.objectContaining({ code: 'BAD_ARGUMENT' }));
    expect([read(), calls.length]).toEqual(['kept', 3]);
  },
);

test('display() takes just so much', () => {
  const { write } = setUp();
  write('x'.repeat(MAX_DISPLAY_CHARACTERS));
  write('\n'.repeat(MAX_DISPLAY_LINES - 1));
  for (const text of ['x'.repeat(MAX_DISPLAY_CHARACTERS + 1), '\n'.repeat(MAX_DISPLAY_LINES)])
    expect(() => write(text)).toThrow('A display takes at most 4000 characters in 100 lines.');
});

test('display() reads what was shown before when the screen fails', () => {
  let fails = false;
  const run = operationsOf(
    display({
      clear() {},
      text() {},
      update() {
        if (fails) throw new Error('the wire is loose');
      },
    }),
  );
  run('write', 'first');
  fails = true;
  expect(() => run('write', 'second')).toThrow('the wire is loose');
  expect(run('read')).toBe('first');
});

test('display() never hands a control character to the screen', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const { calls, write } = setUp();
      write(text);
      expect(calls.join('')).not.toMatch(/\p{Cc}/u);
    }),
    { numRuns: 30 },
  );
});
