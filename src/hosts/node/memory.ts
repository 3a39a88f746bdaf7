/**
 * A process that does nothing but serve a node keeps its memory small.
 *
 * @module
 */
import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the engine from enlarging the space for new objects in busy seconds, which it hardly gives back: a flood of
 * datagrams would leave the process 30 MB larger. For processes of our own only; an app that boots a node decides for itself.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
