/**
 * The cluster's keys as this node holds them, and where they come from.
 *
 * @module
 */
import type { KeySource } from './host.ts';

export class HeldKeys {
  private readonly source: KeySource;
  /** 32 bytes each, the newest last; one or two. */
  private held: readonly Uint8Array[];

  /** @throws TdosError NO_KEY when there is none; HOST when they cannot be read. */
  constructor(source: KeySource) {
    this.source = source;
    this.held = source.load();
  }

  get all(): readonly Uint8Array[] {
    return this.held;
  }

  /** Tells of other keys, until the returned function is called. */
  watch(changed: (keys: readonly Uint8Array[]) => void): () => void {
    return this.source.watch((keys) => {
      this.held = keys;
      changed(keys);
    });
  }

  /** Forgets the older of two for good. @throws TdosError HOST */
  dropOlder(): void {
    const [older, ...rest] = this.held;
    this.held = rest;
    if (older !== undefined) this.source.drop(older);
  }
}
