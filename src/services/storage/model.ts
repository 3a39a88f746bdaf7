/**
 * The words of storage: readings in series, batches of them, questions about them, and the engine that keeps them.
 *
 * A series is all that one service on one node measured in one unit under the same labels. Rows name their series by its
 * place in a list that travels with them, so that a batch says each name once.
 *
 * @module
 */

/** What a reading may hold. Only numbers have averages. */
export type Scalar = number | string | boolean | null;

export type Labels = Readonly<Record<string, string>>;

/** Whose readings, and in what. All four parts tell series apart. */
export interface Series {
  readonly service: string;
  /** Name of the node that measured; may be empty. */
  readonly node: string;
  readonly unit: string;
  readonly labels: Labels;
}

/** One reading: the index of its series, when it was taken (whole ms since 1970), its value, what else was said of it. */
export type Row = readonly [series: number, at: number, value: Scalar, extras?: Readonly<Record<string, Scalar>>];

/** Numbers of one series in one span of time. `sum / count` is the average. */
export interface Summary {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** The newest, and when it was taken. */
  readonly last: number;
  readonly lastAt: number;
}

/** A minute that a logger had to roll up: the index of its series, and its beginning. */
export type MinuteRow = readonly [series: number, at: number, summary: Summary];

/** A batch is known by its source, the source's epoch and its number in that epoch: 1, 2, 3, with or without gaps. */
export interface BatchKey {
  readonly source: string;
  readonly epoch: number;
  readonly sequence: number;
}

export interface Batch {
  /** Without one, what is sent twice is kept twice. */
  readonly key: BatchKey | undefined;
  readonly series: readonly Series[];
  readonly rows: readonly Row[];
  /** Readings that were rolled up before they could be sent. */
  readonly minutes: readonly MinuteRow[];
  /** Readings of the source that are in no batch and never will be, since the batch before: its journal was full. */
  readonly dropped: number;
}

/** What became of a batch. Nothing is stored of one that is there already. */
export interface Appended {
  readonly stored: number;
  readonly repeated: boolean;
}

/** Which series; all without a field. A label matches when it is among those of the series. */
export interface SeriesFilter {
  readonly service?: string | undefined;
  readonly node?: string | undefined;
  readonly unit?: string | undefined;
  readonly labels?: Labels | undefined;
}

interface Span {
  readonly filter: SeriesFilter;
  /** ms since 1970; the first that counts, and the first that does not. */
  readonly from: number;
  readonly to: number;
  /** How many to give at most, of all series together. */
  readonly limit: number;
  /** Where to go on: the `next` of the page before. */
  readonly after: string | undefined;
}

export type RowsQuestion = Span;

export interface PointsQuestion extends Span {
  /** ms that one point stands for. Buckets are whole: `from` goes down and `to` up to where one begins. */
  readonly step: number;
  /** ms: buckets begin at `origin` and a whole number of steps before and after. */
  readonly origin: number;
}

/** By series, then by time. Indices are those of this page. */
export interface Page<Item> {
  readonly series: readonly Series[];
  readonly items: readonly Item[];
  /** Undefined at the end. */
  readonly next: string | undefined;
}

/** One bucket that holds numbers: the index of its series, and its beginning. */
export type Point = readonly [series: number, at: number, summary: Summary];

export interface SeriesInfo extends Series {
  /** When the oldest and the newest reading kept was taken; undefined when none is kept. */
  readonly first: number | undefined;
  readonly last: number | undefined;
}

export interface LatestRow extends Series {
  readonly at: number;
  readonly value: Scalar;
  readonly extras: Readonly<Record<string, Scalar>> | undefined;
}

export interface EngineStats {
  /** `sqlite`, `postgres`. */
  readonly engine: string;
  readonly series: number;
  /** Readings kept one by one. */
  readonly rows: number;
  /** Of all that is on the disk for them. */
  readonly bytes: number;
  /** Keys by which batches are known that come again. */
  readonly keys: number;
  /** Readings that sources rolled up or dropped because their journals were full; all time. */
  readonly rolledUp: number;
  readonly dropped: number;
  /** Batches that came again; since the start. */
  readonly repeated: number;
  /** Hours of a series whose readings are not as they were written, as far as was looked since the start. */
  readonly damagedHours: number;
}

/** Where rows are kept. Errors are HOST when the medium refuses, LIMIT for too many series. */
export interface StorageEngine {
  /** Resolves once the batch is durable. All of it is kept, or nothing. */
  append(batch: Batch): Promise<Appended>;
  rows(question: RowsQuestion): Promise<Page<Row>>;
  points(question: PointsQuestion): Promise<Page<Point>>;
  /** The newest of each series, the newest first. */
  latest(filter: SeriesFilter, limit: number): Promise<readonly LatestRow[]>;
  /** In the order of service, node, unit and labels. */
  series(filter: SeriesFilter): Promise<readonly SeriesInfo[]>;
  stats(): Promise<EngineStats>;
  /** Forgets what the rules of retention say, up to a piece of work, and looks for damage; true when there is more to forget. */
  prune(now: number): Promise<boolean>;
  /** Finishes what was asked. */
  close(): Promise<void>;
}

/** How long the readings of some series are kept. What is not said is kept for ever. */
export interface Retention {
  readonly filter: SeriesFilter;
  /** ms. */
  readonly rows?: number | undefined;
  readonly minutes?: number | undefined;
  readonly hours?: number | undefined;
}

/** Series in one store: 300 boards with 200 series each. More is a program that makes up names. */
export const MAX_SERIES = 65_536;
/** Epochs of one source whose batches are known when they come again; the least recently used go. */
export const MAX_EPOCHS = 16;

/** The same text for the same series. */
export const seriesText = ({ service, node, unit, labels }: Series): string =>
  JSON.stringify([service, node, unit, labelsText(labels)]);

/** The same text for the same labels, in whatever order. */
export const labelsText = (labels: Labels): string =>
  JSON.stringify(Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))));

export const matches = (series: Series, { service, node, unit, labels = {} }: SeriesFilter): boolean =>
  (service === undefined || series.service === service) &&
  (node === undefined || series.node === node) &&
  (unit === undefined || series.unit === unit) &&
  Object.entries(labels).every(([key, value]) => series.labels[key] === value);

/** For sorting: by service, node, unit and labels. */
export function bySeries(a: Series, b: Series): number {
  const one = seriesText(a);
  const other = seriesText(b);
  return one < other ? -1 : one > other ? 1 : 0;
}
