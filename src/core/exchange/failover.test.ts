import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRange } from '../../base/semver.ts';
import { instant } from '../../base/time.ts';
import type { PeerState } from '../../wire/message.ts';
import type { Instance, Selector } from '../model.ts';
import { candidates, offering, rank, type Standing } from './failover.ts';

interface Sketch {
  readonly id: number;
  readonly name?: string;
  readonly service?: string;
  readonly version?: string;
  readonly labels?: Record<string, string>;
  readonly state?: PeerState;
  readonly load?: number;
  readonly admits?: 'yes' | 'trial' | 'no';
  readonly unanswered?: number;
  readonly capabilities?: readonly string[];
  readonly rttMs?: number | undefined;
  readonly v1?: boolean;
}

const instance = (sketch: Sketch): Instance => ({
  node: {
    id: sketch.id,
    epoch: 1,
    name: sketch.name ?? `node-${sketch.id}`,
    address: '10.0.0.1:4000',
    generation: 1,
    abilities: { kernel: false, helper: false, inflates: false, v1: sketch.v1 ?? false, takesKiB: 4, window: 1 },
    protocol: { min: 2, max: 2 },
    services: [],
    state: sketch.state ?? 'alive',
    since: instant(0),
    heardAt: instant(0),
    intervalMs: 1000,
    judge: 0,
    load: sketch.load ?? 0,
    version: 0,
  },
  offer: {
    index: 0,
    name: sketch.service ?? 'temp_sensor',
    version: sketch.version ?? '1.0.0',
    labels: sketch.labels ?? {},
    capabilities: sketch.capabilities ?? ['read'],
  },
});

const chosen = (sketches: readonly Sketch[], selector: Partial<Selector>) => {
  const { fits, why } = candidates(sketches.map(instance), { service: 'temp_sensor', ...selector });
  return { ids: fits.map(({ node }) => node.id), why: fits.length === 0 ? why : undefined };
};

const order = (sketches: readonly Sketch[], prefer = 0, safe = true): number[] => {
  const of = (id: number): Sketch | undefined => sketches.find((sketch) => sketch.id === id);
  const standing: Standing = {
    admits: ({ node }) => of(node.id)?.admits ?? 'yes',
    unansweredTries: (node) => of(node)?.unanswered ?? 0,
    rttMs: (node) => of(node)?.rttMs,
  };
  return rank(sketches.map(instance), standing, prefer, safe).map(({ node }) => node.id);
};

const range = (text: string): { versions: NonNullable<Selector['versions']> } => {
  const versions = parseRange(text);
  if (versions === undefined) throw new Error(`no range: ${text}`);
  return { versions };
};

