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
 * What an operation takes, as far as a form needs to know: the part of JSON Schema that says so. It checks nothing; that is the
 * operation's own work.
 */
export interface Shape {
  readonly type?: 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array';
  readonly description?: string;
  readonly enum?: readonly (string | number)[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  /** Of an object: its fields, and the names of those that must be there. */
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
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
  /** What it takes, to be shown to people. @default it is not said */
  readonly takes?: Shape;
  run(args: Args, context: CallContext): unknown;
}
