import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import type { Budget } from './budget-interpreter.ts';
import type { Version } from './messages.ts';

/** Bytes of a board's heap that the library may take after its import, and for each peer. */
const LIBRARY_BYTES = 24 * 1024;
const PEER_BYTES = 120;

test.each<Version>(['1.23', '1.25', '1.27'])(
  'The library keeps within its share of the heap on MicroPython %s',
  async (version) => {
    const worker = new Worker(new URL('./budget-interpreter.ts', import.meta.url), { workerData: version });
    const [budget] = (await once(worker, 'message')) as [Budget];
    await worker.terminate();
    const { library, node, peer } = budget;
    console.log(
      `MicroPython ${version}: library ${library} of ${LIBRARY_BYTES} B, ` +
        `a node ${node} B, a peer ${peer} of ${PEER_BYTES} B`,
    );
    expect(library).toBeLessThanOrEqual(LIBRARY_BYTES);
    expect(peer).toBeLessThanOrEqual(PEER_BYTES);
  },
);
