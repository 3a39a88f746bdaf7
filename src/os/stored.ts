/**
 * What a node knows of its earlier lives: its id, that its epoch must rise, who the kernels were. Everything here is
 * saved before it is used, so that no epoch is used twice, whenever the power goes.
 *
 * @module
 */
import type { Random } from '../base/random.ts';
import type { Address, Epoch, NodeId } from '../wire/message.ts';
import type { Store, StoredState } from './host.ts';

/** A new epoch is 1 to this many above the stored one, so that a lost write seldom repeats one. */
const EPOCH_STEP = 1024;
/** First epochs lie in the lower half, which leaves two million starts. */
const FIRST_EPOCHS = 0x8000_0000;
const MAX_EPOCH = 0xffff_ffff;
/** Kernels remembered, the latest first. */
const MAX_KERNELS = 8;

export class Stored {
  private readonly store: Store | undefined;
  private current: StoredState;

  /**
   * Begins a new life, saved when this returns.
   *
   * @param store - undefined for a node that lives for a moment: a new id each time, and nothing kept.
   * @throws TdosError HOST when it cannot be saved.
   */
  constructor(store: Store | undefined, random: Random) {
    this.store = store;
    this.current = nextLife(store?.load(), random);
    store?.save(this.current);
  }

  get state(): StoredState {
    return this.current;
  }

  /** Its id too changes when another node turns out to have the same. @throws TdosError HOST when it cannot be saved. */
  keep(id: NodeId, epoch: Epoch, term: number): void {
    this.update({ ...this.current, id, epoch, term });
  }

  /** A kernel was met there. @throws TdosError HOST when it cannot be saved. */
  met(kernel: Address): void {
    const { kernels } = this.current;
    if (kernels[0] === kernel) return;
    const others = kernels.filter((address) => address !== kernel);
    this.update({ ...this.current, kernels: [kernel, ...others].slice(0, MAX_KERNELS) });
  }

  private update(state: StoredState): void {
    this.current = state;
    this.store?.save(state);
  }
}

function nextLife(last: StoredState | undefined, random: Random): StoredState {
  const { id = 0, epoch = 0, term = 0, kernels = [] } = last ?? {};
  const next = epoch + 1 + random.below(EPOCH_STEP);
  if (id > 0 && epoch > 0 && next <= MAX_EPOCH) return { id, epoch: next, term, kernels };
  // Nothing stored, or no epochs left: a new node.
  return { id: random.id(), epoch: 1 + random.below(FIRST_EPOCHS), term, kernels };
}
