/**
 * Virtual services: computed from the readings of others, and opened like any other.
 *
 * Its value is as old as the oldest value in it, and stale if any in it is. Sources that cannot be read are left out;
 * `sources` in the answer says how many are in it. Without any there is no value.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import type { Survey } from './group.ts';
import type { CallContext } from './operation.ts';
import type { Os, ServiceDefinition, Serving } from './os.ts';
import type { Reading } from './reading.ts';
import { isGroup, parseResource } from './resource.ts';
import { defineService } from './service.ts';

/** How many values become one. Of an even number, the median is the mean of the middle two. */
export type Reduction = 'median' | 'mean' | 'min' | 'max' | 'sum' | 'count';

export interface VirtualSpec {
  /** What it is computed from: `temp_sensor@*`, or one resource. */
  readonly from: string;
  /** How; a function gets at least one value, with the readings in the same order. */
  readonly reduce: Reduction | ((values: readonly number[], readings: readonly Reading[]) => unknown);
  /** ms: last known values of sources may stand in that are not older. @default none may */
  readonly maxAge?: number;
  /** @default the unit of the sources, which must then have the same; none for a `count` */
  readonly unit?: string;
  /** Semantic version. @default '1.0.0' */
  readonly version?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Share of the caller's time that the sources get, so that those that answer are not lost with those that don't. */
const SOURCES_SHARE = 0.8;

const REDUCTIONS: Readonly<Record<Reduction, (sorted: readonly number[]) => number>> = {
  median: (sorted) => {
    const middle = sorted.length / 2;
    return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
  },
  mean: (sorted) => sum(sorted) / sorted.length,
  min: (sorted) => sorted[0] ?? 0,
  max: (sorted) => sorted[sorted.length - 1] ?? 0,
  sum: (sorted) => sum(sorted),
  count: (sorted) => sorted.length,
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/**
 * Defines a service that is computed from others.
 *
 * ```ts
 * await os.provide(defineVirtual('house_temp', { from: 'temp_sensor@*', reduce: 'median' }));
 * ```
 *
 * @throws TdosError BAD_ARGUMENT for a name, version, resource or reduction that makes no sense.
 */
export function defineVirtual(name: string, spec: VirtualSpec): ServiceDefinition {
  const { from, reduce, version, labels } = spec;
  parseResource(from);
  if (typeof reduce !== 'function' && !Object.hasOwn(REDUCTIONS, reduce)) {
    const known = Object.keys(REDUCTIONS).join(', ');
    throw new TdosError(
      'BAD_ARGUMENT',
      `\`${name}\` cannot reduce by \`${reduce}\`: give a function, or one of ${known}.`,
    );
  }
  const plain = defineService({
    name,
    ...(version === undefined ? {} : { version }),
    ...(labels === undefined ? {} : { labels }),
    read: () => null,
  });
  return { ...plain, start: (os) => serve(os, name, spec) };
}

function serve(os: Os, name: string, spec: VirtualSpec): Serving {
  const sources = new Sources(os, spec);
  const read = async (_args: unknown, context: CallContext): Promise<unknown> => {
    const survey = await sources.survey(context.leftMs * SOURCES_SHARE);
    return compute(name, spec, survey);
  };
  return { operations: new Map([['read', { safe: true, run: read }]]), stop: () => sources.close() };
}

interface Source {
  survey(timeoutMs: number): Promise<Survey>;
  close(): void;
}

/** What is read: one handle or one group, opened when it is first needed. */
class Sources {
  private readonly os: Os;
  private readonly spec: VirtualSpec;
  private opened: Promise<Source> | undefined;

  constructor(os: Os, spec: VirtualSpec) {
    this.os = os;
    this.spec = spec;
  }

  async survey(timeoutMs: number): Promise<Survey> {
    this.opened ??= this.open(timeoutMs);
    try {
      const source = await this.opened;
      return await source.survey(timeoutMs);
    } catch (error) {
      if (!(error instanceof TdosError)) throw error;
      return { readings: [], failures: [{ node: '', nodeId: 0, error }] };
    }
  }

  close(): void {
    this.opened?.then(
      (source) => source.close(),
      () => undefined,
    );
  }

  private async open(timeoutMs: number): Promise<Source> {
    try {
      return await this.opening(timeoutMs);
    } catch (error) {
      this.opened = undefined;
      throw error;
    }
  }

  private async opening(timeoutMs: number): Promise<Source> {
    const { from, maxAge } = this.spec;
    if (isGroup(from)) {
      const group = await this.os.open(from);
      return { survey: (ms) => group.survey({ timeoutMs: ms, maxAge }), close: () => group.close() };
    }
    const handle = await this.os.open(from, { timeoutMs });
    return {
      survey: async (ms) => ({ readings: [await handle.read({ timeoutMs: ms, maxAge })], failures: [] }),
      close: () => handle.close(),
    };
  }
}

function compute(name: string, spec: VirtualSpec, { readings, failures }: Survey): unknown {
  const { from, reduce } = spec;
  const isCount = reduce === 'count';
  if (readings.length === 0 && !isCount) {
    const error = failures[0]?.error;
    const why = error === undefined ? 'nobody offers it.' : error.message;
    throw new TdosError(
      error?.code === 'STALE' ? 'STALE' : 'UNAVAILABLE',
      `\`${name}\` is computed from ${from}: ${why}`,
    );
  }
  const values = readings.map(({ value, node }) => {
    if (typeof value === 'number' || isCount) return value;
    throw new TdosError(
      'FAILED',
      `\`${name}\` is computed from numbers, but ${from} on ${node} gives ${JSON.stringify(value)}.`,
    );
  });
  const value =
    typeof reduce === 'function' ? reduce(values, readings) : REDUCTIONS[reduce]([...values].sort((a, b) => a - b));
  return {
    value,
    unit: spec.unit ?? (isCount ? '' : commonUnit(name, readings)),
    age: readings.reduce((oldest, { age }) => Math.max(oldest, age), 0),
    sources: readings.length,
    ...(readings.some(({ quality }) => quality === 'stale') ? { quality: 'stale' } : {}),
  };
}

function commonUnit(name: string, readings: readonly Reading[]): string {
  const units = [...new Set(readings.map(({ unit }) => unit))];
  if (units.length > 1)
    throw new TdosError('FAILED', `The sources of \`${name}\` measure in different units: ${units.join(', ')}.`);
  return units[0] ?? '';
}
