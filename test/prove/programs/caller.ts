/** Calls an echo: reads, and now and then work that must not be done twice. Each call carries a number of its own. */
import { boot, TdosError } from 'tdos';
import { obey, options, tell } from './part.ts';

interface CallerOptions {
  readonly port: number;
  readonly interface: string;
  readonly reads: number;
  readonly outstanding: number;
}

/** One unsafe call for so many reads. */
const READS_A_WORK = 5;
const TIMEOUT_MS = 3000;

const { reads, outstanding, ...network } = options<CallerOptions>();
const os = await boot({ ...network, name: 'caller' });
let deaths = 0;
os.on((event) => {
  if (event.type === 'node' && event.state === 'dead') deaths += 1;
});
const echo = await os.open('echo', { timeoutMs: 20_000 });
// Both servers are to be there, or there would be no sibling to move to.
while (os.list().length < 2) await new Promise((resolve) => setTimeout(resolve, 10));

const report = {
  good: 0,
  wrong: 0,
  failures: {} as Record<string, number>,
  latencies: [] as number[],
  worked: 0,
  workFailures: {} as Record<string, number>,
  answeredWork: [] as number[],
  deaths: 0,
};

const note = (failures: Record<string, number>, error: unknown): void => {
  const code = error instanceof TdosError ? error.code : String(error);
  failures[code] = (failures[code] ?? 0) + 1;
};

async function read(n: number): Promise<void> {
  const start = performance.now();
  try {
    const answer = (await echo.call('read', { n }, { timeoutMs: TIMEOUT_MS })) as { readonly value: number };
    report.latencies.push(performance.now() - start);
    if (answer.value === n) report.good += 1;
    else report.wrong += 1;
  } catch (error) {
    note(report.failures, error);
  }
}

async function work(n: number): Promise<void> {
  try {
    report.worked += 1;
    const answer = await echo.call('work', { n }, { timeoutMs: TIMEOUT_MS });
    if (answer === n) report.answeredWork.push(n);
    else report.wrong += 1;
  } catch (error) {
    note(report.workFailures, error);
  }
}

let next = 0;
async function worker(): Promise<void> {
  while (next < reads) {
    const n = next++;
    await read(n);
    if (n % READS_A_WORK === 0) await work(n);
  }
}

obey({
  go: async () => {
    await Promise.all(Array.from({ length: outstanding }, worker));
    return { ...report, deaths };
  },
});
tell('up');

export type CallerReport = typeof report;
