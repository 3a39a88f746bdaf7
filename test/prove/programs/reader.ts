/** Reads a resource on a steady beat through one handle, and keeps account of every read. */
import { boot } from 'tdos';
import { obey, options, tell } from './part.ts';

interface ReaderOptions {
  readonly port: number;
  readonly resource: string;
  readonly everyMs: number;
  readonly name?: string;
  readonly interface?: string;
}

const { resource, everyMs, name = 'reader', ...network } = options<ReaderOptions>();
const os = await boot({ ...network, name });
const handle = await os.open(resource, { timeoutMs: 10_000 });

let failures: string[] = [];
let latencies: number[] = [];
let longestPauseMs = 0;
let served = '';
let answeredAt = performance.now();
let going = 0;

async function read(): Promise<void> {
  const start = performance.now();
  going += 1;
  try {
    const reading = await handle.read();
    served = reading.node;
    latencies.push(performance.now() - start);
  } catch (error) {
    failures.push(`${performance.now().toFixed(0)}: ${String(error)}`);
  }
  going -= 1;
  const now = performance.now();
  longestPauseMs = Math.max(longestPauseMs, now - answeredAt);
  answeredAt = now;
}

await read();
// A beat that comes while 100 reads are open is left out: then the pause tells.
setInterval(() => {
  if (going < 100) void read();
}, everyMs);

obey({
  served: () => served,
  /** The account since the last one. */
  report: () => {
    const sinceAnswerMs = performance.now() - answeredAt;
    const account = { failures, latencies, longestPauseMs: Math.max(longestPauseMs, sinceAnswerMs), served };
    failures = [];
    latencies = [];
    longestPauseMs = 0;
    return account;
  },
});
tell(served);

export interface Account {
  readonly failures: readonly string[];
  readonly latencies: readonly number[];
  readonly longestPauseMs: number;
  readonly served: string;
}
