// A data logger: every few seconds it reads all sensors of the cluster, whatever boards they are on. Ten readings at a time go
// to `sensor_log.json` (one JSON object a line) and to the storage service, where there is one. Ctrl-C loses nothing.
//
//   tdos run examples/data-logger.ts --every 5s

import { appendFile } from 'node:fs/promises';
import { type Handle, type Os, pause, type Reading } from 'tdos';

const BATCH = 10;
/** Batches kept for a storage that is away; the file has them all. */
const MAX_UNSENT = 100;

interface Context {
  readonly signal: AbortSignal;
  /** ms between readings, from `--every`. */
  readonly every?: number | undefined;
  readonly file?: string;
}

interface DataPoint {
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly readings: Record<string, unknown>;
}

export default async function dataLogger(os: Os, context: Context): Promise<void> {
  const { signal, every = 5000, file = 'sensor_log.json' } = context;
  const handles = new Map<string, Handle<unknown>>();
  const points: DataPoint[] = [];
  let rows: object[] = [];
  /** A batch with source, epoch and sequence is stored once, however often it is sent. */
  let unsent: { source: string; epoch: number; sequence: number; rows: object[] }[] = [];
  const epoch = Date.now();
  let sequence = 0;

  async function read(service: string): Promise<Reading<unknown> | undefined> {
    try {
      const handle = handles.get(service) ?? (await os.open<unknown>(service, { timeoutMs: 1000 }));
      handles.set(service, handle);
      return await handle.read({ timeoutMs: 1000, signal });
    } catch (error) {
      if (!signal.aborted) console.log(`Error reading ${service}: ${error instanceof Error ? error.message : error}`);
      return undefined;
    }
  }

  async function logSensors(): Promise<void> {
    const at = Date.now();
    const alive = os.list().filter(({ service, state }) => service.endsWith('_sensor') && state !== 'dead');
    const readings = await Promise.all([...new Set(alive.map(({ service }) => service))].map(read));
    const data: DataPoint = { timestamp: at / 1000, readings: {} };
    for (const reading of readings) {
      if (reading === undefined) continue;
      const { service, node, value, unit } = reading;
      data.readings[service] = value;
      rows.push({ service, node, value, unit, at });
    }
    if (Object.keys(data.readings).length === 0) return;
    points.push(data);
    console.log(`Logged: ${JSON.stringify(data)}`);
  }

  async function flush(): Promise<void> {
    if (points.length > 0) {
      await appendFile(file, points.map((point) => `${JSON.stringify(point)}\n`).join(''));
      points.length = 0;
      console.log('Data flushed to file');
      sequence += 1;
      unsent = [...unsent, { source: os.name, epoch, sequence, rows }].slice(-MAX_UNSENT);
      rows = [];
    }
    await sendToStorage();
  }

  /** In order: one whose answer was lost is sent again, and stored once. */
  async function sendToStorage(): Promise<void> {
    if (os.info('storage') === undefined) return;
    try {
      const storage = await os.open('storage', { timeoutMs: 500 });
      for (let batch = unsent[0]; batch !== undefined; batch = unsent[0]) {
        await storage.call('append', batch, { timeoutMs: 1000 });
        unsent.shift();
        console.log(`${batch.rows.length} rows sent to storage`);
      }
    } catch (error) {
      console.log(`Storage did not take the data, it is kept: ${error instanceof Error ? error.message : error}`);
    }
  }

  try {
    do {
      await logSensors();
      if (points.length >= BATCH) await flush();
    } while (await pause(os.clock, every, signal));
  } finally {
    await flush();
  }
}
