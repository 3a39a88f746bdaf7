/**
 * Questions to SQLite. Points come from the coarsest roll-up that their step is made of, else from the readings.
 *
 * Each bucket is asked by itself, from the first that holds something to the next: the rows lie in the order of time, so
 * that no sorting is needed, and a wide span with little in it costs little.
 *
 * @module
 */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type {
  LatestRow,
  Page,
  Point,
  PointsQuestion,
  Row,
  RowsQuestion,
  Scalar,
  Series,
  SeriesFilter,
  SeriesInfo,
  Summary,
} from '../../../services/storage/model.ts';
import { bucketOf, HOUR, MINUTE } from '../../../services/storage/rollup.ts';
import { type Mark, markText, parseMark } from './mark.ts';
import type { KnownSeries, SeriesTable } from './sqlite-series.ts';
import { scalarOf } from './sqlite-values.ts';

/** Where the numbers of a bucket are taken from; times are in its unit. */
interface Source {
  readonly unit: number;
  /** The first moment, at or after one and before another, that has a number. */
  readonly first: StatementSync;
  readonly sums: StatementSync;
  readonly last: StatementSync;
}

export class SqliteReader {
  private readonly series: SeriesTable;
  private readonly rowsOf: StatementSync;
  private readonly extrasOf: StatementSync;
  private readonly newest: StatementSync;
  private readonly ends: StatementSync;
  /** The coarsest first. */
  private readonly sources: readonly Source[];

  constructor(db: DatabaseSync, series: SeriesTable) {
    this.series = series;
    this.rowsOf = db.prepare(
      'SELECT at, n, value FROM readings WHERE series = ? AND (at, n) > (?, ?) AND at < ? ORDER BY at, n LIMIT ?',
    );
    this.extrasOf = db.prepare('SELECT at, n, fields FROM extras WHERE series = ? AND at BETWEEN ? AND ?');
    this.newest = db.prepare('SELECT at, n, value FROM readings WHERE series = ? ORDER BY at DESC, n DESC LIMIT 1');
    this.ends = db.prepare(
      'SELECT (SELECT min(at) FROM readings WHERE series = ?1) AS first, (SELECT max(at) FROM readings WHERE series = ?1) AS last',
    );
    this.sources = [rollUp(db, 'hours', 'hour', HOUR), rollUp(db, 'minutes', 'minute', MINUTE), readings(db)];
  }

  rows({ filter, from, to, limit, after }: RowsQuestion): Page<Row> {
    const page = new PageMaker<Row>(limit);
    const mark = parseMark(after, 3);
    for (const series of this.series.unsorted(filter)) {
      if (page.isFull || isPast(series, mark)) continue;
      const start = series.id === mark?.[0] ? mark : [0, from, -1];
      const found = this.rowsOf.all(series.id, start[1] ?? 0, start[2] ?? 0, to, page.room);
      const extras = this.extras(series.id, found);
      for (const { at, n, value } of found) {
        const more = extras.get(`${at}.${n}`);
        const place = page.placeOf(series);
        const row: Row =
          more === undefined ? [place, Number(at), scalarOf(value)] : [place, Number(at), scalarOf(value), more];
        page.add(row, [series.id, Number(at), Number(n)]);
      }
    }
    return page.done();
  }

  points(question: PointsQuestion): Page<Point> {
    const { filter, step, origin, limit, after } = question;
    const page = new PageMaker<Point>(limit);
    const mark = parseMark(after, 2);
    const from = bucketOf(question.from, step, origin);
    const to = bucketOf(question.to + step - 1, step, origin);
    const source = this.sources.find(({ unit }) => step % unit === 0 && origin % unit === 0);
    for (const series of this.series.unsorted(filter)) {
      if (page.isFull || isPast(series, mark) || source === undefined) continue;
      let at = series.id === mark?.[0] ? (mark[1] ?? from) + step : from;
      while (!page.isFull) {
        const first = source.first.get(series.id, at / source.unit, to / source.unit)?.at;
        if (first === undefined || first === null) break;
        const bucket = bucketOf(Number(first) * source.unit, step, origin);
        const summary = summaryOf(source, series.id, bucket, bucket + step);
        page.add([page.placeOf(series), bucket, summary], [series.id, bucket]);
        at = bucket + step;
      }
    }
    return page.done();
  }

