/**
 * The thread in which a node's SQLite works, so that a slow disk never keeps the node from its heartbeats. Batches that came
 * while the disk worked go into one transaction.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { TdosError } from '../../../base/errors.ts';
import type { Batch, StorageEngine } from '../../../services/storage/model.ts';
import { type SqliteOptions, SqliteStore } from './sqlite.ts';
import { sqliteEngine } from './sqlite-engine.ts';
import { faultOf, OPENING, type Request, type Response } from './thread-messages.ts';

const port = parentPort;
if (port === null) throw new Error('sqlite-thread.ts runs as a thread');
const answer = (response: Response): void => port.postMessage(response);

/** Batches that came since the last transaction. */
let waiting: { readonly id: number; readonly batch: Batch }[] = [];

function commit(store: SqliteStore): void {
  const group = waiting;
  waiting = [];
  try {
    const results = store.appendAll(group.map(({ batch }) => batch));
    for (const [index, { id }] of group.entries()) {
      const result = results[index];
      answer(result instanceof TdosError ? { id, fault: faultOf(result) } : { id, result });
    }
  } catch (error) {
    const fault = faultOf(error);
    for (const { id } of group) answer({ id, fault });
  }
}

async function run(engine: StorageEngine, { id, op, args }: Request): Promise<void> {
  try {
    // Both ends are this program: the arguments are what the interface says.
    const operation = engine[op] as (...args: readonly unknown[]) => Promise<unknown>;
    answer({ id, result: await operation(...args) });
  } catch (error) {
    answer({ id, fault: faultOf(error) });
  }
}

try {
  const store = new SqliteStore(workerData as SqliteOptions);
  const engine = sqliteEngine(store);
  port.on('message', (request: Request) => {
    if (request.op !== 'append') {
      // What was asked before is done before.
      if (waiting.length > 0) commit(store);
      void run(engine, request);
      return;
    }
    waiting.push({ id: request.id, batch: request.args[0] as Batch });
    // Messages that are here already come first.
    if (waiting.length === 1) setImmediate(() => waiting.length > 0 && commit(store));
  });
  answer({ id: OPENING, result: true });
} catch (error) {
  answer({ id: OPENING, fault: faultOf(error) });
  port.close();
}
