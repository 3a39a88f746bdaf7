/**
 * The keys of the cluster: one, or two while the cluster goes over from one to the other.
 *
 * With two, what goes to everybody goes out under each. So does what opens a conversation with a node, until that node was
 * heard to use the newer: from then on it gets that alone. Answers go out under the newer if the other has it, else under the
 * older. So each node is sent something that it can open, in whatever order the nodes get and drop keys.
 *
 * Once a kernel has used nothing but the newer for a minute, and nobody else the older alone, the older is dropped.
 *
 * @module
 */
import { elapsed, type Instant } from '../base/time.ts';
import type { NodeId } from '../wire/message.ts';
import type { Opener, SealKey } from '../wire/seal.ts';

/** Keys that are valid at once. */
export const MAX_KEYS = 2;
/** ms that the older key must have been out of use before it is dropped. */
const DROP_MS = 60_000;
/** Nodes whose use of the newer key is remembered. Beyond, all are learned anew. */
const MAX_MOVED = 1024;

export class Keyring implements Opener {
  private readonly whoAmI: () => NodeId;
  /** The newest last. */
  private held: readonly SealKey[];
  /** Nodes heard under the newest key, while there are two. */
  private readonly moved = new Set<NodeId>();
  /** Since when each kernel has used the newest key alone, while there are two. */
  private readonly kernels = new Map<NodeId, Instant>();
  /** When somebody last used the older key who was not heard under the newest. */
  private olderAt: Instant | undefined;

  constructor(keys: readonly SealKey[], whoAmI: () => NodeId) {
    this.held = keys.slice(-MAX_KEYS);
    this.whoAmI = whoAmI;
  }

  get self(): NodeId {
    return this.whoAmI();
  }

  /** What everybody's datagrams are sealed with: one for each. */
  get all(): readonly SealKey[] {
    return this.held;
  }

  key(id: number): SealKey | undefined {
    for (const key of this.held) if (key.id === id) return key;
    return undefined;
  }

  /** 32 bytes for a purpose, that only who has the key can know. No purpose begins as a datagram does. */
  secret(purpose: Uint8Array): Uint8Array {
    return this.held.at(-1)?.mac(purpose).slice() ?? new Uint8Array(32);
  }

  /** These keys from now on, the newest last. */
  replace(keys: readonly SealKey[]): void {
    this.held = keys.slice(-MAX_KEYS);
    this.moved.clear();
    this.kernels.clear();
    this.olderAt = undefined;
  }

  /** A datagram of that node came under this key. */
  heard(node: NodeId, key: number): void {
    if (this.held.length === 1 || this.held.at(-1)?.id !== key || this.moved.has(node)) return;
    if (this.moved.size >= MAX_MOVED) this.moved.clear();
    this.moved.add(node);
  }

  /** A node that is believed used this key. @returns true when that drops the older one. */
  isOver(node: NodeId, key: number, isKernel: boolean, now: Instant): boolean {
    const newest = this.held.at(-1);
    if (this.held.length === 1 || newest === undefined) return false;
    if (key !== newest.id) {
      this.kernels.delete(node);
      if (!this.moved.has(node)) this.olderAt = now;
      return false;
    }
    if (!isKernel) return false;
    const since = this.kernels.get(node) ?? now;
    this.kernels.set(node, since);
    if (elapsed(since, now) < DROP_MS) return false;
    if (this.olderAt !== undefined && elapsed(this.olderAt, now) < DROP_MS) return false;
    this.replace([newest]);
    return true;
  }

  forget(node: NodeId): void {
    this.moved.delete(node);
    this.kernels.delete(node);
  }

  /** That node was heard under the newest key. */
  isOnNewest(node: NodeId): boolean {
    return this.held.length === 1 || this.moved.has(node);
  }

  /** What a datagram to that node is sealed with: one for each. */
  keysFor(node: NodeId, isAnswer: boolean): readonly SealKey[] {
    if (this.held.length === 1) return this.held;
    if (this.moved.has(node)) return this.held.slice(-1);
    // The newer first: who has both may answer only the first of two questions.
    return isAnswer ? this.held.slice(0, 1) : [...this.held].reverse();
  }
}
