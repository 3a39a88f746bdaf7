import { expect, it } from 'vitest';
import { describe as inWords } from './events.ts';

it('shows control characters in names and does not obey them', () => {
  const name = 'a\u001b[2J';
  const event = {
    type: 'node',
    node: 1,
    name,
    address: '127.0.0.1:1',
    was: undefined,
    state: 'alive',
    reason: '',
  } as const;
  expect(inWords(event, () => '')).toBe('a␛[2J is here');
});