describe('candidates()', () => {
  test('take a board that anybody could forge only where no other node was ever meant, and not where trust is asked for', () => {
    const [own, forged] = [
      { id: 1, name: 'hall' },
      { id: 2, v1: true },
    ];
    const all: [readonly Sketch[], Partial<Selector>, readonly number[], string | undefined][] = [
      [[own, forged], {}, [1], undefined],
      [[{ ...own, state: 'suspect' }, forged], {}, [1], undefined],
      [[{ ...own, state: 'dead' }, forged], {}, [], 'dead'],
      [[own, { ...forged, labels: { room: 'hall' } }], { at: 'hall' }, [1], undefined],
      [[own, forged], { at: 'node-2' }, [2], undefined],
      [[{ ...own, service: 'other' }, forged], {}, [2], undefined],
      [[{ ...own, state: 'left' }, forged], {}, [2], undefined],
      [[own, forged], { trusted: true }, [1], undefined],
      [[forged], { trusted: true }, [], 'untrusted'],
      [[own, forged], { trusted: true, at: 'node-2' }, [], 'untrusted'],
    ];
    expect(all.map(([sketches, selector]) => chosen(sketches, selector))).toEqual(
      all.map(([, , ids, why]) => ({ ids, why })),
    );
  });

  const kitchen = { id: 1, name: 'kitchen', version: '1.2.0' };
  const cellar = { id: 2, name: 'pico-2', version: '2.0.0', labels: { room: 'cellar', floor: 'kitchen' } };
  const humid = { id: 3, service: 'humidity_sensor' };
  const all = [kitchen, cellar, humid];

  test('takes all that offer the service', () => {
    expect(chosen(all, {}).ids).toEqual([1, 2]);
  });

  test('takes a name for that of a node or the value of any label', () => {
    expect(chosen(all, { at: 'kitchen' }).ids).toEqual([1, 2]);
    expect(chosen(all, { at: 'cellar' }).ids).toEqual([2]);
    expect(chosen(all, { at: 'room' })).toEqual({ ids: [], why: 'label' });
  });

  test('takes one label by key and value, and no label that merely every object has', () => {
    expect(chosen(all, { label: { key: 'room', value: 'cellar' } }).ids).toEqual([2]);
    expect(chosen(all, { label: { key: 'room', value: 'kitchen' } })).toEqual({ ids: [], why: 'label' });
    expect(chosen(all, { label: { key: 'constructor', value: String(Object) } })).toEqual({ ids: [], why: 'label' });
  });

  test('takes exactly one node, and only versions in the range', () => {
    expect(chosen(all, { node: { id: 2, name: 'node-2' } }).ids).toEqual([2]);
    expect(chosen(all, range('^1.1')).ids).toEqual([1]);
    expect(chosen([{ id: 4, version: 'nonsense' }], {}).ids).toEqual([4]);
    expect(chosen([{ id: 4, version: 'nonsense' }], range('*'))).toEqual({ ids: [], why: 'version' });
  });

  test('says what ruled out the last ones', () => {
    expect(chosen(all, { service: 'light' })).toEqual({ ids: [], why: 'none' });
    expect(chosen(all, { node: { id: 3, name: 'node-3' } })).toEqual({ ids: [], why: 'label' });
    expect(chosen(all, range('^3'))).toEqual({ ids: [], why: 'version' });
    expect(chosen(all, { at: 'cellar', ...range('^1') })).toEqual({ ids: [], why: 'version' });
    expect(
      chosen(
        [
          { id: 1, state: 'dead' },
          { id: 2, state: 'left' },
        ],
        {},
      ),
    ).toEqual({ ids: [], why: 'dead' });
    expect(chosen([{ id: 2, state: 'left' }], {})).toEqual({ ids: [], why: 'none' });
  });

  test('leaves out the dead and those that left, but not suspects', () => {
    const states: PeerState[] = ['alive', 'suspect', 'dead', 'left'];
    expect(
      chosen(
        states.map((state, id) => ({ id, state })),
        {},
      ).ids,
    ).toEqual([0, 1]);
  });
});

describe('offering()', () => {
  const offered = (...sketches: Sketch[]): number[] =>
    offering('read', sketches.map(instance)).map(({ node }) => node.id);

  test('leaves out those that do not list the operation', () => {
    expect(offered({ id: 1, capabilities: [] }, { id: 2 }, { id: 3, capabilities: ['read!'] })).toEqual([2, 3]);
  });

  test('keeps all when nobody lists it, so that one of them may say that it does not know it', () => {
    expect(offered({ id: 1, capabilities: [] }, { id: 2, capabilities: ['write!'] })).toEqual([1, 2]);
  });
});

