import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codec } from '../../test/vectors/codec.ts';
import { TdosError } from '../base/errors.ts';
import { type Config, configure } from './config.ts';
import type { OwnService } from './model.ts';
import { Offers } from './offers.ts';

const SOIL: OwnService = {
  name: 'soil',
  version: '1.2.0',
  labels: { room: 'greenhouse' },
  capabilities: ['read', 'dry!'],
};

const setUp = (changes: Partial<Config> = {}) => new Offers(configure(changes), codec);

/** The code and the sentence of what it throws. */
function fault(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof TdosError) return `${error.code}: ${error.message}`;
  }
  return 'nothing';
}

test('Offers lists what is offered, under numbers that stay', () => {
  const offers = setUp();
  for (const name of ['a', 'b', 'c']) offers.offer({ ...SOIL, name });
  offers.withdraw('b');
  offers.offer({ ...SOIL, name: 'd' });
  offers.offer({ ...SOIL, name: 'e' });
  offers.offer({ ...SOIL, name: 'a', version: '2.0.0' });
  expect(offers.list().map(({ index, name, version }) => `${index} ${name} ${version}`)).toEqual([
    '0 a 2.0.0',
    '1 d 1.2.0',
    '2 c 1.2.0',
    '3 e 1.2.0',
  ]);
  expect(offers.get('c')).toEqual({ ...SOIL, index: 2, name: 'c' });
  expect(offers.get('b')).toBeUndefined();
});

test('Offers.generation grows with each change, and only then', () => {
  const offers = setUp();
  const seen = [offers.generation];
  offers.offer(SOIL);
  seen.push(offers.generation);
  offers.offer({ ...SOIL });
  seen.push(offers.generation);
  offers.offer({ ...SOIL, labels: { room: 'cellar' } });
  seen.push(offers.generation);
  seen.push(offers.withdraw('soil') ? offers.generation : 0, offers.withdraw('soil') ? 0 : offers.generation);
  expect(seen).toEqual([1, 2, 2, 3, 4, 4]);
});

test('Offers.generation goes round past 0, which means none', () => {
  const offers = setUp();
  for (let change = 0; change < 0xffff - 1; change += 2) {
    offers.offer(SOIL);
    offers.withdraw('soil');
  }
  const seen = [offers.generation];
  offers.offer(SOIL);
  expect([...seen, offers.generation]).toEqual([0xffff, 1]);
});

test('Offers keeps its own copy', () => {
  const offers = setUp();
  const labels = { room: 'greenhouse' };
  offers.offer({ ...SOIL, labels });
  labels.room = 'cellar';
  expect(offers.get('soil')?.labels).toEqual({ room: 'greenhouse' });
});

test('Offers takes as many services as the configuration says, and changes those it has', () => {
  const offers = setUp({ maxServices: 2 });
  offers.offer({ ...SOIL, name: 'a' });
  offers.offer({ ...SOIL, name: 'b' });
  expect(fault(() => offers.offer({ ...SOIL, name: 'c' }))).toBe(
    'LIMIT: This node offers 2 services already; `maxServices` allows no more.',
  );
  offers.offer({ ...SOIL, name: 'b', version: '3.0.0' });
  expect(offers.list().map(({ version }) => version)).toEqual(['1.2.0', '3.0.0']);
});

const many = (count: number, name: (at: number) => string) => Array.from({ length: count }, (_, at) => name(at));

test.each<[Partial<OwnService>, string]>([
  [{ name: '' }, 'A service is named with 1 to 64 of a-z, 0-9, _, . and -, not "".'],
  [{ name: 'Soil' }, 'A service is named with 1 to 64 of a-z, 0-9, _, . and -, not "Soil".'],
  [{ name: 'a'.repeat(65) }, `A service is named with 1 to 64 of a-z, 0-9, _, . and -, not "${'a'.repeat(65)}".`],
  [{ version: '1.2' }, 'The version of `soil` must read like 1.2.0, not "1.2".'],
  [
    { version: `1.2.0-${'a'.repeat(30)}` },
    `The version of \`soil\` must read like 1.2.0, not "1.2.0-${'a'.repeat(30)}".`,
  ],
  [{ labels: { 'a=b': 'x' } }, 'A label of `soil` is called "a=b"; it takes 1 to 64 characters without = and @.'],
  [
    { labels: { room: 'x'.repeat(65) } },
    `The label "room" of \`soil\` takes a text of up to 64 characters, not "${'x'.repeat(65)}".`,
  ],
  [
    { labels: Object.fromEntries(many(17, (at) => `k${at}`).map((key) => [key, ''])) },
    '`soil` has 17 labels; 16 are the most.',
  ],
  [{ capabilities: many(33, (at) => `op${at}`) }, '`soil` has 33 operations; 32 are the most.'],
  [{ capabilities: ['dry', 'dry!'] }, '`soil` lists the operation "dry" twice.'],
  [{ capabilities: ['!'] }, 'An operation of `soil` has 1 to 64 characters and a ! only at its end, not "!".'],
  [{ capabilities: ['a!b'] }, 'An operation of `soil` has 1 to 64 characters and a ! only at its end, not "a!b".'],
  [
    { capabilities: many(20, (at) => `${at}${'é'.repeat(30)}`) },
    '`soil` takes over 720 bytes to announce. Give it fewer or shorter labels or operations.',
  ],
])('Offers refuses %j', (change, sentence) => {
  const offers = setUp();
  expect(fault(() => offers.offer({ ...SOIL, ...change }))).toBe(`BAD_ARGUMENT: ${sentence}`);
  expect([offers.list(), offers.generation]).toEqual([[], 1]);
});

test('Offers gives every service a number of its own below the limit, whatever comes and goes', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 6 })), { maxLength: 60 }), (steps) => {
      const offers = setUp({ maxServices: 5 });
      const indexes = new Map<string, number>();
      for (const [isOffered, which] of steps) {
        const name = `s${which}`;
        if (!isOffered) offers.withdraw(name);
        else if (offers.get(name) !== undefined || offers.list().length < 5) offers.offer({ ...SOIL, name });
        const list = offers.list();
        expect(list.map(({ index }) => index)).toEqual([...new Set(list.map(({ index }) => index))].sort());
        for (const { index, name: known } of list) {
          expect(index).toBeLessThan(5);
          expect(indexes.get(known) ?? index).toBe(index);
        }
        indexes.clear();
        for (const { index, name: known } of list) indexes.set(known, index);
      }
    }),
  );
});
