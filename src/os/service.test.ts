import { describe, expect, it } from 'vitest';
import { operationsOf } from '../../test/operations.ts';
import { TdosError } from '../base/errors.ts';
import type { Result } from '../core/model.ts';
import { jsonFault } from './json.ts';
import { conclude } from './result.ts';
import { defineService } from './service.ts';

const read = (): number => 1;

describe('defineService', () => {
  it('lists what the service can do, with a mark on what must not be repeated', () => {
    const run = (): void => undefined;
    const service = defineService({
      name: 'soil_sensor',
      version: '1.2.0',
      labels: { room: 'greenhouse' },
      read,
      write: (value: string) => value,
      ops: { calibrate: { safe: false, run: ({ dry }) => dry }, peek: { safe: true, run } },
    });
    expect(service).toMatchObject({
      name: 'soil_sensor',
      version: '1.2.0',
      labels: { room: 'greenhouse' },
      capabilities: ['read', 'write!', 'calibrate!', 'peek'],
    });
  });

  it('tells what operations take to whoever asks, unless the service has a `describe` of its own', () => {
    const takes = { type: 'object', properties: { dry: { type: 'boolean' } } } as const;
    const ops = { calibrate: { safe: false, takes, run: () => 1 }, peek: { safe: true, run: () => 1 } };
    const operations = operationsOf(defineService({ name: 't', write: () => 1, writes: { type: 'string' }, ops }));
    expect(operations('describe')).toEqual({ write: { type: 'string' }, calibrate: takes });
    const own = { ...ops, describe: { safe: true, run: () => 'mine' } };
    expect(operationsOf(defineService({ name: 't', ops: own }))('describe')).toBe('mine');
    expect(defineService({ name: 't', read }).capabilities).toEqual(['read']);
  });

  it('takes version 1.0.0 and no labels where none are given', () => {
    expect(defineService({ name: 't', read })).toMatchObject({ version: '1.0.0', labels: {}, capabilities: ['read'] });
  });

  it('refuses what makes no sense, and says what it takes', () => {
    const run = (): void => undefined;
    const refused = (spec: object) => () => defineService({ name: 't', ...spec });
    expect(refused({ name: 'Temp Sensor', read })).toThrow('A service is named with 1 to 64 of a-z');
    expect(refused({ read, version: '1' })).toThrow('must read like 1.2.0, not `1`');
    expect(refused({})).toThrow('`t` can do nothing');
    expect(refused({ read, ops: { read: { safe: true, run } } })).toThrow('`t` defines `read` twice');
    expect(refused({ ops: { 'reset!': { safe: false, run } } })).toThrow('no name for an operation');
    expect(refused({ ops: { reset: { run } } })).toThrow('must be { safe: true or false');
    expect(refused({})).toThrow(expect.objectContaining({ code: 'BAD_ARGUMENT' }));
  });
});

describe('jsonFault', () => {
  it('finds nothing wrong with JSON', () => {
    for (const value of [null, undefined, 0, 'x', true, [1, [2]], { a: { b: undefined } }, new Date(0)])
      expect(jsonFault(value)).toBeUndefined();
  });

  it('says what JSON would change or cannot say', () => {
    const circle: unknown[] = [];
    circle.push(circle);
    expect(jsonFault({ value: Number.NaN })).toBe('holds NaN, which JSON cannot say');
    expect(jsonFault([read])).toBe('holds a function, which JSON cannot say');
    expect(jsonFault(1n)).toBe('holds a bigint, which JSON cannot say');
    expect(jsonFault(circle)).toBe('is nested more than 32 deep, or in a circle');
  });
});

describe('conclude', () => {
  const resultOf = (run: () => unknown): Promise<Result> => new Promise((end) => conclude(run, end));
  const fail = (error: unknown) => (): never => {
    throw error;
  };

  it('gives what an operation returns, now or later, and null for nothing', async () => {
    expect(await resultOf(() => 5)).toEqual({ ok: true, value: 5 });
    expect(await resultOf(async () => ({ a: 1 }))).toEqual({ ok: true, value: { a: 1 } });
    expect(await resultOf(() => undefined)).toEqual({ ok: true, value: null });
  });

  it('ends at once when the operation does', () => {
    const ends: Result[] = [];
    conclude(
      () => 5,
      (result) => ends.push(result),
    );
    expect(ends).toEqual([{ ok: true, value: 5 }]);
  });

  it('keeps the code of a TdosError, and calls any other error FAILED', async () => {
    const limit = new TdosError('LIMIT', 'No more paper.');
    expect(await resultOf(fail(limit))).toEqual({ ok: false, code: 'LIMIT', message: 'No more paper.' });
    expect(await resultOf(() => Promise.reject(limit))).toMatchObject({ code: 'LIMIT' });
    expect(await resultOf(fail(new Error('pin 26')))).toEqual({ ok: false, code: 'FAILED', message: 'pin 26' });
    expect(await resultOf(fail('pin 27'))).toEqual({ ok: false, code: 'FAILED', message: 'pin 27' });
  });

  it('fails a result that is no JSON, with a sentence', async () => {
    expect(await resultOf(() => ({ value: Number.NaN }))).toEqual({
      ok: false,
      code: 'FAILED',
      message: 'The result of the operation holds NaN, which JSON cannot say.',
    });
  });
});
