/**
 * Where a page ended, as a text that a caller hands back: the numbers of the last item.
 *
 * @module
 */
import { TdosError } from '../../../base/errors.ts';

export type Mark = readonly number[];

export const markText = (mark: Mark): string => mark.join('.');

/** @throws TdosError BAD_ARGUMENT for what is no mark of so many numbers. */
export function parseMark(text: string | undefined, length: number): Mark | undefined {
  if (text === undefined) return undefined;
  const numbers = text.split('.').map(Number);
  if (numbers.length === length && numbers.every(Number.isSafeInteger)) return numbers;
  throw new TdosError('BAD_ARGUMENT', '`after` must be the `next` of the page before, of the same question.');
}
