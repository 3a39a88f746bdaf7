/**
 * The embedded engine as a node uses it: SQLite in a thread of its own.
 *
 * @module
 */
import { Worker } from 'node:worker_threads';
import { TdosError } from '../../../base/errors.ts';
import type { StorageEngine } from '../../../services/storage/model.ts';
import type { SqliteOptions } from './sqlite.ts';
import { OPENING, type Operation, type Request, type Response } from './thread-messages.ts';

/** Requests that wait for the thread. More are refused: the disk is slower than the rows come. */
const MAX_WAITING = 1024;

interface Waiting {
  resolve(result: unknown): void;
  reject(error: TdosError): void;
}

/**
 * Opens the file in a new thread.
 *
 * @throws TdosError HOST when it cannot be read or written, is damaged, or belongs to another process.
 */
export async function openSqlite(options: SqliteOptions): Promise<StorageEngine> {
  const thread = new StorageThread(options);
  await thread.opened;
  const { ask } = thread;
  return {
    append: (batch) => ask('append', batch),
    rows: (question) => ask('rows', question),
    points: (question) => ask('points', question),
    latest: (filter, limit) => ask('latest', filter, limit),
    series: (filter) => ask('series', filter),
    stats: () => ask('stats'),
    prune: (now) => ask('prune', now),
    close: () => thread.close(),
  };
}

class StorageThread {
  /** Resolves once the file is open. */
  readonly opened: Promise<void>;
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = OPENING;
  private ended: TdosError | undefined;
  private closing: Promise<void> | undefined;

  constructor(options: SqliteOptions) {
    // Flags that say how the program itself is read (`--eval`, `--input-type`) are not for the thread.
    this.worker = new Worker(threadFile(), { workerData: options, execArgv: [] });
    // The node decides when the process ends, and closes the storage first.
    this.worker.unref();
    this.opened = this.expect(OPENING);
    this.worker.on('message', (response: Response) => this.settle(response));
    this.worker.on('error', (error) => this.end(`The storage thread failed: ${error.message}. Start the node again.`));
    this.worker.on('exit', () => this.end('The storage thread has ended. Start the node again.'));
  }

  /** The result is what the engine's interface says: both ends are this program. */
  readonly ask = <Result>(op: Operation, ...args: readonly unknown[]): Promise<Result> => {
    if (this.closing !== undefined) return Promise.reject(new TdosError('CLOSED'));
    if (this.ended !== undefined) return Promise.reject(this.ended);
    if (this.waiting.size >= MAX_WAITING)
      return Promise.reject(new TdosError('BUSY', 'The disk is slower than the rows come. Try again in a moment.'));
    return this.send<Result>(op, args);
  };

  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  private async shut(): Promise<void> {
    if (this.ended === undefined) await this.send('close', []);
    await this.worker.terminate();
  }

  private send<Result>(op: Operation, args: readonly unknown[]): Promise<Result> {
    const id = ++this.lastId;
    const request: Request = { id, op, args };
    const answer = this.expect<Result>(id);
    this.worker.postMessage(request);
    return answer;
  }

  private expect<Result>(id: number): Promise<Result> {
    // While somebody waits for an answer, the process must live.
    this.worker.ref();
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: (result) => resolve(result as Result), reject });
    });
  }

  private settle(response: Response): void {
    const waiting = this.waiting.get(response.id);
    this.waiting.delete(response.id);
    if (this.waiting.size === 0) this.worker.unref();
    if ('fault' in response) waiting?.reject(new TdosError(response.fault.code, response.fault.message));
    else waiting?.resolve(response.result);
  }

  private end(sentence: string): void {
    this.ended ??= new TdosError('HOST', sentence);
    for (const { reject } of this.waiting.values()) reject(this.ended);
    this.waiting.clear();
  }
}

/** In a checkout the source, in an install what was built of it. */
const threadFile = (): URL =>
  new URL(import.meta.url.endsWith('.ts') ? './sqlite-thread.ts' : './sqlite-thread.js', import.meta.url);
