import { expect, test } from 'vitest';
import { operationsOf } from '../../../test/operations.ts';
import { display } from '../../services/display.ts';
import { type TerminalStream, terminalScreen } from './terminal.ts';

function setUp(about: Omit<TerminalStream, 'write'>) {
  const written: string[] = [];
  const run = operationsOf(display(terminalScreen({ ...about, write: (text) => written.push(text) })));
  return { written, write: (text: string) => run('write', text) };
}

/** What a terminal shows after these writes: just the sequences that the screen uses. */
function shownBy(written: readonly string[]): string[] {
  let rows: string[] = ['left over', 'from before'];
  let row = 0;
  for (const part of written
    .join('')
    .replaceAll('\u001b', '^')
    .split(/(\^\[(?:H|2J|K|J)|\n)/))
    if (part === '^[2J') rows = [];
    else if (part === '^[H') row = 0;
    else if (part === '^[J') rows = rows.slice(0, row);
    else if (part === '\n') row += 1;
    else if (part === '^[K') rows[row] = rows[row] ?? '';
    else if (part !== '') rows[row] = part;
  return rows;
}

test('terminalScreen() redraws in place on a terminal', () => {
  const { written, write } = setUp({ isTTY: true, columns: 20, rows: 6 });
  write('Temp: 21.5°C\nLight: 40%\nHumidity: 50%');
  expect(shownBy(written)).toEqual(['Temp: 21.5°C', 'Light: 40%', 'Humidity: 50%']);
  write('Temp: 22.0°C');
  expect(shownBy(written)).toEqual(['Temp: 22.0°C']);
  expect(written).toEqual([
    '\u001b[2J\u001b[HTemp: 21.5°C\u001b[K\nLight: 40%\u001b[K\nHumidity: 50%\u001b[K\n\u001b[J',
    '\u001b[HTemp: 22.0°C\u001b[K\n\u001b[J',
  ]);
});

test('terminalScreen() cuts what does not fit the terminal, whole characters at a time', () => {
  const { written, write } = setUp({ isTTY: true, columns: 4, rows: 3 });
  write('12345678\n👍👍👍👍👍\nthird');
  expect(shownBy(written)).toEqual(['1234', '👍👍👍👍']);
});

test('terminalScreen() writes plain lines, each with a prefix, when the output is no terminal', () => {
  const { written, write } = setUp({});
  write('Temp: 21.5°C\nLight: 40%');
  write('');
  expect(written).toEqual(['DISPLAY: Temp: 21.5°C\nDISPLAY: Light: 40%\n', 'DISPLAY: \n']);
});
