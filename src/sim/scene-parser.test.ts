import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fault } from './faults.ts';
import { WIFI } from './radio.ts';
import { parseScene, printScene } from './scene-parser.ts';
import { printTrial } from './scene-trial.ts';
import { trialOf } from './search.ts';
import { faultsOf } from './trial-faults.ts';

/** What is said about a text that cannot be read. */
function refusal(...lines: readonly string[]): string {
  try {
    parseScene('late.txt', ['seed 1', 'kernel k1', ...lines].join('\n'));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'none';
}

const stepsOf = (...lines: readonly string[]): unknown[] =>
  parseScene('late.txt', ['seed 1', 'node a', 'node b', ...lines].join('\n'))
    .lines.slice(3)
    .map(({ step }) => step);

describe('The parser of scenes', () => {
  it('reads a line as what it says', () => {
    expect(
      stepsOf(
        'node kitchen offers temp_sensor 1.2.0 room=kitchen, house_temp as median of temp_sensor@*',
        'within 1.5s for 2min a, b see kitchen, a alive, b dead',
        'meanwhile 3 times every 200ms read temp_sensor@room=kitchen >=1 <3 from a within 1s, at most 5min old',
        'write "hot, very" to display from b',
        'kill a, b',
        'one-way a -> b',
        'temp_sensor on kitchen reads -3.5',
      ),
    ).toEqual([
      {
        is: 'start',
        name: 'kitchen',
        role: 'node',
        offers: [
          { service: 'temp_sensor', version: '1.2.0', labels: { room: 'kitchen' }, virtual: undefined },
          {
            service: 'house_temp',
            version: '1.0.0',
            labels: {},
            virtual: { from: 'temp_sensor@*', reduce: 'median' },
          },
        ],
        copyOf: undefined,
      },
      {
        is: 'claim',
        claim: {
          is: 'sees',
          observers: ['a', 'b'],
          views: [
            { node: 'kitchen', state: 'alive' },
            { node: 'a', state: 'alive' },
            { node: 'b', state: 'dead' },
          ],
        },
        withinMs: 1500,
        forMs: 120_000,
      },
      {
        is: 'ask',
        ask: {
          by: 'a',
          resource: 'temp_sensor@room=kitchen',
          versions: '>=1 <3',
          op: 'read',
          args: undefined,
          timeoutMs: 1000,
          maxAgeMs: 300_000,
        },
        times: 3,
        everyMs: 200,
        meanwhile: true,
      },
      expect.objectContaining({
        is: 'ask',
        ask: expect.objectContaining({ op: 'write', args: 'hot, very', by: 'b' }),
      }),
      { is: 'blow', blow: 'kill', nodes: ['a', 'b'] },
      { is: 'one-way', from: 'a', to: 'b' },
      { is: 'device', node: 'kitchen', service: 'temp_sensor', change: { is: 'reads', value: -3.5 } },
    ]);
  });

  it('says where a line is wrong, and what may stand there', () => {
    expect(refusal('kil k1')).toMatch(/^late\.txt:3: `kil k1` is no line of a scene\. Allowed are:\n {2}seed NUMBER\n/);
    expect(refusal('kill')).toBe(
      'late.txt:3: `kill` is no line of a scene. Perhaps one of these was meant:\n' +
        '  kill NODE[, NODE ...]\n  at TIME (200ms, 1.5s, 5min) kill NODE[ for TIME (200ms, 1.5s, 5min)]',
    );
    expect(refusal('after 5 bananas')).toBe(
      'late.txt:3: `after 5 bananas` is no line of a scene. Perhaps one of these was meant:\n' +
        '  after TIME (200ms, 1.5s, 5min)',
    );
    expect(refusal('# fine', '', 'kill kitchen')).toBe('late.txt:5: There is no node kitchen so far; there are k1.');
    expect(refusal('node k1')).toBe('late.txt:3: There is a node k1 already. After a `kill`, `boot k1` starts it.');
    expect(refusal('k1 sees k1 alife')).toBe(
      'late.txt:3: `k1 alife` is no view. A node is seen alive, suspect, dead, left, living, unknown.',
    );
    expect(refusal('node a offers temp_sensor v1')).toBe(
      'late.txt:3: `v1` says nothing about temp_sensor. Write a version (1.2.0) or a label (room=kitchen).',
    );
    expect(() => parseScene('x.txt', '> 21.5')).toThrow('x.txt:1: A golden answer (`>`) stands below the line');
    expect(() => parseScene('x.txt', 'kernel k1')).toThrow('x.txt:1: A scene begins with its seed: `seed 7`.');
    expect(() => parseScene('x.txt', '')).toThrow('x.txt:1: A scene begins with its seed');
  });

  it('keeps the golden answers of a line, and prints what it read', () => {
    const text = '# Two.\n\nseed 1\nkernel k1\nnodes of k1\n> k1 alive\n>\n# End.\n';
    const { lines } = parseScene('x.txt', text);
    expect(lines.map(({ golden }) => golden)).toEqual([[], [], [], [], ['k1 alive', ''], []]);
    expect(printScene(lines, ({ golden }) => golden)).toBe(text.replace('>\n', '> \n'));
  });

  it('never fails but with file and line', () => {
    const word = fc.constantFrom(
      ...'seed node kernel k1 7 offers read from within 5s sees alive > # -> | at kill temp_sensor 20 % @* ,'.split(
        ' ',
      ),
    );
    const text = fc.array(fc.array(word, { maxLength: 6 }), { maxLength: 6 });
    fc.assert(
      fc.property(text, (lines) => {
        try {
          parseScene('x.txt', lines.map((words) => words.join(' ')).join('\n'));
        } catch (error) {
          expect(String(error)).toMatch(/^SceneError: x\.txt:\d+: /);
        }
      }),
    );
  });
});

describe('A trial as a scene', () => {
  it('is read as the same trial, whatever was drawn', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const drawn = trialOf(seed, { readers: 2, callEveryMs: 100 });
      const trial = { ...drawn, faults: faultsOf(drawn) };
      expect(readTrial(printTrial(trial, 'Found by a search.'))).toEqual(trial);
    }
  });

  it('can tell of every kind of fault', () => {
    const faults: Fault[] = [
      ...(['kill', 'leave', 'hang', 'deaf', 'cut'] as const).map((kind) => ({ at: 1, kind, node: 'n1' })),
      ...(['reboot', 'resume', 'mend'] as const).map((kind) => ({ at: 2000, kind, node: 'k1' })),
      { at: 3, kind: 'sleep', node: 'n1', forMs: 5 },
      { at: 3, kind: 'drift', node: 'n1', rate: 0.9937, forMs: 1100 },
      { at: 4, kind: 'habits', node: 'n1', habits: { queue: 4, powerSaveMs: 100 } },
      { at: 5, kind: 'cut', from: 'k1', to: 'n1', forMs: 12_345 },
      { at: 6, kind: 'mend', from: 'k1', to: 'n1' },
      { at: 7, kind: 'partition', groups: [['k1'], ['n1', 'n2'], []] },
      { at: 7, kind: 'partition', groups: [[]], forMs: 3 },
      { at: 8, kind: 'heal' },
      { at: 9, kind: 'loss', loss: 0.15, node: 'n2', forMs: 900 },
      { at: 9, kind: 'loss', loss: 1 },
      { at: 9, kind: 'air', radio: WIFI, node: 'n2' },
      { at: 9, kind: 'air', radio: { burst: { everyMs: 5000, forMs: 300, loss: 0.9 } }, forMs: 70 },
    ];
    const trial = { seed: 1, nodes: 2, kernels: 1, readers: 1, forMs: 20_000, radio: {}, faults };
    expect(readTrial(printTrial(trial, 'All.'))).toEqual(trial);
    expect(readTrial(printTrial({ ...trial, calm: true }, 'Calm.'))).toEqual({ ...trial, calm: true });
    const clear = { ...trial, radio: { burst: undefined } };
    expect(readTrial(printTrial(clear, 'In two\nlines.'))).toEqual(trial);
  });
});

function readTrial(text: string): unknown {
  const { seed, lines } = parseScene('found.txt', text);
  let found: object = { seed, radio: {} };
  const faults: Fault[] = [];
  for (const { step } of lines) {
    if (step?.is === 'trial') found = { ...found, ...step.trial };
    else if (step?.is === 'air') found = { ...found, radio: step.radio };
    else if (step?.is === 'at') faults.push(step.fault);
  }
  return { ...found, faults };
}
