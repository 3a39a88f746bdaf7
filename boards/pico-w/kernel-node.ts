/**
 * A board that is the cluster's kernel, with a display: it offers the display to all, and shows on it what the sensors
 * of the cluster measure.
 *
 * @module
 */
import type { Moddable } from '../../src/hosts/xs/moddable.ts';
import type { XsText } from '../../src/hosts/xs/utf8.ts';
import { bootBoard } from '../../src/os/boot.ts';
import type { Os } from '../../src/os/os.ts';
import { pause } from '../../src/os/pause.ts';
import { display, type Screen } from '../../src/services/display.ts';
import { hostOf, labelsOf, type Settings } from './settings.ts';

const EVERY_MS = 2000;

interface Line {
  readonly service: string;
  format(value: number): string;
}

const LINES: readonly Line[] = [
  { service: 'temp_sensor', format: (value) => `Temp: ${value.toFixed(1)}°C` },
  { service: 'humidity_sensor', format: (value) => `Humidity: ${value.toFixed(1)}%` },
  { service: 'light_sensor', format: (value) => `Light: ${value.toFixed(0)}%` },
];

export async function kernelNode(
  machine: Moddable,
  xs: XsText,
  settings: Settings,
  screen: Screen,
  print: (line: string) => void,
): Promise<Os> {
  const host = hostOf(machine, xs, settings);
  const os = await bootBoard(host, {
    name: host.name,
    kernel: true,
    services: [display(screen, { labels: labelsOf(settings) })],
    onFault: (error) => print(`Fault: ${String(error)}`),
  });
  print(`${os.name} is up, and the kernel`);
  weatherStation(os).catch((error) => print(`The weather station ended: ${String(error)}`));
  return os;
}

/** Shows what can be read, and how old it is where it is not fresh, until the node closes. */
async function weatherStation(os: Os): Promise<void> {
  do {
    const lines = await Promise.all(LINES.map((line) => lineOf(os, line)));
    const shown = lines.filter((line) => line !== undefined).join('\n');
    await os
      .open('display')
      .then((handle) => handle.write(shown === '' ? 'No sensors available' : shown).finally(() => handle.close()))
      .catch(() => undefined);
  } while (await pause(os.clock, EVERY_MS, os.closed));
}

/** Undefined when nobody measures it, or nobody answers. */
async function lineOf(os: Os, { service, format }: Line): Promise<string | undefined> {
  if (os.info(service) === undefined) return undefined;
  const reading = await os.read(service, { timeoutMs: 1000 }).catch(() => undefined);
  return reading === undefined ? undefined : format(reading.value);
}
