import { expect, test } from 'vitest';
import { instant } from '../../base/time.ts';
import type { CallCommand } from '../model.ts';
import { CallBook } from './call-book.ts';

const at = instant;
const command = (call: number, timeoutMs = 1000): CallCommand => {
  return { type: 'call', call, selector: { service: 's' }, op: 'read', args: undefined, timeoutMs, prefer: 0 };
};

test('Call ids go round, are never 0, and none is given to two calls', () => {
  const book = new CallBook(0xffff_fffd);
  const first = book.open(command(10), at(0));
  const ids = [11, 12].map((call) => book.open(command(call), at(0)).callId);
  expect([first.callId, ...ids]).toEqual([0xffff_fffe, 0xffff_ffff, 1]);
  // Once the numbers have come round, those in use are passed over.
  const round = new CallBook(0);
  round.open(command(1), at(0));
  Reflect.set(round, 'nextId', 0);
  expect(round.open(command(2), at(0)).callId).toBe(2);
});

test('A call is looked at when it was armed for, and at its deadline at the latest', () => {
  const book = new CallBook(0);
  const [soon, late] = [book.open(command(1), at(0)), book.open(command(2, 300), at(0))];
  book.arm(soon, 100, at(0));
  book.arm(late, 500, at(0));
  expect([book.nextWake(), book.due(at(99)), book.due(at(100)), book.due(at(299))]).toEqual([100, [], [1], []]);
  expect(book.due(at(300))).toEqual([2]);
});

test('A closed call is known no more, by neither number', () => {
  const book = new CallBook(0);
  const call = book.open(command(7), at(0));
  book.arm(call, 100, at(0));
  expect([book.get(1), book.byCommand(7), book.values()]).toEqual([call, call, [call]]);
  book.close(call);
  expect([book.get(1), book.byCommand(7), book.values(), book.size, book.nextWake()]).toEqual([
    undefined,
    undefined,
    [],
    0,
    undefined,
  ]);
});
