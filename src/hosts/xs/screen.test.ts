import { expect, test } from 'vitest';
import { pocoScreen } from './screen.ts';

test('A Poco screen draws what was written since it was cleared, and no line that does not fit', () => {
  const drawn: string[] = [];
  const poco = {
    width: 240,
    height: 50,
    begin: () => drawn.push('begin'),
    end: () => drawn.push('end'),
    makeColor: (red: number) => red,
    fillRectangle: (...given: readonly number[]) => drawn.push(`fill ${given.join(' ')}`),
    drawText: (text: string, _: object, color: number, x: number, y: number, width: number) =>
      drawn.push(`${text} in ${color} at ${x} ${y}, ${width} wide`),
  };
  const screen = pocoScreen(poco, { height: 20 });
  screen.text('old', 0);
  screen.clear();
  for (const [row, line] of ['Temp: 21.5°C', 'Light: 40%', 'too much'].entries()) screen.text(line, row);
  expect(drawn).toEqual([]);
  screen.update();
  expect(drawn).toEqual([
    'begin',
    'fill 0 0 0 240 50',
    'Temp: 21.5°C in 255 at 4 4, 232 wide',
    'Light: 40% in 255 at 4 24, 232 wide',
    'end',
  ]);
});
