/**
 * The services that this node provides: it finds the operation that a call means, and runs it.
 *
 * @module
 */
import { type ErrorCode, TdosError } from '../base/errors.ts';
import { after } from '../base/time.ts';
import type { Work } from './driver.ts';
import type { Clock } from './host.ts';
import type { CallContext, Operation } from './operation.ts';
import type { Os, ServiceDefinition, Serving } from './os.ts';

export class Provided {
  private readonly clock: Clock;
  private readonly byName = new Map<string, Serving>();
  private readonly fault: (error: unknown) => void;

  /** @param fault - told of what a service throws when it stops. */
  constructor(clock: Clock, fault: (error: unknown) => void) {
    this.clock = clock;
    this.fault = fault;
  }

  /**
   * Serves what is defined once `offer` has gone through.
   *
   * @throws TdosError BAD_ARGUMENT when there is one of that name; what `offer` and the service's `start` throw.
   */
  add(definition: ServiceDefinition, os: Os, offer: () => void): Serving {
    const { name } = definition;
    if (this.byName.has(name))
      throw new TdosError('BAD_ARGUMENT', `This node provides \`${name}\` already. Withdraw it first.`);
    const serving = definition.start(os);
    this.byName.set(name, serving);
    try {
      offer();
    } catch (error) {
      this.remove(name, serving);
      throw error;
    }
    return serving;
  }

  /** False when it is not served, or by another since. */
  remove(name: string, serving: Serving): boolean {
    if (this.byName.get(name) !== serving) return false;
    this.byName.delete(name);
    const failed = (error: unknown): void => this.fault(error);
    Promise.resolve()
      .then(() => serving.stop())
      .catch(failed);
    return true;
  }

  removeAll(): void {
    for (const [name, serving] of [...this.byName]) this.remove(name, serving);
  }

  /**
   * Runs an operation.
   *
   * @throws TdosError NOT_FOUND, BAD_OPERATION; what the operation throws.
   */
  run(work: Work): unknown {
    const { service, op, args, client, leftMs } = work;
    const serving = this.byName.get(service);
    if (serving === undefined) throw new TdosError('NOT_FOUND', `This node offers \`${service}\` no longer.`);
    const operation = serving.operations.get(op);
    if (operation === undefined) throw new TdosError('BAD_OPERATION', `\`${service}\` has no operation \`${op}\`.`);
    const deadline = after(this.clock.now(), leftMs);
    const context = { client, leftMs, expired: () => this.clock.now() >= deadline };
    return operation.safe ? operation.run(args, context) : runUnsafe(operation, args, context);
  }
}

/** Codes by which a caller knows that nothing ran, and that it may ask another instance. */
const NOTHING_RAN: readonly ErrorCode[] = ['NOT_FOUND', 'BUSY', 'EXPIRED', 'WRONG_EPOCH'];

/** An unsafe operation that began must never look as if it had not: it would be run again, elsewhere. */
async function runUnsafe(operation: Operation, args: unknown, context: CallContext): Promise<unknown> {
  try {
    return await operation.run(args, context);
  } catch (error) {
    if (error instanceof TdosError && NOTHING_RAN.includes(error.code)) throw new TdosError('FAILED', error.message);
    throw error;
  }
}
