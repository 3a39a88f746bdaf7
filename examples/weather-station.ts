// A weather station: every few seconds it reads what sensors there are and shows the values on the cluster's display.
// A sensor that dies is left out, or another of its kind takes over; one that appears later is used from then on.
//
//   tdos run examples/weather-station.ts --every 2s

import { type Handle, type Os, pause } from 'tdos';

const LINES = {
  temp_sensor: (value: number) => `Temp: ${value.toFixed(1)}°C`,
  humidity_sensor: (value: number) => `Humidity: ${value.toFixed(1)}%`,
  light_sensor: (value: number) => `Light: ${value.toFixed(0)}%`,
};

interface Context {
  readonly signal: AbortSignal;
  /** ms between two lines, from `--every`. */
  readonly every?: number | undefined;
}

export default async function weatherStation(os: Os, { signal, every = 5000 }: Context): Promise<void> {
  const handles = new Map<string, Handle>();

  /** A handle, once any node offers the service; it then outlives that node. */
  async function handleOf(service: string): Promise<Handle | undefined> {
    const known = handles.get(service);
    if (known !== undefined || os.info(service) === undefined) return known;
    const handle = await os.open(service, { timeoutMs: 1000 });
    console.log(`Opened ${service}`);
    handles.set(service, handle);
    return handle;
  }

  async function lineOf(service: string, format: (value: number) => string): Promise<string | undefined> {
    try {
      const reading = await (await handleOf(service))?.read({ timeoutMs: 1000 });
      return reading && format(reading.value);
    } catch (error) {
      console.log(`Could not read ${service}: ${error instanceof Error ? error.message : error}`);
      return undefined;
    }
  }

  async function show(text: string): Promise<void> {
    try {
      const display = await handleOf('display');
      if (display !== undefined) await display.write(text, { timeoutMs: 1000 });
      else console.log(`DISPLAY: ${text}`);
    } catch (error) {
      console.log(`DISPLAY: ${text}\n(no display: ${error instanceof Error ? error.message : error})`);
    }
  }

  // At the start of a whole cluster its nodes take a moment to appear.
  const isThere = (service: string): boolean => os.info(service) !== undefined;
  for (let tries = 0; tries < 30 && !(isThere('temp_sensor') && isThere('display')); tries++)
    await pause(os.clock, 100, os.closed, signal);

  do {
    const lines = await Promise.all(Object.entries(LINES).map(([service, format]) => lineOf(service, format)));
    await show(lines.filter((line) => line !== undefined).join('\n') || 'No sensors available');
  } while (await pause(os.clock, every, os.closed, signal));
}
