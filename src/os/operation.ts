/**
 * Operations: what a service does when it is called.
 *
 * @module
 */
import type { NodeId } from '../wire/message.ts';

/** What an operation may know of its call. */
export interface CallContext {
  /** The node that calls. */
  readonly client: NodeId;
  /** ms that the caller still waited when the call came in. */
  readonly leftMs: number;
  /** True once the caller waits no longer: work that goes on is in vain. */
  expired(): boolean;
}

/**
 * One operation. What it returns must be JSON; nothing returned is `null`. A thrown `TdosError` keeps its code on the
 * way to the caller, any other error becomes FAILED with its message; so do, in an operation that is not safe, codes
 * that would say that it did not run. The arguments are what the caller sent: their type is the author's claim, and is
 * not checked.
 */
export interface Operation<Args = unknown> {
  /** It may be repeated without harm: where no answer comes, a sibling is asked. */
  readonly safe: boolean;
  run(args: Args, context: CallContext): unknown;
}
