import { expect, test } from 'vitest';
import { operationsOf } from '../../test/operations.ts';
import { type Ledger, type Row, type RowFilter, storage } from './storage.ts';

/** A ledger in memory that keeps what it is asked. */
class Memory implements Ledger {
  readonly rows: Row[] = [];
  readonly ids: (string | undefined)[] = [];
  readonly asked: { filter: RowFilter; limit: number }[] = [];

  async append(rows: readonly Row[], id: string | undefined): Promise<boolean> {
    if (id !== undefined && this.ids.includes(id)) return false;
    this.ids.push(id);
    this.rows.push(...rows);
    return true;
  }

  latest(filter: RowFilter, limit: number): Row[] {
    this.asked.push({ filter, limit });
    return this.rows.slice(0, limit);
  }

  count(): number {
    return this.rows.length;
  }
}

const setUp = () => {
  const ledger = new Memory();
  return { ledger, run: operationsOf(storage(ledger)) };
};

const row = { service: 'temp_sensor', node: 'kitchen', value: 21.5, unit: '°C', at: 1_700_000_000_000 };

test('storage() says which of its operations must not be repeated', () => {
  expect(storage(new Memory())).toMatchObject({ name: 'storage', capabilities: ['append!', 'latest', 'count'] });
});

test('storage() appends one row or a batch, with what else the rows carry', async () => {
  const { ledger, run } = setUp();
  expect(await run('append', row)).toEqual({ stored: 1, repeated: false });
  const more = [
    { service: 'door', value: null, at: 5 },
    { ...row, quality: 'live', trusted: true },
  ];
  expect(await run('append', { rows: more })).toEqual({ stored: 2, repeated: false });
  expect(ledger.rows).toEqual([
    row,
    { service: 'door', node: '', value: null, unit: '', at: 5 },
    { ...row, quality: 'live', trusted: true },
  ]);
  expect(run('count')).toBe(3);
});

test('storage() stores a batch with an id once', async () => {
  const { run } = setUp();
  const batch = { rows: [row, row], id: 'logger-17' };
  expect([await run('append', batch), await run('append', batch), run('count')]).toEqual([
    { stored: 2, repeated: false },
    { stored: 0, repeated: true },
    2,
  ]);
});

test('storage() gives the latest rows, at most 100 unless asked for more', async () => {
  const { ledger, run } = setUp();
  await run('append', row);
  expect(run('latest')).toEqual([row]);
  run('latest', null);
  run('latest', { service: 'temp_sensor', node: 'kitchen', limit: 1000 });
  expect(ledger.asked).toEqual([
    { filter: {}, limit: 100 },
    { filter: {}, limit: 100 },
    { filter: { service: 'temp_sensor', node: 'kitchen' }, limit: 1000 },
  ]);
});

test.each<[unknown, string]>([
  [undefined, '`append` takes a row { service, value, at }, or { rows: [...] }.'],
  [[row], '`append` takes a row'],
  [{ rows: [] }, '`rows` must be a list of 1 to 1000 rows.'],
  [{ rows: row }, '`rows` must be a list'],
  [{ rows: Array(1001).fill(row) }, '`rows` must be a list'],
  [{ rows: [row], id: '' }, 'The `id` of a batch is a text of 1 to 64 characters.'],
  [{ rows: [row], id: 7 }, 'The `id` of a batch'],
  [{ rows: [row, 7] }, 'Row 1 must be { service, value, at }.'],
  [{ ...row, service: '' }, 'Row 0: `service` must be a name'],
  [{ ...row, node: 7 }, 'Row 0: `node` must be a name'],
  [{ ...row, unit: 'x'.repeat(65) }, 'Row 0: `unit` must be a text'],
  [{ ...row, at: '2024-01-01' }, 'Row 0: `at` must be a time in ms since 1970.'],
  [{ ...row, at: Number.NaN }, 'Row 0: `at` must be a time'],
  [{ ...row, value: undefined }, 'Row 0: `value` must be a number, a text, true, false or null.'],
  [{ ...row, value: { deep: 1 } }, 'Row 0: `value` must be'],
  [{ ...row, value: 'x'.repeat(257) }, 'Row 0: `value` must be'],
  [{ ...row, extra: [] }, 'Row 0: at most 16 more fields'],
  [{ ...row, ...Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`f${i}`, i])) }, 'Row 0: at most 16'],
])('storage() refuses to append %j, and stores nothing of it', async (args, message) => {
  const { ledger, run } = setUp();
  await expect(run('append', args)).rejects.toMatchObject({
    code: 'BAD_ARGUMENT',
    message: expect.stringContaining(message),
  });
  expect(ledger.rows).toEqual([]);
});

test.each([['x'], [{ service: 7 }], [{ node: 7 }], [{ limit: 0 }], [{ limit: 1001 }], [{ limit: 1.5 }]])(
  'storage() refuses the question %j',
  (args) => {
    expect(() => setUp().run('latest', args)).toThrow(expect.objectContaining({ code: 'BAD_ARGUMENT' }));
  },
);

test('storage() passes on in words what the medium refuses', async () => {
  const ledger = new Memory();
  ledger.append = () => Promise.reject(new Error('the disk is full'));
  await expect(operationsOf(storage(ledger))('append', row)).rejects.toThrow('the disk is full');
});
