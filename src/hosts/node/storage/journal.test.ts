import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { instant } from '../../../base/time.ts';
import type { Journal, TakenReading } from '../../../services/logger/journal.ts';
import { batchArgs, parseBatch } from '../../../services/storage/batch.ts';
import type { Batch, Scalar } from '../../../services/storage/model.ts';
import { type JournalOptions, openJournal } from './journal.ts';

let folder: string;
let epoch: number;
const notices: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tdos-journal-'));
  epoch = 0;
  notices.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (options: Partial<JournalOptions> = {}): Journal => {
  epoch += 1;
  const notice = (sentence: string): void => void notices.push(sentence);
  return openJournal({ folder, source: 'logger', epoch, offset: () => 1e12, durable: false, notice, ...options });
};

const reading = (taken: number, value: Scalar = taken, service = 'temp'): TakenReading => ({
  series: { service, node: 'kitchen', unit: '°C', labels: { room: 'hall' } },
  ...{ taken: instant(taken), value },
});

const timesOf = ({ rows }: Batch): number[] => rows.map(([, at]) => at - 1e12);

/** Takes all that waits, as a storage would. */
async function drain(journal: Journal): Promise<Batch[]> {
  const batches: Batch[] = [];
  await journal.seal();
  for (let next = journal.head(); next !== undefined; next = journal.head()) {
    batches.push(next.batch);
    journal.done('kept');
  }
  return batches;
}

test('A journal gives what was written, in batches, with the times told by the clock', async () => {
  const journal = open({ batch: 3 });
  journal.write([reading(1), reading(2, 'warm', 'door'), reading(3, null), reading(4, true)]);
  expect(journal.stats()).toMatchObject({ waiting: 4, rolledUp: 0, dropped: 0 });
  expect(journal.head()).toMatchObject({ readings: 3 });
  const temp = { service: 'temp', node: 'kitchen', unit: '°C', labels: { room: 'hall' } };
  const more = { minutes: [], dropped: 0 };
  expect(await drain(journal)).toEqual([
    {
      ...more,
      key: { source: 'logger', epoch: 1, sequence: 1 },
      series: [temp, { ...temp, service: 'door' }],
      rows: [
        [0, 1e12 + 1, 1],
        [1, 1e12 + 2, 'warm'],
        [0, 1e12 + 3, null],
      ],
    },
    { ...more, key: { source: 'logger', epoch: 1, sequence: 2 }, series: [temp], rows: [[0, 1e12 + 4, true]] },
  ]);
  expect(journal.stats()).toMatchObject({ waiting: 0 });
  await journal.close();
});

test('What a process left behind when it was killed is sent by the next, under its own numbers', async () => {
  const first = open({ batch: 2 });
  first.write([1, 2, 3, 4, 5].map((n) => reading(n)));
  const head = first.head()?.batch;
  const second = open({ batch: 2 });
  second.write([reading(6)]);
  const batches = await drain(second);
  expect(batches[0]).toEqual(head);
  expect(batches.map((batch) => [batch.key?.epoch, batch.key?.sequence, timesOf(batch)])).toEqual([
    [1, 1, [1, 2]],
    [1, 2, [3, 4]],
    [1, 3, [5]],
    [2, 1, [6]],
  ]);
  await second.close();
});

test('A file that began after all before it was kept goes on counting', async () => {
  for (let count = 1; count < 20; count++) {
    rmSync(folder, { recursive: true, force: true });
    epoch = 0;
    const first = open({ maxBytes: 16 * 600 });
    for (let n = 0; n < count; n++) {
      first.write([reading(n)]);
      await drain(first);
    }
    first.write([reading(99)]);
    expect(first.head()).toBeUndefined();
    const [last] = await drain(open());
    expect(last?.key).toEqual({ source: 'logger', epoch: 1, sequence: count + 1 });
  }
});

test('Nothing is lost, doubled or moved, whenever the process is killed and whatever a torn line leaves', async () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 7 }) },
    fc.constantFrom('seal', 'send', 'resend', 'kill', 'tear'),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      rmSync(folder, { recursive: true, force: true });
      const options = { batch: 5, maxBytes: 16 * 2000 };
      let journal = open(options);
      let written = 0;
      const kept = new Map<string, number[]>();
      const send = (tell: boolean): void => {
        const next = journal.head();
        if (next === undefined) return;
        const { epoch: age, sequence } = next.batch.key ?? {};
        const times = timesOf(next.batch);
        const known = kept.get(`${age}.${sequence}`);
        if (known !== undefined) expect(times).toEqual(known);
        kept.set(`${age}.${sequence}`, times);
        if (tell) journal.done('kept');
      };
      for (const one of steps) {
        if (typeof one === 'number') {
          journal.write(Array.from({ length: one }, () => reading(written++)));
        } else if (one === 'seal') await journal.seal();
        else if (one === 'send') send(true);
        else if (one === 'resend') send(false);
        else {
          const last = readdirSync(folder).sort().at(-1);
          if (one === 'tear' && last !== undefined) appendFileSync(join(folder, last), 'deadbeef ["r",0,');
          journal = open(options);
        }
      }
      while (journal.head() !== undefined || journal.stats().waiting > 0) {
        await journal.seal();
        send(true);
      }
      expect([...kept.values()].flat()).toEqual(Array.from({ length: written }, (_, n) => n));
      await journal.close();
    }),
    { numRuns: 100 },
  );
});

