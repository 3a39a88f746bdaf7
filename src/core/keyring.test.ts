import { expect, test } from 'vitest';
import { codec } from '../../test/vectors/codec.ts';
import { instant } from '../base/time.ts';
import { sealKey } from '../wire/seal.ts';
import { Keyring } from './keyring.ts';

const key = (id: number) => ({ id, mac: () => new Uint8Array(32) });
const [first, second, third] = [key(1), key(2), key(3)];
const at = (seconds: number) => instant(seconds * 1000);
const [KERNEL, OTHER, NODE] = [5, 6, 7];

test('With one key all is sealed and opened with it', () => {
  const keyring = new Keyring([first], () => 9);
  expect([keyring.self, keyring.all, keyring.keysFor(5, false), keyring.key(1), keyring.key(2)]).toEqual([
    9,
    [first],
    [first],
    first,
    undefined,
  ]);
  expect(keyring.isOnNewest(5)).toBe(true);
});

test('With two, questions go out under each, and answers under the older, until a node was heard to use the newer', () => {
  const keyring = new Keyring([first, second], () => 9);
  expect([keyring.all, keyring.isOnNewest(5)]).toEqual([[first, second], false]);
  keyring.heard(5, 1);
  expect([keyring.keysFor(5, false), keyring.keysFor(5, true)]).toEqual([[second, first], [first]]);
  keyring.heard(5, 2);
  keyring.heard(5, 1);
  expect([keyring.keysFor(5, false), keyring.keysFor(5, true)]).toEqual([[second], [second]]);
  expect([keyring.keysFor(6, true), keyring.isOnNewest(5)]).toEqual([[first], true]);
  keyring.forget(5);
  expect(keyring.keysFor(5, true)).toEqual([first]);
});

test('The older of three is dropped, and who used which counts anew', () => {
  const keyring = new Keyring([first, second], () => 9);
  keyring.heard(5, 2);
  keyring.replace([first, second, third]);
  expect([keyring.all, keyring.keysFor(5, true), keyring.key(1)]).toEqual([[second, third], [second], undefined]);
});

test('The older is dropped when a kernel has used the newer alone for a minute, and not before', () => {
  const keyring = new Keyring([first, second], () => 9);
  const isOver = (node: number, used: number, seconds: number): boolean => {
    keyring.heard(node, used);
    return keyring.isOver(node, used, node === KERNEL || node === OTHER, at(seconds));
  };
  expect([isOver(KERNEL, 2, 0), isOver(KERNEL, 1, 30), isOver(KERNEL, 2, 31), isOver(KERNEL, 2, 90)]).toEqual(
    Array(4).fill(false),
  );
  expect([isOver(NODE, 2, 200), isOver(OTHER, 2, 200), keyring.all]).toEqual([false, false, [first, second]]);
  expect([isOver(KERNEL, 2, 91), keyring.all, isOver(KERNEL, 2, 92)]).toEqual([true, [second], false]);
});

test('The older is kept while anybody is heard who has nothing else', () => {
  const keyring = new Keyring([first, second], () => 9);
  const isOver = (node: number, used: number, seconds: number): boolean => {
    keyring.heard(node, used);
    return keyring.isOver(node, used, node === KERNEL, at(seconds));
  };
  isOver(KERNEL, 2, 0);
  isOver(NODE, 1, 20);
  expect([isOver(KERNEL, 2, 70), isOver(NODE, 2, 75), isOver(NODE, 1, 76)]).toEqual([false, false, false]);
  expect([isOver(KERNEL, 2, 79), isOver(KERNEL, 2, 80), keyring.all]).toEqual([false, true, [second]]);
});

test('A secret is another one for each key and purpose', () => {
  const keys = [1, 2].map((byte) => sealKey(new Uint8Array(32).fill(byte), codec));
  const secret = (key: number, purpose: string): string =>
    new Keyring(keys.slice(key, key + 1), () => 9).secret(codec.encodeUtf8(purpose)).join();
  const secrets = [secret(0, 'a'), secret(0, 'b'), secret(1, 'a')];
  expect([new Set(secrets).size, secret(0, 'a')]).toEqual([3, secrets[0]]);
});
