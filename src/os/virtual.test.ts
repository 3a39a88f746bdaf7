import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { World } from '../../test/world.ts';
import type { TdosError } from '../base/errors.ts';
import { bootOn } from './boot.ts';
import type { Os, ServiceDefinition } from './os.ts';
import { defineService } from './service.ts';
import { defineVirtual, type Reduction, type VirtualSpec } from './virtual.ts';

const start = (world: World, name: string, services: readonly ServiceDefinition[] = []): Promise<Os> =>
  bootOn(world.host(name), { name, services });

interface Source {
  value: unknown;
  unit?: string;
  age?: number;
}

/** A sensor in each room, and a virtual service computed from them. */
async function house(sources: Readonly<Record<string, Source>>, spec: Partial<VirtualSpec>) {
  const world = new World(1);
  for (const [name, said] of Object.entries(sources))
    await start(world, name, [defineService({ name: 'temp_sensor', read: () => said })]);
  const brain = await start(world, 'brain', [
    defineVirtual('house_temp', { from: 'temp_sensor@*', reduce: 'median', ...spec }),
  ]);
  const os = await start(world, 'pc');
  const all = Object.keys(sources).length + 1;
  await world.until(() => os.list().length === all && brain.list().length === all, 2000);
  // Old enough to open `@*` without waiting for more instances.
  await world.run(500);
  const handle = await world.finish(os.open('house_temp'), 1000);
  const read = (options = {}) => world.finish(handle.read(options), 5000);
  const fail = () => read().catch(({ code, message }: TdosError) => `${code} ${message}`);
  return { world, read, fail };
}

describe('defineVirtual', () => {
  it('computes a value as old as its oldest source, and is opened like any other', async () => {
    const sources = {
      a: { value: 20, unit: '°C', age: 100 },
      b: { value: 30, unit: '°C' },
      c: { value: 22, unit: '°C' },
    };
    const { read } = await house(sources, { labels: { floor: 'all' }, version: '2.0.0' });
    expect(await read()).toEqual({
      value: 22,
      unit: '°C',
      quality: 'live',
      age: 100,
      node: 'brain',
      nodeId: expect.any(Number),
      service: 'house_temp',
      trusted: true,
    });
  });

  it('reduces as its name says', async () => {
    const expected: Record<Reduction, (values: readonly number[]) => number> = {
      median: (values) => {
        const sorted = [...values].sort((x, y) => x - y);
        const middle = Math.floor(sorted.length / 2);
        const upper = sorted[middle] ?? 0;
        return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
      },
      mean: (values) => values.reduce((a, b) => a + b) / values.length,
      min: (values) => Math.min(...values),
      max: (values) => Math.max(...values),
      sum: (values) => values.reduce((a, b) => a + b),
      count: (values) => values.length,
    };
    const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 5 });
    const names = fc.constantFrom<Reduction>('median', 'mean', 'min', 'max', 'sum', 'count');
    await fc.assert(
      fc.asyncProperty(values, names, async (list, reduce) => {
        const sources = Object.fromEntries(list.map((value, number) => [`n${number}`, { value, unit: '°C' }]));
        const { read } = await house(sources, { reduce });
        const reading = await read();
        expect(reading.value).toBeCloseTo(expected[reduce](list), 9);
        expect(reading.unit).toBe(reduce === 'count' ? '' : '°C');
      }),
      { numRuns: 30 },
    );
  });

  it('takes a function, and a unit of its own', async () => {
    const spread = (values: readonly number[]) => Math.max(...values) - Math.min(...values);
    const { read } = await house({ a: { value: 20 }, b: { value: 23 } }, { reduce: spread, unit: 'K' });
    expect(await read()).toMatchObject({ value: 3, unit: 'K' });
  });

  it('leaves out sources that cannot be read, and is stale as soon as one of its values is', async () => {
    const sources = { a: { value: 20 }, b: { value: 30 } };
    const strict = await house(sources, { reduce: 'mean' });
    await strict.read();
    strict.world.host('b').kill();
    expect(await strict.read()).toMatchObject({ value: 20, quality: 'live' });

    const lenient = await house(sources, { reduce: 'mean', maxAge: 60_000 });
    await lenient.read();
    const measured = lenient.world.now();
    lenient.world.host('b').kill();
    const reading = await lenient.read({ maxAge: 60_000 });
    expect(reading).toMatchObject({ value: 25, quality: 'stale' });
    expect(reading.age).toBeGreaterThanOrEqual(lenient.world.now() - measured);
    expect(await lenient.fail()).toMatch(
      /^STALE house_temp on brain answered with a value up to \d+ ms old, kept from/,
    );
  });

  it('says why there is no value', async () => {
    expect(await (await house({}, {})).fail()).toBe(
      'UNAVAILABLE `house_temp` is computed from temp_sensor@*: nobody offers it.',
    );
    expect(await (await house({ a: { value: 1, unit: '°C' }, b: { value: 1, unit: '°F' } }, {})).fail()).toBe(
      'FAILED The sources of `house_temp` measure in different units: °C, °F.',
    );
    expect(await (await house({ a: { value: 'warm' } }, {})).fail()).toBe(
      'FAILED `house_temp` is computed from numbers, but temp_sensor@* on a gives "warm".',
    );
    expect(await (await house({}, { from: 'temp_sensor@attic' })).fail()).toMatch(
      /^UNAVAILABLE `house_temp` is computed from temp_sensor@attic: No node offers temp_sensor/,
    );
  });

  it('counts even none, and things that are no numbers', async () => {
    expect(await (await house({}, { reduce: 'count' })).read()).toMatchObject({ value: 0, unit: '' });
    expect(await (await house({ a: { value: 'on' } }, { reduce: 'count' })).read()).toMatchObject({ value: 1 });
  });

  it('can be computed from one resource, once that appears', async () => {
    const { world, read, fail } = await house(
      { a: { value: 20, unit: '°C' } },
      { from: 'temp_sensor@b', reduce: 'max' },
    );
    expect(await fail()).toMatch(/^UNAVAILABLE .* there is a\.$/);
    await start(world, 'b', [defineService({ name: 'temp_sensor', read: () => ({ value: 30, unit: '°C' }) })]);
    expect(await read()).toMatchObject({ value: 30, unit: '°C' });
  });

  it('refuses what makes no sense when it is defined', () => {
    const define = (spec: object) => () => defineVirtual('t', { from: 'a@*', reduce: 'median', ...spec });
    expect(define({ reduce: 'mode' })).toThrow('cannot reduce by `mode`');
    expect(define({ from: '@' })).toThrow('names no resource');
    expect(define({ version: 'new' })).toThrow('must read like 1.2.0');
  });
});
