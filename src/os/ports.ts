/**
 * What the driver and the handles ask, and who answers it: classes, as in the core (`core/introduction.ts`).
 *
 * @module
 */
import type { Config } from '../core/config.ts';
import { Introduction } from '../core/introduction.ts';
import type { CallCommand, ClusterEvent, Instance, Outcome } from '../core/model.ts';
import type { Epoch, NodeId } from '../wire/message.ts';
import type { CallPort } from './calling.ts';
import type { Driver, DriverPort, Work } from './driver.ts';
import type { Clock } from './host.ts';
import type { HeldKeys } from './keys.ts';
import type { Provided } from './serving.ts';
import type { Stored } from './stored.ts';
import type { View } from './views.ts';

/** The parts that answer. */
export interface Desktop {
  readonly clock: Clock;
  readonly config: Config;
  readonly driver: Driver;
  readonly view: View;
  readonly provided: Provided;
  readonly stored: Stored;
  readonly keys: HeldKeys | undefined;
  emit(event: ClusterEvent): void;
  rested(): void;
  fault(error: unknown): void;
  told(command: Pick<CallCommand, 'selector' | 'op'>, settle: (outcome: Outcome) => void): (outcome: Outcome) => void;
}

export class ForDriver extends Introduction<Desktop> implements DriverPort {
  execute(work: Work): unknown {
    return this.parts.provided.run(work);
  }

  emit(event: ClusterEvent): void {
    this.parts.emit(event);
  }

  store(id: NodeId, epoch: Epoch, term: number): void {
    this.parts.stored.keep(id, epoch, term);
  }

  dropKey(): void {
    this.parts.keys?.dropOlder();
  }

  rested(): void {
    this.parts.rested();
  }

  fault(error: unknown): void {
    this.parts.fault(error);
  }
}

export class ForHandles extends Introduction<Desktop> implements CallPort {
  get clock(): Clock {
    return this.parts.clock;
  }

  get config(): Config {
    return this.parts.config;
  }

  call(command: Omit<CallCommand, 'type' | 'call'>, settle: (outcome: Outcome) => void): number {
    return this.parts.driver.call(command, this.parts.told(command, settle));
  }

  cancel(call: number): void {
    this.parts.driver.cancel(call);
  }

  instances(service: string): readonly Instance[] {
    return this.parts.view.instances(service);
  }
}
