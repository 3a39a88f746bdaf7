import { describe, expect, it } from 'vitest';
import { printable, state, tableText } from './table.ts';

describe('tableText', () => {
  it('lines the columns up, with two spaces between them and none at the ends', () => {
    expect(
      tableText(
        ['SERVICE', 'NODE'],
        [
          ['temp_sensor', 'kitchen'],
          ['°C', state('weird')],
        ],
      ).split('\n'),
    ).toEqual(['SERVICE      NODE', 'temp_sensor  kitchen', '°C           weird']);
  });

  it('shows control characters from the network and does not let the terminal obey them', () => {
    expect(tableText(['N'], [['a\u001b[2Jb\nc']])).toBe('N\na␛[2Jb␊c');
    expect(printable('a\u009b\u202eb°')).toBe('a\ufffd\ufffdb°');
  });
});
