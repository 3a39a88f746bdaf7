import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Screen } from './screen.ts';

/** A terminal of 3 lines that remembers what was written and how it was set. */
function terminal() {
  const written: string[] = [];
  const modes: string[] = [];
  const output = Object.assign(new EventEmitter(), {
    rows: 3,
    write: (text: string) => {
      written.push(text);
      return true;
    },
  });
  const input = Object.assign(new EventEmitter(), {
    isTTY: true,
    setRawMode(raw: boolean) {
      modes.push(raw ? 'raw' : 'cooked');
      return this;
    },
    pause() {
      modes.push('paused');
      return this;
    },
    resume() {
      modes.push('resumed');
      return this;
    },
  });
  const told: string[] = [];
  // A test double of the few members that a screen uses.
  const screen = new Screen(
    output as unknown as ConstructorParameters<typeof Screen>[0],
    input as unknown as ConstructorParameters<typeof Screen>[1],
    () => told.push('quit'),
    () => told.push('resized'),
  );
  return { written, modes, output, input, told, screen };
}

describe('Screen', () => {
  it('takes the terminal, draws what fits, and gives it back once', () => {
    const { written, modes, screen, output, input } = terminal();
    screen.draw(['one', 'two', 'three', 'four']);
    screen.close();
    screen.close();
    screen.draw(['late']);
    expect(written).toEqual([
      '\u001b[?1049h\u001b[?25l\u001b[?7l',
      '\u001b[?2026h\u001b[H\u001b[Kone\r\n\u001b[Ktwo\r\n\u001b[Jthree\u001b[?2026l',
      '\u001b[?7h\u001b[?25h\u001b[?1049l',
    ]);
    expect(modes).toEqual(['raw', 'resumed', 'cooked', 'paused']);
    expect([output.listenerCount('resize'), input.listenerCount('data')]).toEqual([0, 0]);
  });

  it.each([['q'], ['Q'], ['\u0003']])('quits on %j', (key) => {
    const { input, told } = terminal();
    input.emit('data', Buffer.from(key));
    expect(told).toEqual(['quit']);
  });

  it('tells of a resize, and ignores other keys', () => {
    const { input, output, told } = terminal();
    input.emit('data', Buffer.from('x\u001b[A'));
    output.emit('resize');
    expect(told).toEqual(['resized']);
  });
});
