/**
 * Services: what a node offers. A definition is a value; it begins to live when a node provides it.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import { isVersion } from '../base/semver.ts';
import type { CallContext, Operation, Shape } from './operation.ts';
import type { ServiceDefinition } from './os.ts';

/** The operation that tells what the others take. */
const DESCRIBE = 'describe';

/** What {@link defineService} takes. Functions may be async. */
export interface ServiceSpec {
  /** 1 to 64 of a-z, 0-9, `_`, `.` and `-`: `temp_sensor`. */
  readonly name: string;
  /** Semantic version. @default '1.0.0' */
  readonly version?: string;
  /** Where and what it is: `{ room: 'kitchen' }`; a resource can ask for them. */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * The safe operation `read`. `{ value, unit, age?, at? }` says what is measured in what, and how old it is (`age`: ms)
   * or when it was taken (`at`: ms since 1970); any other JSON is the value itself.
   */
  read?(args: never, context: CallContext): unknown;
  /** The unsafe operation `write`. */
  write?(value: never, context: CallContext): unknown;
  /** What `write` takes, to be shown to people. */
  readonly writes?: Shape;
  /** Further operations by name. */
  readonly ops?: Readonly<Record<string, Operation<never>>>;
  /** Called once the service is withdrawn or its node closes. */
  stop?(): unknown;
}

/**
 * Defines a service.
 *
 * ```ts
 * export default defineService({
 *   name: 'soil_sensor',
 *   labels: { room: 'greenhouse' },
 *   read: () => ({ value: adc.percent(26), unit: '%' }),
 *   ops: { calibrate: { safe: false, run: ({ dry }) => adc.setZero(dry) } },
 * });
 * ```
 *
 * @throws TdosError BAD_ARGUMENT when name, version or operations make no sense. Labels, and whether it all fits a
 * datagram, are checked when a node provides it.
 */
export function defineService(spec: ServiceSpec): ServiceDefinition {
  const { name, version = '1.0.0', labels = {} } = spec;
  if (typeof name !== 'string' || !/^[a-z0-9_.-]{1,64}$/.test(name))
    refuse(`A service is named with 1 to 64 of a-z, 0-9, _, . and -, not \`${String(name)}\`.`);
  if (!isVersion(version)) refuse(`The version of \`${name}\` must read like 1.2.0, not \`${version}\`.`);
  const operations = operationsOf(spec);
  if (operations.size === 0) refuse(`\`${name}\` can do nothing. Give it \`read\`, \`write\` or \`ops\`.`);
  const capabilities = [...operations].map(([op, { safe }]) => (safe ? op : `${op}!`));
  return { name, version, labels, capabilities, start: () => ({ operations, stop: () => spec.stop?.() }) };
}

function operationsOf(spec: ServiceSpec): Map<string, Operation> {
  const operations = new Map<string, Operation>();
  const add = (op: string, operation: Operation<never>): void => {
    if (typeof operation.run !== 'function' || typeof operation.safe !== 'boolean')
      refuse(`The operation \`${op}\` of \`${spec.name}\` must be { safe: true or false, run: (args) => result }.`);
    if (op === '' || op.includes('!'))
      refuse(`\`${op}\` is no name for an operation: say with \`safe: false\` that it must not be repeated.`);
    if (operations.has(op)) refuse(`\`${spec.name}\` defines \`${op}\` twice.`);
    operations.set(op, operation);
  };
  const { read, write, ops = {} } = spec;
  if (read !== undefined) add('read', { safe: true, run: (args, context) => spec.read?.(args, context) });
  const { writes } = spec;
  if (write !== undefined)
    add('write', {
      safe: false,
      ...(writes === undefined ? {} : { takes: writes }),
      run: (args, context) => spec.write?.(args, context),
    });
  for (const [op, operation] of Object.entries(ops)) add(op, operation);
  describeAll(operations);
  return operations;
}

/** Where an operation says what it takes, one more tells whoever asks: `describe` gives `{ [op]: shape }`. */
function describeAll(operations: Map<string, Operation>): void {
  const shapes: Record<string, Shape> = {};
  for (const [op, { takes }] of operations) if (takes !== undefined) shapes[op] = takes;
  if (Object.keys(shapes).length > 0 && !operations.has(DESCRIBE))
    operations.set(DESCRIBE, { safe: true, run: () => shapes });
}

function refuse(sentence: string): never {
  throw new TdosError('BAD_ARGUMENT', sentence);
}
