import { expect, test } from 'vitest';
import { Keyring } from './keyring.ts';

const key = (id: number) => ({ id, mac: () => new Uint8Array(32) });
const [first, second, third] = [key(1), key(2), key(3)];

test('With one key all is sealed and opened with it', () => {
  const keyring = new Keyring([first], () => 9);
  expect([keyring.self, keyring.all, keyring.keyFor(5), keyring.key(1), keyring.key(2)]).toEqual([
    9,
    [first],
    first,
    first,
    undefined,
  ]);
  expect(keyring.isOnNewest(5)).toBe(true);
});

test('With two, a node gets the newer one as soon as it was heard to use it', () => {
  const keyring = new Keyring([first, second], () => 9);
  expect([keyring.all, keyring.keyFor(5), keyring.isOnNewest(5)]).toEqual([[first, second], first, false]);
  keyring.heard(5, 1);
  expect(keyring.keyFor(5)).toBe(first);
  keyring.heard(5, 2);
  keyring.heard(5, 1);
  expect([keyring.keyFor(5), keyring.keyFor(6), keyring.isOnNewest(5)]).toEqual([second, first, true]);
  keyring.forget(5);
  expect(keyring.keyFor(5)).toBe(first);
});

test('The older of three is dropped, and who used which counts anew', () => {
  const keyring = new Keyring([first, second], () => 9);
  keyring.heard(5, 2);
  keyring.replace([first, second, third]);
  expect([keyring.all, keyring.keyFor(5), keyring.key(1)]).toEqual([[second, third], second, undefined]);
});
