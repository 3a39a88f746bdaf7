/**
 * The series of a SQLite store: small numbers for names, all of them in memory.
 *
 * @module
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { TdosError } from '../../../base/errors.ts';
import {
  bySeries,
  labelsText,
  MAX_SERIES,
  matches,
  type Series,
  type SeriesFilter,
  seriesText,
} from '../../../services/storage/model.ts';

export interface KnownSeries extends Series {
  readonly id: number;
}

export class SeriesTable {
  private readonly ids = new Map<string, number>();
  private readonly byId = new Map<number, KnownSeries>();
  private readonly db: DatabaseSync;
  private readonly insert: StatementSync;

  constructor(db: DatabaseSync) {
    this.db = db;
    this.insert = db.prepare('INSERT INTO series (service, node, unit, labels) VALUES (?, ?, ?, ?)');
    this.reload();
  }

  get size(): number {
    return this.byId.size;
  }

  /** Reads all again: after a transaction that made some was taken back. */
  reload(): void {
    this.ids.clear();
    this.byId.clear();
    for (const { id, service, node, unit, labels } of this.db.prepare('SELECT * FROM series').iterate())
      this.keep({
        id: Number(id),
        ...{ service: String(service), node: String(node), unit: String(unit) },
        // Written below, from what was checked.
        labels: JSON.parse(String(labels)) as Record<string, string>,
      });
  }

  /** @throws TdosError LIMIT for one too many. */
  idOf(series: Series): number {
    const known = this.ids.get(seriesText(series));
    if (known !== undefined) return known;
    if (this.byId.size >= MAX_SERIES)
      throw new TdosError('LIMIT', `This storage keeps ${MAX_SERIES} series, and takes no new one: ${series.service}.`);
    const { service, node, unit, labels } = series;
    const id = Number(this.insert.run(service, node, unit, labelsText(labels)).lastInsertRowid);
    this.keep({ id, service, node, unit, labels });
    return id;
  }

  get(id: number): KnownSeries | undefined {
    return this.byId.get(id);
  }

  /** In the order of their names. */
  sorted(filter: SeriesFilter): KnownSeries[] {
    return this.unsorted(filter).sort(bySeries);
  }

  /** In the order of their numbers, which is that of pages. */
  unsorted(filter: SeriesFilter): KnownSeries[] {
    return [...this.byId.values()].filter((series) => matches(series, filter)).sort((a, b) => a.id - b.id);
  }

  private keep(series: KnownSeries): void {
    this.ids.set(seriesText(series), series.id);
    this.byId.set(series.id, series);
  }
}
