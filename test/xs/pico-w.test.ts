// The programs for the Pico W, on boards without hardware, and what they are bundled to.

import { builtinModules } from 'node:module';
import { expect, test } from 'vitest';
import { kernelNode } from '../../boards/pico-w/kernel-node.ts';
import { sensorNode } from '../../boards/pico-w/sensor-node.ts';
import { formatKey } from '../../src/wire/key-text.ts';
import { bundle } from '../../tools/bundle.ts';
import { codec } from '../vectors/codec.ts';
import { Air } from './air.ts';
import { text } from './programs/text.ts';

const KEY = Uint8Array.from({ length: 32 }, (_, at) => at);
const KB = 1024;
const SETTINGS = { wifi_name: 'home', wifi_password: 'secret', key: formatKey(KEY, codec) };
/** 25 °C and 74.58 %, by the sensor's data sheet. */
const CLIMATE = Uint8Array.of(0x66, 0x66, 0x93, 0xbe, 0xef, 0x92);

test('A kernel node shows on its display what a sensor node measures, and no longer what is gone', async () => {
  const air = new Air(KEY);
  let shown: string[] = [];
  let lines: string[] = [];
  const screen = {
    clear: () => {
      lines = [];
    },
    text: (line: string) => lines.push(line),
    update: () => {
      shown = lines;
    },
  };
  const printed: string[] = [];
  const print = (line: string): void => {
    printed.push(line);
  };
  await air.program('10.0.0.1', ({ moddable }) =>
    kernelNode(moddable, text, { ...SETTINGS, name: 'station' }, screen, print),
  );
  await air.run(3000);
  expect(shown).toEqual(['No sensors available']);

  const lit: number[] = [];
  const wired = {
    light: { resolution: 12, read: () => 1638 },
    sht3x: { write: () => undefined, read: () => CLIMATE.slice().buffer },
    led: { write: (level: 0 | 1) => void lit.push(level) },
    print,
  };
  const settings = { ...SETTINGS, name: 'garden', room: 'greenhouse' };
  const garden = await air.program('10.0.0.2', ({ moddable }) => sensorNode(moddable, text, settings, wired));
  await air.run(5000);
  expect(shown).toEqual(['Temp: 25.0°C', 'Humidity: 74.6%', 'Light: 40%']);
  expect(printed).toEqual(['station is up, and the kernel', 'garden is up']);
  expect(lit).toEqual([1]);

  await air.wait(garden.close());
  await air.run(5000);
  expect(shown).toEqual(['No sensors available']);
});

test.each([
  { program: 'sensor', maxKb: 136 },
  { program: 'kernel', maxKb: 136 },
])('The $program program is one file that imports nothing but Moddable’s modules', async ({ program, maxKb }) => {
  const { code, modules } = await bundle(`boards/pico-w/${program}/program.ts`);
  const imported = [...code.matchAll(/\bfrom\s*["`]([^"`]+)["`]/g)].map(([, name]) => name ?? '');
  process.stdout.write(`budget on XS: ${program} program ${(code.length / KB).toFixed(1)} KB (at most ${maxKb} KB)\n`);
  expect(imported).toContain('embedded:io/socket/udp');
  expect(imported.filter((name) => name.startsWith('.') || builtinModules.includes(name))).toEqual([]);
  expect([...modules.keys()].filter((path) => path.startsWith('src/hosts/node'))).toEqual([]);
  expect(Buffer.byteLength(code)).toBeLessThanOrEqual(maxKb * KB);
});
