import { expect, test } from 'vitest';
import { codec } from '../../../test/vectors/codec.ts';
import { instant } from '../../base/time.ts';
import { Nonces } from './nonces.ts';

const at = instant;
const make = (secret = 1, limit = 8): Nonces => new Nonces(new Uint8Array(32).fill(secret), codec, limit);
const who = { node: 7, epoch: 50, address: '10.0.0.7:5000', proof: 99 };

test('A challenge is answered by whom it was put to, from where it went, and once', () => {
  const nonces = make();
  const nonce = nonces.challengeFor(who, at(0));
  expect(nonces.answersChallenge(nonce, who, at(1))).toBe(true);
  const others = [
    { ...who, node: 8 },
    { ...who, epoch: 51 },
    { ...who, address: '10.0.0.8:5000' },
    { ...who, proof: 100 },
  ];
  expect(others.map((other) => nonces.answersChallenge(nonce, other, at(1)))).toEqual([false, false, false, false]);
  expect(make(2).answersChallenge(nonce, who, at(1))).toBe(false);
});

test('A challenge may be answered for 2 to 4 s', () => {
  const nonces = make();
  for (const asked of [4000, 5000, 5999]) {
    const nonce = nonces.challengeFor(who, at(asked));
    const times = [asked, asked + 2000, 7999, 8000, asked + 4000];
    expect(times.map((now) => nonces.answersChallenge(nonce, who, at(now)))).toEqual([true, true, true, false, false]);
  }
});

test('A question is answered by whom it was put to, until the second look after it', () => {
  const nonces = make();
  nonces.ask(1, 7);
  nonces.ask(2, 0);
  const answers = () => [nonces.answers(1, 7), nonces.answers(1, 8), nonces.answers(2, 8), nonces.answers(3, 7)];
  expect(answers()).toEqual([true, false, true, false]);
  nonces.age();
  expect(answers()).toEqual([true, false, true, false]);
  nonces.age();
  expect(answers()).toEqual([false, false, false, false]);
});

test('What was asked of several, as a probe through helpers is, each of them may answer', () => {
  const nonces = make();
  for (const node of [7, 8, 8]) nonces.ask(1, node);
  expect([nonces.answers(1, 7), nonces.answers(1, 8)]).toEqual([true, true]);
});

test('So many questions are remembered; more prove nothing', () => {
  const nonces = make(1, 3);
  for (let nonce = 1; nonce <= 5; nonce++) nonces.ask(nonce, 7);
  expect([1, 2, 3, 4, 5].map((nonce) => nonces.answers(nonce, 7))).toEqual([true, true, true, false, false]);
  nonces.age();
  nonces.ask(4, 7);
  expect([3, 4].map((nonce) => nonces.answers(nonce, 7))).toEqual([true, true]);
});
