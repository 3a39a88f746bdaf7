import { expect, test } from 'vitest';
import type { KeySource } from './host.ts';
import { HeldKeys } from './keys.ts';

const [older, newer] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];

function source(loaded: readonly Uint8Array[]) {
  const dropped: Uint8Array[] = [];
  let change: (keys: readonly Uint8Array[]) => void = () => undefined;
  const port: KeySource = {
    load: () => loaded,
    watch: (changed) => {
      change = changed;
      return () => {
        change = () => undefined;
      };
    },
    drop: (key) => dropped.push(key),
  };
  return { port, dropped, change: (keys: readonly Uint8Array[]) => change(keys) };
}

test('The older of two keys is dropped where it came from, once', () => {
  const { port, dropped } = source([older, newer]);
  const keys = new HeldKeys(port);
  keys.dropOlder();
  expect([keys.all, dropped]).toEqual([[newer], [older]]);
});

test('Keys that changed take the place of those loaded, and are told of until nobody watches', () => {
  const { port, dropped, change } = source([older]);
  const keys = new HeldKeys(port);
  const told: unknown[] = [];
  const unwatch = keys.watch((changed) => told.push(changed));
  change([older, newer]);
  expect([keys.all, told]).toEqual([[older, newer], [[older, newer]]]);
  keys.dropOlder();
  expect(dropped).toEqual([older]);
  unwatch();
  change([older]);
  expect(told).toHaveLength(1);
});