describe('rank()', () => {
  test('puts health before breaker, unanswered tries, round trip, load, habit and id, in this order', () => {
    const worst: Sketch = { id: 99, state: 'suspect', admits: 'trial', unanswered: 2, rttMs: 900, load: 255 };
    const better: Partial<Sketch>[] = [
      {},
      { load: 0 },
      { rttMs: 5 },
      { unanswered: 0 },
      { admits: 'yes' },
      { state: 'alive' },
    ];
    // Each is better than the one before in one weightier thing, and worse in all lighter ones.
    const sketches = better.map((gain, at) => ({ ...worst, id: 50 - at, ...gain }));
    expect(order([...sketches, worst], 99)).toEqual([45, 46, 47, 48, 49, 99, 50]);
    expect(order([...sketches, worst])).toEqual([45, 46, 47, 48, 49, 50, 99]);
  });

  test('does not leave the one that served last for a single lost try, but for a second', () => {
    expect(order([{ id: 1 }, { id: 2, unanswered: 1 }], 2)).toEqual([2, 1]);
    expect(order([{ id: 1 }, { id: 2, unanswered: 2 }], 2)).toEqual([1, 2]);
    expect(order([{ id: 1 }, { id: 2, unanswered: 1 }])).toEqual([1, 2]);
  });

  test('leaves out those whose breaker refuses, and those that died since', () => {
    expect(order([{ id: 1, admits: 'no' }, { id: 2 }, { id: 3, state: 'dead' }, { id: 4, state: 'left' }])).toEqual([
      2,
    ]);
  });

  test('compares round trips by classes, an unknown one as the second best', () => {
    expect(
      order([
        { id: 1, rttMs: 9 },
        { id: 2, rttMs: 2 },
        { id: 3, rttMs: 10 },
      ]),
    ).toEqual([1, 2, 3]);
    for (const [low, high] of [
      [11, 30],
      [31, 100],
      [101, 300],
    ] as const)
      expect(
        order([
          { id: 1, rttMs: high },
          { id: 2, rttMs: low },
        ]),
      ).toEqual([1, 2]);
    const far = [11, 31, 101, 301].map((rttMs, at) => ({ id: 9 - at, rttMs }));
    expect(order([...far, { id: 1 }, { id: 10, rttMs: 10 }])).toEqual([10, 1, 9, 8, 7, 6]);
  });

  test('compares load by quarters', () => {
    expect(
      order([
        { id: 1, load: 63 },
        { id: 2, load: 0 },
      ]),
    ).toEqual([1, 2]);
    expect(
      order([
        { id: 1, load: 64 },
        { id: 2, load: 0 },
      ]),
    ).toEqual([2, 1]);
  });

  test('stays with the one that served last until another is clearly better', () => {
    expect(order([{ id: 1 }, { id: 2 }], 2)).toEqual([2, 1]);
    expect(
      order(
        [
          { id: 1, rttMs: 9 },
          { id: 2, rttMs: 19 },
        ],
        2,
      ),
    ).toEqual([2, 1]);
    expect(
      order(
        [
          { id: 1, rttMs: 9 },
          { id: 2, rttMs: 21 },
        ],
        2,
      ),
    ).toEqual([1, 2]);
    expect(
      order(
        [
          { id: 1, load: 60 },
          { id: 2, load: 90 },
        ],
        2,
      ),
    ).toEqual([2, 1]);
    expect(
      order(
        [
          { id: 1, load: 60 },
          { id: 2, load: 96 },
        ],
        2,
      ),
    ).toEqual([1, 2]);
  });

  test('sends a safe call first where a trial is due, an unsafe one only when nothing healthier is left', () => {
    const pair: Sketch[] = [
      { id: 1, rttMs: 1 },
      { id: 2, admits: 'trial', rttMs: 900 },
    ];
    expect(order(pair, 1, true)).toEqual([2, 1]);
    expect(order(pair, 1, false)).toEqual([1, 2]);
    expect(order([{ id: 2, admits: 'trial' }], 0, false)).toEqual([2]);
  });

  test('does not try a half-open breaker first on a node that is suspect or left a try unanswered', () => {
    expect(order([{ id: 1 }, { id: 2, admits: 'trial', state: 'suspect' }])).toEqual([1, 2]);
    expect(order([{ id: 1 }, { id: 2, admits: 'trial', unanswered: 1 }])).toEqual([1, 2]);
  });

  test('keeps its choice under noise: the first, once it served, stays first while nobody leaves its class by far', () => {
    const near = fc.record({
      rttMs: fc.double({ min: 6, max: 18, noNaN: true }),
      load: fc.integer({ min: 40, max: 75 }),
    });
    fc.assert(
      fc.property(
        fc.array(fc.array(near, { minLength: 3, maxLength: 3 }), { minLength: 2, maxLength: 10 }),
        (rounds) => {
          const looks = rounds.map((round) => round.map((noise, at) => ({ id: at + 1, ...noise })));
          const first = order(looks[0] ?? [])[0];
          for (const look of looks) expect(order(look, first)[0]).toBe(first);
        },
      ),
    );
  });

  test('gives one order whatever order the instances come in', () => {
    const sketch = fc.record({
      state: fc.constantFrom<PeerState>('alive', 'suspect', 'dead', 'left'),
      admits: fc.constantFrom<'yes' | 'trial' | 'no'>('yes', 'trial', 'no'),
      unanswered: fc.nat(2),
      rttMs: fc.option(fc.nat(400), { nil: undefined }),
      load: fc.nat(255),
    });
    fc.assert(
      fc.property(
        fc.array(sketch, { maxLength: 6 }),
        fc.nat(6),
        fc.boolean(),
        fc.integer(),
        (drawn, prefer, safe, turn) => {
          const sketches = drawn.map((one, id) => ({ ...one, id: id + 1 }));
          const turned = [...sketches].sort((a, b) => ((a.id * 7 + turn) % 5) - ((b.id * 7 + turn) % 5));
          expect(order(turned, prefer, safe)).toEqual(order(sketches, prefer, safe));
        },
      ),
    );
  });
});