test('A damaged line costs what it held, and is told', async () => {
  open({ batch: 10 }).write([1, 2, 3].map((n) => reading(n)));
  const [name = ''] = readdirSync(folder);
  const path = join(folder, name);
  writeFileSync(path, readFileSync(path, 'utf8').replace('1000000000002,2', '1000000000002,7'));
  const journal = open();
  expect((await drain(journal)).map(timesOf)).toEqual([[1, 3]]);
  expect(notices).toEqual([expect.stringMatching(/^1 lines of .* are damaged/)]);
  expect(journal.stats()).toMatchObject({ dropped: 1 });
  await journal.close();
});

test('When it is full the oldest readings become minutes, and the batch that is next stays as it is', async () => {
  const maxBytes = 64 * 1024;
  const journal = open({ batch: 50, maxBytes });
  const count = 4000;
  for (let n = 0; n < count; n += 10) journal.write(Array.from({ length: 10 }, (_, i) => reading((n + i) * 100)));
  const { rolledUp, dropped, bytes, waiting } = journal.stats();
  expect([waiting, dropped, bytes <= maxBytes, rolledUp > 1000]).toEqual([count, 0, true, true]);
  expect(notices).toEqual([
    expect.stringContaining('is full (65536 bytes): the oldest readings are rolled up to minutes'),
  ]);
  await journal.close();
  const batches = await drain(open({ batch: 50, maxBytes }));
  expect(batches[0]?.rows).toHaveLength(50);
  const numbers = batches.map(({ key }) => key?.sequence ?? 0);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  const minutes = batches.flatMap((batch) => batch.minutes.map(([, , summary]) => summary));
  const rows = batches.flatMap(({ rows }) => rows.map(([, , value]) => Number(value)));
  const all = (count * (count - 1) * 100) / 2;
  expect(minutes.reduce((sum, one) => sum + one.count, rows.length)).toBe(count);
  expect(
    minutes.reduce(
      (sum, one) => sum + one.sum,
      rows.reduce((a, b) => a + b, 0),
    ),
  ).toBe(all);
});

test('When minutes are too many as well, the oldest go and are counted, in a batch and in what is told', async () => {
  const maxBytes = 64 * 1024;
  const journal = open({ batch: 50, maxBytes });
  const count = 4000;
  for (let n = 0; n < count; n += 10) journal.write(Array.from({ length: 10 }, (_, i) => reading((n + i) * 60_000)));
  const { dropped, bytes, waiting } = journal.stats();
  expect([waiting + dropped, bytes <= maxBytes, dropped > 500]).toEqual([count, true, true]);
  const batches = await drain(journal);
  expect(batches.reduce((sum, batch) => sum + batch.dropped, 0)).toBe(dropped);
  expect(batches.flatMap(timesOf).slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, n) => n * 60_000));
  await journal.close();
});

test('Batches fit a message, whatever the readings hold', async () => {
  const journal = open();
  const long = (n: number): TakenReading => ({
    series: { service: `s${n}`, node: 'ü'.repeat(64), unit: '€'.repeat(64), labels: { room: 'x'.repeat(64) } },
    ...{ taken: instant(n), value: '€'.repeat(256) },
  });
  journal.write(Array.from({ length: 300 }, (_, n) => long(n)));
  journal.write(Array.from({ length: 3000 }, (_, n) => reading(n, Math.PI * n)));
  const batches = await drain(journal);
  const sizes = batches.map((batch) => Buffer.byteLength(JSON.stringify(batchArgs(batch))));
  expect(Math.max(...sizes)).toBeLessThan(62_000);
  expect(batches.map((batch) => parseBatch(batchArgs(batch)))).toEqual(batches);
  expect(batches.flatMap(({ rows }) => rows)).toHaveLength(3300);
  await journal.close();
});

test('A batch that is given up is counted', () => {
  const journal = open({ batch: 2 });
  journal.write([reading(1), reading(2), reading(3)]);
  journal.done('dropped');
  expect(journal.stats()).toMatchObject({ waiting: 1, dropped: 2 });
});

test('A folder that cannot be written is told in words', () => {
  expect(() => open({ folder: '/proc/journal' })).toThrow(
    expect.objectContaining({ code: 'HOST', message: expect.stringContaining('The journal /proc/journal cannot be') }),
  );
});
