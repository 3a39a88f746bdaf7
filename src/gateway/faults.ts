/**
 * Faults on purpose: only a simulated cluster can offer them, and hands them to the gateway through this port.
 *
 * @module
 */
import type * as v from 'valibot';
import type { ActiveFault, FaultOrder } from './schemas.ts';

export type FaultOrderView = v.InferOutput<typeof FaultOrder>;
export type ActiveFaultView = v.InferOutput<typeof ActiveFault>;

export interface FaultPort {
  /** Those that go on now. */
  active(): ActiveFaultView[];
  /** @throws TdosError NOT_FOUND for a node that there is not, BAD_ARGUMENT for what makes no sense. */
  begin(order: FaultOrderView): void;
  /** Ends one of those that go on. @throws TdosError NOT_FOUND */
  end(id: number): void;
  /** Tells what began or ended, and at which node, until the returned function is called. */
  onChange(tell: (what: string, node: string | undefined) => void): () => void;
}
