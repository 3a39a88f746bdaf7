import { expect, test } from 'vitest';
import { chartText } from './plot.ts';

const NOON = Date.UTC(2026, 2, 29, 12);
const plain = (text: string): string => text;
const options = { from: NOON, to: NOON + 60_000, zone: 'UTC', unit: '°C', width: 40, height: 6, gap: 20_000 };
const line = (count: number, value: (n: number) => number) =>
  Array.from({ length: count }, (_, n) => ({ at: NOON + (n * 60_000) / (count - 1), value: value(n) }));

test('A chart has a curve, the values beside it and the times below', () => {
  const rising = { name: 'temp', points: line(13, (n) => 20 + n), paint: plain };
  expect(chartText([rising], options).split('\n')).toEqual([
    '32 ┤                              ⢀⣀⠤⠔⠒⠉',
    '   │                        ⢀⣀⠤⠔⠒⠉⠁',
    '   │                   ⣀⠤⠔⠒⠉⠁',
    '   │           ⢀⣀⠤⠔⠒⠒⠉⠉',
    '22 ┤     ⢀⣀⠤⠔⠒⠉⠁',
    '20 ┤⣀⠤⠔⠒⠉⠁',
    '°C └────────────────────────────────────',
    '    12:00:00      12:00:30      12:01:00',
  ]);
});

test('What is not known is a gap, and what does not change is a line', () => {
  const points = [0, 10_000, 50_000, 60_000].map((ms) => ({ at: NOON + ms, value: 7 }));
  const rows = chartText([{ name: 'temp', points, paint: plain }], options)
    .split('\n')
    .slice(0, 6);
  const drawn = rows.filter((row) => /[\u2801-\u28ff]/.test(row));
  expect(drawn).toEqual([expect.stringMatching(/^ *\S* ?[┤│][⠤⠒⣀⠉⠁⡀⠂⠄⠐⠠]{5,8} {15,}[⠤⠒⣀⠉⢀⠠⠐⠈⠁⠂⠄⡀]{5,8}$/u)]);
});

test('Several curves have a legend, and days on the axis when the span is long', () => {
  const text = chartText(
    [
      { name: 'hall', points: line(3, () => 1), paint: plain },
      { name: 'kitchen', points: line(3, (n) => n), paint: plain },
    ],
    { ...options, to: NOON + 3 * 86_400_000, width: 60 },
  );
  expect(text).toContain('2026-03-29 12:00');
  expect(text).toContain('2026-04-01 12:00');
  expect(text.split('\n').at(-1)?.trim()).toBe('● hall  ● kitchen');
});
