/**
 * The PostgreSQL engine, for those who outgrow one machine. Batches that come while one transaction is under way go into the next together.
 * The connection is made again by itself when it breaks; what was under way then is refused, and comes again.
 *
 * @module
 */
import postgres, { type Sql } from 'postgres';
import { TdosError } from '../../../base/errors.ts';
import {
  type Appended,
  type Batch,
  matches,
  type Retention,
  type StorageEngine,
} from '../../../services/storage/model.ts';
import { HOUR, MINUTE } from '../../../services/storage/rollup.ts';
import { postgresError } from './postgres-faults.ts';
import { PostgresReader } from './postgres-reader.ts';
import { migratePostgres } from './postgres-schema.ts';
import { PostgresWriter } from './postgres-writer.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  /** The first rule that a series matches is its own. @default everything is kept for ever */
  readonly retention?: readonly Retention[];
}

/** Batches that wait. More are refused: the database is slower than the rows come. */
const MAX_WAITING = 1024;
/** Batches in one transaction. */
const TOGETHER = 64;
/** Connections: one writes, the others answer questions. */
const CONNECTIONS = 4;
/** Seconds to wait for a connection. */
const CONNECT_S = 5;

/**
 * Connects, and makes the tables where they are missing.
 *
 * @throws TdosError BAD_CONFIG for an address that is none; HOST when it does not answer or lets this user not.
 */
export async function openPostgres(options: PostgresOptions): Promise<StorageEngine> {
  const sql = connect(options.url);
  try {
    await migratePostgres(sql);
    return new PostgresEngine(sql, options.retention ?? []);
  } catch (error) {
    await sql.end({ timeout: 1 });
    throw postgresError('PostgreSQL cannot be used', error);
  }
}

function connect(url: string): Sql {
  const refuse = (): never => {
    throw new TdosError('BAD_CONFIG', 'The address of a PostgreSQL reads postgres://user:password@host:5432/database.');
  };
  if (!/^postgres(ql)?:\/\/./.test(url)) return refuse();
  try {
    // Several hosts, with commas, are fine here, and no URL elsewhere.
    return postgres(url, {
      ...{ max: CONNECTIONS, connect_timeout: CONNECT_S, onnotice: () => undefined },
      connection: { application_name: 'tdos', TimeZone: 'UTC' },
    });
  } catch {
    return refuse();
  }
}

interface Waiting {
  readonly batch: Batch;
  resolve(appended: Appended): void;
  reject(error: TdosError): void;
}

class PostgresEngine implements StorageEngine {
  private readonly sql: Sql;
  private readonly retention: readonly Retention[];
  private readonly writer: PostgresWriter;
  private readonly reader: PostgresReader;
  private readonly waiting: Waiting[] = [];
  private writing: Promise<void> | undefined;
  private isClosed = false;

  constructor(sql: Sql, retention: readonly Retention[]) {
    this.sql = sql;
    this.retention = retention;
    this.writer = new PostgresWriter(sql);
    this.reader = new PostgresReader(sql);
  }

  append(batch: Batch): Promise<Appended> {
    if (this.isClosed) return Promise.reject(new TdosError('CLOSED'));
    if (this.waiting.length >= MAX_WAITING)
      return Promise.reject(new TdosError('BUSY', 'The database is slower than the rows come. Try again in a moment.'));
    return new Promise((resolve, reject) => {
      this.waiting.push({ batch, resolve, reject });
      this.writing ??= this.write();
    });
  }

  readonly rows: StorageEngine['rows'] = (question) => this.read(() => this.reader.rows(question));
  readonly points: StorageEngine['points'] = (question) => this.read(() => this.reader.points(question));
  readonly latest: StorageEngine['latest'] = (filter, limit) => this.read(() => this.reader.latest(filter, limit));
  readonly series: StorageEngine['series'] = (filter) => this.read(() => this.reader.infos(filter));

  readonly stats: StorageEngine['stats'] = () =>
    this.read(async () => {
      const counters = await this.sql`SELECT name, value::float8 AS value FROM tdos.counters`;
      const [sizes] = await this.sql`
        SELECT (SELECT count(*)::integer FROM tdos.series) AS series, (SELECT count(*)::integer FROM tdos.sources) AS keys,
          (SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::float8 FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'tdos' AND c.relkind = 'r') AS bytes`;
      const counter = (name: string): number => Number(counters.find((one) => one.name === name)?.value ?? 0);
      return {
        engine: 'postgres',
        ...{
          series: Number(sizes?.series),
          rows: counter('rows'),
          bytes: Number(sizes?.bytes),
          keys: Number(sizes?.keys),
        },
        ...{ rolledUp: counter('rolled_up'), dropped: counter('dropped') },
        ...{ repeated: this.writer.repeated, damagedHours: 0 },
      };
    });

  readonly prune: StorageEngine['prune'] = (now) =>
    this.read(async () => {
      if (this.retention.length > 0) for (const series of await this.known()) await this.forget(series, now);
      return false;
    });

  async close(): Promise<void> {
    this.isClosed = true;
    await this.writing;
    await this.sql.end({ timeout: 5 });
  }

  private async write(): Promise<void> {
    // What is asked for in the same turn goes together.
    await undefined;
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0, TOGETHER);
      try {
        const results = await this.writer.appendAll(group.map(({ batch }) => batch));
        for (const [index, { resolve, reject }] of group.entries()) {
          const result = results[index];
          if (result === undefined || result instanceof TdosError) reject(result ?? new TdosError('FAILED'));
          else resolve(result);
        }
      } catch (error) {
        this.writer.forget();
        const refusal = postgresError('The rows cannot be written to PostgreSQL', error);
        for (const { reject } of group) reject(refusal);
      }
    }
    this.writing = undefined;
  }

  private async known() {
    const found = await this.sql`SELECT id, service, node, unit, labels FROM tdos.series`;
    return found.map(({ id, service, node, unit, labels }) => ({
      ...{ id: Number(id), service: String(service), node: String(node), unit: String(unit) },
      // Written by the writer, from what was checked.
      labels: JSON.parse(String(labels)) as Record<string, string>,
    }));
  }

  private async forget(series: Awaited<ReturnType<PostgresEngine['known']>>[number], now: number): Promise<void> {
    const rule = this.retention.find(({ filter }) => matches(series, filter));
    const before = (keepMs: number): number => Math.floor((now - keepMs) / HOUR) * HOUR;
    if (rule?.rows !== undefined)
      await this
        .sql`WITH gone AS (DELETE FROM tdos.readings WHERE series = ${series.id} AND at < ${new Date(before(rule.rows))}
          RETURNING 1)
        UPDATE tdos.counters SET value = value - (SELECT count(*) FROM gone) WHERE name = 'rows'`;
    for (const [table, unit, keepMs] of [
      ['minutes', MINUTE, rule?.minutes],
      ['hours', HOUR, rule?.hours],
    ] as const)
      if (keepMs !== undefined)
        await this
          .sql`DELETE FROM ${this.sql(`tdos.${table}`)} WHERE series = ${series.id} AND slot < ${before(keepMs) / unit}`;
  }

  private async read<Result>(run: () => Promise<Result>): Promise<Result> {
    if (this.isClosed) throw new TdosError('CLOSED');
    try {
      return await run();
    } catch (error) {
      throw postgresError('PostgreSQL cannot be asked', error);
    }
  }
}
