/**
 * Questions to PostgreSQL. Points come from the coarsest roll-up that their step is made of, else from the readings.
 *
 * @module
 */
import type { Row as Found, Sql } from 'postgres';
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
} from '../../../services/storage/model.ts';
import { bySeries, matches } from '../../../services/storage/model.ts';
import { bucketOf, HOUR, MINUTE } from '../../../services/storage/rollup.ts';
import { markText, parseMark } from './mark.ts';

export class PostgresReader {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  async rows({ filter, from, to, limit, after }: RowsQuestion): Promise<Page<Row>> {
    const [id, at, n] = parseMark(after, 3) ?? [0, from, -1];
    const names = await this.names(filter, id ?? 0);
    const found = await this.sql`
      SELECT s.id AS series, ${this.ms('r.at')} AS at, r.id::float8 AS n, r.value, r.other, r.extras
      FROM unnest(${[...names.keys()]}::integer[]) AS s (id) CROSS JOIN LATERAL (
        SELECT * FROM tdos.readings WHERE series = s.id AND at >= ${moment(from)} AND at < ${moment(to)}
          AND (s.id > ${id ?? 0} OR (at, id) > (${moment(at ?? 0)}, ${n ?? 0}))
        ORDER BY at, id LIMIT ${limit + 1}) AS r
      ORDER BY s.id, r.at, r.id LIMIT ${limit + 1}`;
    return pageOf(found, limit, names, (place, row) => [
      extrasOf(row) === undefined ? [place, row.at, valueOfRow(row)] : [place, row.at, valueOfRow(row), extrasOf(row)],
      [row.series, row.at, row.n],
    ]);
  }

  async points(question: PointsQuestion): Promise<Page<Point>> {
    const { filter, step, origin, limit, after } = question;
    const [id, bucket] = parseMark(after, 2) ?? [0, -1];
    const names = await this.names(filter, id ?? 0);
    const from = bucketOf(question.from, step, origin);
    const to = bucketOf(question.to + step - 1, step, origin);
    const ids = [...names.keys()];
    const numbers = this.numbers(ids, from, to, step, origin);
    const found = await this.sql`
      SELECT series, (floor((ms - ${origin}::float8) / ${step}::float8) * ${step}::float8 + ${origin}::float8) AS at,
        sum(count)::float8 AS count, sum(sum) AS sum, min(min) AS min, max(max) AS max,
        (array_agg(last ORDER BY last_ms DESC, n DESC))[1] AS last, max(last_ms) AS last_at
      FROM (${numbers}) AS numbers
      GROUP BY 1, 2
      HAVING series > ${id ?? 0} OR
        (floor((min(ms) - ${origin}::float8) / ${step}::float8) * ${step}::float8 + ${origin}::float8) > ${bucket ?? -1}::float8
      ORDER BY 1, 2 LIMIT ${limit + 1}`;
    return pageOf(found, limit, names, (place, { series, at, count, sum, min, max, last, last_at: lastAt }) => [
      [place, at, { count, sum, min, max, last, lastAt }],
      [series, at],
    ]);
  }

  async latest(filter: SeriesFilter, limit: number): Promise<LatestRow[]> {
    const names = await this.names(filter, 0);
    const found = await this.sql`
      SELECT s.id AS series, ${this.ms('r.at')} AS at, r.value, r.other, r.extras
      FROM unnest(${[...names.keys()]}::integer[]) AS s (id) CROSS JOIN LATERAL (
        SELECT * FROM tdos.readings WHERE series = s.id ORDER BY at DESC, id DESC LIMIT 1) AS r
      ORDER BY r.at DESC, s.id LIMIT ${limit}`;
    return found.flatMap((row) => {
      const series = names.get(row.series);
      return series === undefined ? [] : [{ ...series, at: row.at, value: valueOfRow(row), extras: extrasOf(row) }];
    });
  }

  async infos(filter: SeriesFilter): Promise<SeriesInfo[]> {
    const names = await this.names(filter, 0);
    const found = await this.sql`
      SELECT s.id, ${this.ms('(SELECT min(at) FROM tdos.readings WHERE series = s.id)')} AS first,
        ${this.ms('(SELECT max(at) FROM tdos.readings WHERE series = s.id)')} AS last
      FROM unnest(${[...names.keys()]}::integer[]) AS s (id)`;
    const infos = found.flatMap(({ id, first, last }) => {
      const series = names.get(id);
      return series === undefined ? [] : [{ ...series, first: first ?? undefined, last: last ?? undefined }];
    });
    return infos.sort(bySeries);
  }

  /** The series meant, by number, from a number on. */
  private async names(filter: SeriesFilter, from: number): Promise<Map<number, Series>> {
    const { service, node, unit } = filter;
    const found = await this.sql`
      SELECT id, service, node, unit, labels FROM tdos.series WHERE id >= ${from}
        AND (${service ?? null}::text IS NULL OR service = ${service ?? null})
        AND (${node ?? null}::text IS NULL OR node = ${node ?? null})
        AND (${unit ?? null}::text IS NULL OR unit = ${unit ?? null})
      ORDER BY id`;
    const names = new Map<number, Series>();
    for (const row of found) {
      // Written by the writer, from what was checked.
      const series = { service: row.service, node: row.node, unit: row.unit, labels: JSON.parse(row.labels) };
      if (matches(series, filter)) names.set(row.id, series);
    }
    return names;
  }

  /** What buckets are made of: roll-ups, or single numbers. */
  private numbers(ids: number[], from: number, to: number, step: number, origin: number) {
    const { sql } = this;
    for (const [table, unit] of [
      ['hours', HOUR],
      ['minutes', MINUTE],
    ] as const)
      if (step % unit === 0 && origin % unit === 0)
        return sql`SELECT series, (slot * ${unit})::float8 AS ms, count, sum, min, max, last,
            (slot * ${unit} + last_at)::float8 AS last_ms, 0 AS n
          FROM ${sql(`tdos.${table}`)}
          WHERE series = ANY(${ids}::integer[]) AND slot >= ${from / unit} AND slot < ${to / unit}`;
    return sql`SELECT series, ${this.ms('at')} AS ms, 1 AS count, value AS sum, value AS min, value AS max, value AS last,
        ${this.ms('at')} AS last_ms, id AS n
      FROM tdos.readings
      WHERE series = ANY(${ids}::integer[]) AND at >= ${moment(from)} AND at < ${moment(to)} AND value IS NOT NULL`;
  }

  private ms(expression: string) {
    return this.sql.unsafe(`round(extract(epoch FROM ${expression}) * 1000)::float8`);
  }
}

const moment = (ms: number): Date => new Date(ms);

function valueOfRow({ value, other }: Found): Scalar {
  return value ?? other ?? null;
}

const extrasOf = ({ extras }: Found): Readonly<Record<string, Scalar>> | undefined => extras ?? undefined;

/** What was found as a page: one more than the limit says that there is a next. */
function pageOf<Item>(
  found: readonly Found[],
  limit: number,
  names: ReadonlyMap<number, Series>,
  itemOf: (place: number, row: Found) => readonly [item: unknown, mark: readonly number[]],
): Page<Item> {
  const places = new Map<number, number>();
  const series: Series[] = [];
  let last: readonly number[] = [];
  const items = found.slice(0, limit).map((row) => {
    const name = names.get(row.series);
    const place = places.get(row.series) ?? (name === undefined ? -1 : series.push(name) - 1);
    places.set(row.series, place);
    const [item, mark] = itemOf(place, row);
    last = mark;
    // The columns are those of the question.
    return item as Item;
  });
  return { series, items, next: found.length > limit ? markText(last) : undefined };
}
