/**
 * One part's port, answered by the others: what `ForHealth` says is what health asks. A class for each port, and not an
 * object of closures: on a board a class stands in flash, while every closure takes some hundred bytes of memory.
 *
 * @module
 */

/** @typeParam Parts - those who answer. */
export abstract class Introduction<Parts> {
  protected readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }
}
