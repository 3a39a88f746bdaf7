/**
 * Cluster events as one line for a terminal.
 *
 * @module
 */
import type { ClusterEvent } from '../core/model.ts';
import { type NameOf, sentenceOf } from '../os/words.ts';
import { outsiderText } from './outsiders.ts';
import { printable } from './table.ts';

/** What happened, as one line for a person. */
export const describe = (event: ClusterEvent, nameOf: NameOf): string =>
  event.type === 'outsider' ? outsiderText(event) : printable(sentenceOf(event, nameOf));
