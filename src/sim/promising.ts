/**
 * Code that waits for promises on a machine for which the world does not wait (`Machine.awaits`): what it waits on goes
 * through here, so that the world waits just then.
 *
 * @module
 */
import type { Clock } from '../os/host.ts';
import type { Operation } from '../os/operation.ts';
import type { ServiceDefinition } from '../os/os.ts';
import type { Machine } from './machine.ts';

/** The machine's clock, for code that waits for time by promises. */
export const promisingClock = (machine: Machine): Clock => ({
  now: () => machine.now(),
  wallClock: () => machine.wallClock(),
  timer: (at, run) => machine.timer(at, stirring(machine, run)),
});

/** The service, whose operations may answer by promises. What they wait for themselves needs a {@link promisingClock}. */
export const promisingService = (machine: Machine, definition: ServiceDefinition): ServiceDefinition => ({
  ...definition,
  start: (os) => {
    const serving = definition.start(os);
    const operations = new Map<string, Operation>();
    for (const [name, operation] of serving.operations)
      operations.set(name, { ...operation, run: stirring(machine, operation.run.bind(operation)) });
    return { operations, stop: () => serving.stop() };
  },
});

const stirring =
  <Args extends readonly unknown[], Result>(machine: Machine, run: (...args: Args) => Result) =>
  (...args: Args): Result => {
    machine.stir();
    return run(...args);
  };
