/**
 * Runs the operations of a service without a network, for its unit test.
 *
 * @module
 */
import type { CallContext } from '../src/os/operation.ts';
import type { Os, ServiceDefinition } from '../src/os/os.ts';

const context: CallContext = { client: 1, leftMs: 3000, expired: () => false };

/** The operations of a service that asks nothing of its node, by name; args in, result out. */
export function operationsOf(definition: ServiceDefinition): (op: string, args?: unknown) => unknown {
  const nobody = {} as Os;
  const { operations } = definition.start(nobody);
  return (op, args) => {
    const operation = operations.get(op);
    if (operation === undefined) throw new Error(`no operation ${op}`);
    return operation.run(args, context);
  };
}
