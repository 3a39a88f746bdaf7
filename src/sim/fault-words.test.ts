import { expect, test } from 'vitest';
import { inPlainWords } from './fault-words.ts';
import type { Fault } from './faults.ts';

const at = 0;

test.each<[string, Fault]>([
  ['n3 is without power', { at, kind: 'kill', node: 'n3' }],
  ['n3 is without power, for 20 s', { at, kind: 'kill', node: 'n3', forMs: 20_000 }],
  ['n3 starts anew', { at, kind: 'reboot', node: 'n3' }],
  ['n3 has left, for 2.5 s', { at, kind: 'leave', node: 'n3', forMs: 2540 }],
  ['n3 stands still, for 900 ms', { at, kind: 'hang', node: 'n3', forMs: 900 }],
  ['n3 goes on', { at, kind: 'resume', node: 'n3' }],
  ['n3 sleeps, for 10 min', { at, kind: 'sleep', node: 'n3', forMs: 600_000 }],
  ['n3 hears nothing', { at, kind: 'deaf', node: 'n3' }],
  ['the clock of n2 runs 1.1 % too fast, for 2.8 s', { at, kind: 'drift', node: 'n2', rate: 1.0114, forMs: 2838 }],
  ['the clock of n2 runs 0.5 % too slow', { at, kind: 'drift', node: 'n2', rate: 0.995 }],
  [
    'n2 keeps up badly (queue 1, processingMs 5)',
    { at, kind: 'habits', node: 'n2', habits: { queue: 1, processingMs: 5 } },
  ],
  ['n2 is cut off', { at, kind: 'cut', node: 'n2' }],
  ['nothing gets from n1 to n2', { at, kind: 'cut', from: 'n1', to: 'n2' }],
  ['n2 is reached again', { at, kind: 'mend', node: 'n2' }],
  ['n1 reaches n2 again', { at, kind: 'mend', from: 'n1', to: 'n2' }],
  ['n1, n2 and n3 cannot reach the others', { at, kind: 'partition', groups: [['n1', 'n2'], ['n3']] }],
  [
    'a, b, c, d and 2 more cannot reach the others',
    { at, kind: 'partition', groups: [['a', 'b', 'c', 'd', 'e', 'f']] },
  ],
  ['all reach each other again', { at, kind: 'heal' }],
  ['30 % of the datagrams are lost', { at, kind: 'loss', loss: 0.3 }],
  ['30 % of the datagrams are lost at n1', { at, kind: 'loss', loss: 0.3, node: 'n1' }],
  ['the air is different at n1 (duplicate 0.5)', { at, kind: 'air', node: 'n1', radio: { duplicate: 0.5 } }],
])('%s', (words, fault) => {
  expect(inPlainWords(fault)).toBe(words);
});
