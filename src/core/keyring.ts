/**
 * The keys of the cluster: one, or two while the cluster goes over from one to the other.
 *
 * With two, what goes to everybody goes out under each, and what goes to one node under the newer as soon as that node was
 * heard to use it. So no node is ever sent what it cannot open, in whatever order the nodes get the new key.
 *
 * @module
 */
import type { NodeId } from '../wire/message.ts';
import type { Opener, SealKey } from '../wire/seal.ts';

/** Keys that are valid at once. */
export const MAX_KEYS = 2;

export class Keyring implements Opener {
  private readonly whoAmI: () => NodeId;
  /** The newest last. */
  private held: readonly SealKey[];
  /** Nodes heard under the newest key, while there are two. */
  private readonly moved = new Set<NodeId>();

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

  /** These keys from now on, the newest last. */
  replace(keys: readonly SealKey[]): void {
    this.held = keys.slice(-MAX_KEYS);
    this.moved.clear();
  }

  /** A datagram of that node came under this key. */
  heard(node: NodeId, key: number): void {
    if (this.held.length > 1 && this.held.at(-1)?.id === key) this.moved.add(node);
  }

  forget(node: NodeId): void {
    this.moved.delete(node);
  }

  /** That node was heard under the newest key. */
  isOnNewest(node: NodeId): boolean {
    return this.held.length === 1 || this.moved.has(node);
  }

  /** What a datagram to that node is sealed with. */
  keyFor(node: NodeId): SealKey | undefined {
    return this.isOnNewest(node) ? this.held.at(-1) : this.held[0];
  }
}
