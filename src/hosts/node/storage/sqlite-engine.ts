/**
 * The embedded engine behind the engine interface, in the caller's own thread.
 *
 * @module
 */
import { TdosError } from '../../../base/errors.ts';
import type { StorageEngine } from '../../../services/storage/model.ts';
import type { SqliteStore } from './sqlite.ts';

export function sqliteEngine(store: SqliteStore): StorageEngine {
  return {
    append: async (batch) => {
      const [result] = store.appendAll([batch]);
      if (result instanceof TdosError || result === undefined) throw result;
      return result;
    },
    rows: async (question) => store.rows(question),
    points: async (question) => store.points(question),
    latest: async (filter, limit) => store.latest(filter, limit),
    series: async (filter) => store.infos(filter),
    stats: async () => store.stats(),
    prune: async (now) => store.prune(now),
    close: async () => store.close(),
  };
}
