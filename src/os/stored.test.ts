import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Random } from '../base/random.ts';
import type { Store, StoredState } from './host.ts';
import { Stored } from './stored.ts';

function storeOf(state: StoredState | undefined): Store & { state: StoredState | undefined } {
  const store = {
    state,
    load: () => store.state,
    save: (next: StoredState) => {
      store.state = next;
    },
  };
  return store;
}

it('Stored never begins a life with the epoch of the one before', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 0xffff_0000 }), (seed, epoch) => {
      const store = storeOf({ id: 5, epoch, term: 1, kernels: [] });
      const next = new Stored(store, new Random(seed)).state;
      expect(next).toEqual({ id: 5, epoch: expect.any(Number), term: 1, kernels: [] });
      expect(next.epoch).toBeGreaterThan(epoch);
      expect(next.epoch).toBeLessThanOrEqual(epoch + 1024);
      expect(store.state).toEqual(next);
    }),
    { numRuns: 10_000 },
  );
});

it('Stored keeps what it is told, and the eight kernels met last', () => {
  const store = storeOf(undefined);
  const stored = new Stored(store, new Random(1));
  stored.keep(9, 8, 7);
  for (let number = 1; number <= 10; number++) stored.met(`10.0.0.${number}:4001`);
  stored.met('10.0.0.5:4001');
  const kernels = [5, 10, 9, 8, 7, 6, 4, 3].map((number) => `10.0.0.${number}:4001`);
  expect(store.state).toEqual({ id: 9, epoch: 8, term: 7, kernels });
});