  latest(filter: SeriesFilter, limit: number): LatestRow[] {
    const rows = this.series.unsorted(filter).flatMap((series) => {
      const found = this.newest.get(series.id);
      return found === undefined ? [] : [{ series, found, at: Number(found.at) }];
    });
    rows.sort((a, b) => b.at - a.at);
    return rows.slice(0, limit).map(({ series, found, at }) => ({
      ...plain(series),
      at,
      value: scalarOf(found.value),
      extras: this.extras(series.id, [found]).get(`${found.at}.${found.n}`),
    }));
  }

  infos(filter: SeriesFilter): SeriesInfo[] {
    return this.series.sorted(filter).map((series) => {
      const { first, last } = this.ends.get(series.id) ?? {};
      const known = (at: SQLOutputValue | undefined): number | undefined => (typeof at === 'number' ? at : undefined);
      return { ...plain(series), first: known(first), last: known(last) };
    });
  }

  /** What else was said of some readings, in the order of time, by moment and number. */
  private extras(
    id: number,
    rows: readonly Record<string, SQLOutputValue>[],
  ): ReadonlyMap<string, Readonly<Record<string, Scalar>>> {
    const first = rows[0]?.at;
    const last = rows.at(-1)?.at;
    if (first === undefined || last === undefined) return new Map();
    const found = this.extrasOf.all(id, first, last);
    // Written by the writer, from what was checked.
    return new Map(
      found.map(({ at, n, fields }) => [`${at}.${n}`, JSON.parse(String(fields)) as Record<string, Scalar>]),
    );
  }
}

/** Collects up to a limit, and knows where to go on. */
class PageMaker<Item> {
  private readonly limit: number;
  private readonly places = new Map<number, number>();
  private readonly series: Series[] = [];
  private readonly items: Item[] = [];
  private last: Mark | undefined;
  private hasMore = false;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** One more than the limit was found: there is a next page. */
  get isFull(): boolean {
    return this.hasMore;
  }

  get room(): number {
    return this.limit - this.items.length + 1;
  }

  placeOf(series: KnownSeries): number {
    const known = this.places.get(series.id);
    if (known !== undefined) return known;
    // The one item too many begins no series.
    if (this.items.length === this.limit) return -1;
    const place = this.series.push(plain(series)) - 1;
    this.places.set(series.id, place);
    return place;
  }

  add(item: Item, mark: Mark): void {
    if (this.items.length === this.limit) {
      this.hasMore = true;
      return;
    }
    this.items.push(item);
    this.last = mark;
  }

  done(): Page<Item> {
    const { series, items, last, hasMore } = this;
    return { series, items, next: hasMore && last !== undefined ? markText(last) : undefined };
  }
}

const isPast = (series: KnownSeries, mark: Mark | undefined): boolean =>
  mark !== undefined && series.id < (mark[0] ?? 0);

const plain = ({ service, node, unit, labels }: KnownSeries): Series => ({ service, node, unit, labels });

function summaryOf({ unit, sums, last }: Source, id: number, from: number, to: number): Summary {
  const { count, sum, min, max } = sums.get(id, from / unit, to / unit) ?? {};
  const { at, value } = last.get(id, from / unit, to / unit) ?? {};
  return {
    ...{ count: Number(count), sum: Number(sum), min: Number(min), max: Number(max) },
    ...{ last: Number(value), lastAt: Number(at) },
  };
}

function rollUp(db: DatabaseSync, table: string, column: string, unit: number): Source {
  const where = `FROM ${table} WHERE series = ? AND ${column} >= ? AND ${column} < ? AND count > 0`;
  return {
    unit,
    first: db.prepare(`SELECT ${column} AS at ${where} ORDER BY ${column} LIMIT 1`),
    sums: db.prepare(`SELECT sum(count) AS count, sum(sum) AS sum, min(min) AS min, max(max) AS max ${where}`),
    last: db.prepare(
      `SELECT ${column} * ${unit} + last_at AS at, last AS value ${where} ORDER BY ${column} DESC LIMIT 1`,
    ),
  };
}

function readings(db: DatabaseSync): Source {
  const where = "FROM readings WHERE series = ? AND at >= ? AND at < ? AND typeof(value) = 'real'";
  return {
    unit: 1,
    first: db.prepare(`SELECT at ${where} ORDER BY at LIMIT 1`),
    sums: db.prepare(`SELECT count(*) AS count, sum(value) AS sum, min(value) AS min, max(value) AS max ${where}`),
    last: db.prepare(`SELECT at, value ${where} ORDER BY at DESC, n DESC LIMIT 1`),
  };
}
