import { expect, it } from 'vitest';
import type { ClusterEvent } from '../core/model.ts';
import { isRemarkable, namesOf, sentenceOf } from './words.ts';

const address = '127.0.0.1:1';
const node = { type: 'node', node: 1, name: 'kitchen', address } as const;
const EVENTS: readonly [ClusterEvent, string, boolean][] = [
  [{ ...node, was: undefined, state: 'alive', reason: '' }, 'kitchen is here', false],
  [
    { ...node, was: 'alive', state: 'suspect', reason: 'no sign of life for 2.2 s' },
    'kitchen is suspect: no sign of life for 2.2 s',
    true,
  ],
  [
    { ...node, was: 'suspect', state: 'dead', reason: 'no answer to 6 probes' },
    'kitchen is dead: no answer to 6 probes',
    true,
  ],
  [{ ...node, was: 'dead', state: 'alive', reason: 'restarted' }, 'kitchen is back: restarted', true],
  [{ ...node, was: 'alive', state: 'left', reason: '' }, 'kitchen left', true],
  [
    { type: 'service', service: 'temp_sensor', node: 1, name: 'kitchen', change: 'offered' },
    'kitchen offers temp_sensor',
    false,
  ],
  [
    { type: 'service', service: 'temp_sensor', node: 1, name: 'kitchen', change: 'withdrawn' },
    'kitchen no longer offers temp_sensor',
    false,
  ],
  [
    { type: 'breaker', service: 'temp_sensor', node: 1, state: 'open', reason: '5 failures in a row' },
    'the breaker of temp_sensor on node 1 is open: 5 failures in a row',
    true,
  ],
  [
    { type: 'failover', service: 'temp_sensor', from: 1, to: 0xbeef, reason: 'no answer' },
    'temp_sensor: node beef takes over from node 1: no answer',
    true,
  ],
  [
    { type: 'duplicate-id', node: 255, addresses: ['10.0.0.1:5', '10.0.0.2:5'] },
    'two nodes have the id ff: 10.0.0.1:5 and 10.0.0.2:5; give one another --name',
    true,
  ],
  [
    { type: 'protocol-mismatch', address, reason: 'it speaks 3 to 4' },
    '127.0.0.1:1 speaks another protocol: it speaks 3 to 4',
    true,
  ],
  [{ type: 'kernel', node: 1, name: 'kernel', change: 'joined' }, 'kernel is the kernel now', false],
  [{ type: 'kernel', node: 1, name: 'kernel', change: 'lost' }, 'the kernel kernel is lost', true],
  [
    { type: 'self-doubt', reason: '40 % fell silent at once' },
    'this node doubts itself: 40 % fell silent at once',
    true,
  ],
];

it.each(EVENTS)('tells %j in words, and whether it is remarkable', (event, words, remarkable) => {
  expect([
    sentenceOf(
      event,
      namesOf(() => []),
    ),
    isRemarkable(event),
  ]).toEqual([words, remarkable]);
});
