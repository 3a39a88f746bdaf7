import { expect, test } from 'vitest';
import type { Request, ServiceOffer } from '../../wire/message.ts';
import { admit } from './admission.ts';

const OFFER: ServiceOffer = { index: 0, name: 'soil', version: '1.0.0', labels: {}, capabilities: ['read', 'dry!'] };
const asked = (op: string, change: Partial<Request> = {}): Request => {
  const limits = { takesKiB: 4, window: 1 };
  return {
    type: 'request',
    callId: 7,
    serverEpoch: 9,
    leftMs: 1000,
    ...limits,
    service: 'soil',
    op,
    args: 1,
    ...change,
  };
};

test('A request is run as safely as its operation is listed', () => {
  expect(['read', 'dry', 'dry!', 'wet'].map((op) => admit(asked(op), 9, OFFER, 0))).toEqual([
    ...['safe', 'unsafe'],
    ...['BAD_OPERATION', 'BAD_OPERATION'],
  ]);
});

test('A request for another epoch, without time, or for what is not offered is refused, in this order', () => {
  const late = asked('read', { leftMs: 0 });
  expect(admit({ ...late, serverEpoch: 8 }, 9, undefined, 0)).toBe('WRONG_EPOCH');
  expect(admit({ ...late, serverEpoch: 0 }, 9, undefined, 0)).toBe('EXPIRED');
  expect(admit(asked('read'), 9, undefined, 0)).toBe('NOT_FOUND');
});

test('An unsafe request that may have expired while it waited is put off, a safe one is not', () => {
  const verdicts = [999, 1000, 1001].map((waited) => ['dry', 'read'].map((op) => admit(asked(op), 9, OFFER, waited)));
  expect(verdicts).toEqual([
    ['unsafe', 'safe'],
    ['BUSY', 'safe'],
    ['BUSY', 'safe'],
  ]);
});
