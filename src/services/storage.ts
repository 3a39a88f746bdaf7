/**
 * `storage`: keeps readings for good. `append` is answered once the rows are safe on the medium; `latest` gives the last
 * row of each service and node; `count` says how many there are.
 *
 * A batch with an `id` is stored once, however often it is sent: after OUTCOME_UNKNOWN, send it again with its id.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import type { ServiceDefinition } from '../os/os.ts';
import { defineService } from '../os/service.ts';
import { isLabelValue, isName, isObject } from '../wire/checks.ts';

/** One reading to keep. Other fields are kept too: texts, numbers, booleans and null. */
export interface Row {
  readonly service: string;
  /** Name of the node that measured it; may be empty. */
  readonly node: string;
  readonly value: unknown;
  readonly unit: string;
  /** When it was measured, ms since 1970. */
  readonly at: number;
  readonly [field: string]: unknown;
}

/** Which rows are meant; all without a field. */
export interface RowFilter {
  readonly service?: string | undefined;
  readonly node?: string | undefined;
}

/** Where rows are kept. */
export interface Ledger {
  /**
   * Resolves once the rows are durable: true, or false when a batch of that id is there already. All or none are kept.
   *
   * @throws TdosError HOST when the medium refuses.
   */
  append(rows: readonly Row[], id: string | undefined): Promise<boolean>;
  /** The last row of each service and node, the newest first, at most `limit`. */
  latest(filter: RowFilter, limit: number): Row[];
  count(): number;
}

export interface StorageOptions {
  /** Semantic version. @default '1.0.0' */
  readonly version?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Rows in one batch. */
export const MAX_BATCH = 1000;
/** Fields of a row beyond the five. */
const MAX_EXTRAS = 16;
/** UTF-16 units of a text in a row. */
const MAX_FIELD_TEXT = 256;
/** Rows that `latest` gives unless told, and at most. */
const LATEST = 100;
const MAX_LATEST = 1000;

/**
 * The service `storage` over a ledger.
 *
 * - `append` `{ rows: [{ service, node?, value, unit?, at, ... }], id? }`, or one row: `{ stored, repeated }`
 * - `latest` `{ service?, node?, limit? }`: rows
 * - `count`: a number
 */
export function storage(ledger: Ledger, options: StorageOptions = {}): ServiceDefinition {
  return defineService({
    name: 'storage',
    version: options.version ?? '1.0.0',
    labels: options.labels ?? {},
    ops: {
      append: {
        safe: false,
        run: async (args: unknown) => {
          const { rows, id } = batchOf(args);
          const isNew = await ledger.append(rows, id);
          return { stored: isNew ? rows.length : 0, repeated: !isNew };
        },
      },
      latest: {
        safe: true,
        run: (args: unknown) => {
          const { limit, ...filter } = questionOf(args);
          return ledger.latest(filter, limit);
        },
      },
      count: { safe: true, run: () => ledger.count() },
    },
  });
}

function refuse(sentence: string): never {
  throw new TdosError('BAD_ARGUMENT', sentence);
}

function batchOf(args: unknown): { readonly rows: readonly Row[]; readonly id: string | undefined } {
  if (!isObject(args)) return refuse('`append` takes a row { service, value, at }, or { rows: [...] }.');
  const { rows, id } = args;
  if (rows === undefined) return { rows: [rowOf(args, 0)], id: undefined };
  if (!Array.isArray(rows) || rows.length === 0 || rows.length > MAX_BATCH)
    return refuse(`\`rows\` must be a list of 1 to ${MAX_BATCH} rows.`);
  if (id !== undefined && !isName(id)) return refuse('The `id` of a batch is a text of 1 to 64 characters.');
  return { rows: rows.map(rowOf), id };
}

function rowOf(value: unknown, index: number): Row {
  const where = `Row ${index}`;
  if (!isObject(value)) return refuse(`${where} must be { service, value, at }.`);
  const { service, node = '', value: measured, unit = '', at, ...extras } = value;
  if (!isName(service)) return refuse(`${where}: \`service\` must be a name of 1 to 64 characters.`);
  if (!isLabelValue(node)) return refuse(`${where}: \`node\` must be a name of at most 64 characters.`);
  if (!isLabelValue(unit)) return refuse(`${where}: \`unit\` must be a text of at most 64 characters.`);
  if (typeof at !== 'number' || !Number.isFinite(at))
    return refuse(`${where}: \`at\` must be a time in ms since 1970.`);
  if (!isScalar(measured)) return refuse(`${where}: \`value\` must be a number, a text, true, false or null.`);
  if (Object.keys(extras).length > MAX_EXTRAS || !Object.values(extras).every(isScalar))
    return refuse(`${where}: at most ${MAX_EXTRAS} more fields, with texts, numbers, true, false or null.`);
  return { ...extras, service, node, value: measured, unit, at };
}

const isScalar = (value: unknown): boolean =>
  value === null ||
  typeof value === 'boolean' ||
  (typeof value === 'number' && Number.isFinite(value)) ||
  (typeof value === 'string' && value.length <= MAX_FIELD_TEXT);

function questionOf(args: unknown): RowFilter & { readonly limit: number } {
  if (args === undefined || args === null) return { limit: LATEST };
  if (!isObject(args)) return refuse('`latest` takes { service?, node?, limit? }.');
  const { service, node, limit = LATEST } = args;
  if (service !== undefined && !isName(service)) return refuse('`service` must be a name.');
  if (node !== undefined && !isLabelValue(node)) return refuse('`node` must be a name.');
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1 || limit > MAX_LATEST)
    return refuse(`\`limit\` must be an integer from 1 to ${MAX_LATEST}.`);
  return { service, node, limit };
}
