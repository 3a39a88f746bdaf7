/**
 * The program and the settings of a board, from what a person says is on its pins.
 *
 * @module
 */
import { TdosError } from '../../../base/errors.ts';
import type { BoardFile } from './files.ts';

/** A kind of thing that hangs on pins. */
interface Kind {
  /** What it is, for a list. */
  readonly title: string;
  /** The file of its driver, without `.py`. */
  readonly driver: string;
  /** Its pins by name, with those of the guide's wiring. */
  readonly pins: readonly (readonly [name: string, pin: number])[];
  /** Pins that can do it, where not all can. */
  readonly allowed?: readonly number[];
  /** Lines of Python before it is offered. `p` are the pins. */
  readonly make?: (p: readonly number[]) => string;
  readonly imports: string;
  /** Services, and the Python that serves each. */
  readonly services: (p: readonly number[]) => readonly (readonly [service: string, code: string])[];
}

export const KINDS: Readonly<Record<string, Kind>> = {
  chip: {
    title: "the chip's own temperature",
    driver: 'analog',
    pins: [],
    imports: 'import analog',
    services: () => [['chip_temperature', 'analog.chip_temperature()']],
  },
  light: {
    title: 'a light sensor on an analog pin',
    driver: 'analog',
    pins: [['pin', 26]],
    allowed: [26, 27, 28],
    imports: 'import analog',
    services: ([pin]) => [['light_sensor', `analog.light_sensor(${pin})`]],
  },
  bme280: {
    title: 'a BME280: temperature, humidity, pressure',
    driver: 'bme280',
    pins: [
      ['sda', 4],
      ['scl', 5],
    ],
    imports: 'from bme280 import BME280',
    make: ([sda, scl]) => `bme = BME280(sda=${sda}, scl=${scl})`,
    services: () => [
      ['temp_sensor', 'bme.temperature'],
      ['humidity_sensor', 'bme.humidity'],
      ['pressure_sensor', 'bme.pressure'],
    ],
  },
  dht22: {
    title: 'a DHT22: temperature, humidity',
    driver: 'dht22',
    pins: [['pin', 15]],
    imports: 'from dht22 import DHT22',
    make: ([pin]) => `dht = DHT22(${pin})`,
    services: () => [
      ['temp_sensor', 'dht.temperature'],
      ['humidity_sensor', 'dht.humidity'],
    ],
  },
  display: {
    title: "Pimoroni's Pico Display (with Pimoroni's MicroPython)",
    driver: 'pico_display',
    pins: [],
    imports: 'from pico_display import PicoDisplay',
    services: () => [['display', 'PicoDisplay().ops()']],
  },
};

/** A thing on the pins of one board. */
export interface Part {
  readonly kind: string;
  /** GPIO numbers, in the order of its kind. */
  readonly pins: readonly number[];
}

/** GPIO numbers of a Pico W that are on its edge. */
const isPin = (pin: number): boolean => (pin >= 0 && pin <= 22) || (pin >= 26 && pin <= 28);

/** `bme280`, `light:27`, `bme280:0,1` as a part. @throws TdosError BAD_CONFIG */
export function parsePart(text: string): Part {
  const [name = '', list] = text.split(':', 2);
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (kind === undefined) throw bad(`${text}: there is ${Object.keys(KINDS).join(', ')}`);
  if (list === undefined) return { kind: name, pins: kind.pins.map(([, pin]) => pin) };
  const pins = list.split(',').map((pin) => (/^\d{1,2}$/.test(pin) ? Number(pin) : -1));
  if (pins.length !== kind.pins.length)
    throw bad(
      `${text}: ${kind.pins.length === 0 ? `${name} has no pins to choose` : `its pins are ${shape(name, kind)}`}`,
    );
  const wrong = pins.find((pin) => !isPin(pin) || kind.allowed?.includes(pin) === false);
  if (wrong !== undefined)
    throw bad(`${text}: pins are GPIO numbers, ${kind.allowed?.join(', ') ?? '0 to 22 and 26 to 28'}`);
  if (name === 'bme280') checkBus(text, pins);
  return { kind: name, pins };
}

/** I2C is on even pins with the next odd one; 0 and 1 belong to bus 0, 2 and 3 to bus 1, and so on. */
function checkBus(text: string, [sda = 0, scl = 0]: readonly number[]): void {
  if (sda % 2 !== 0 || scl % 2 !== 1 || (sda >> 1) % 2 !== (scl >> 1) % 2)
    throw bad(`${text}: I2C takes an even pin for sda and an odd one of the same bus for scl, such as 4,5 or 0,1`);
}

const shape = (name: string, { pins }: Kind): string =>
  `${name}:${pins.map(([pin]) => pin.toUpperCase()).join(',')}, such as ${name}:${pins.map(([, pin]) => pin).join(',')}`;

const bad = (sentence: string): TdosError => new TdosError('BAD_CONFIG', `No sensor ${sentence}.`);

/** The first line of a program that nobody wrote by hand. */
const MARK = '"""Made by `tdos board setup`';
/** True for a program that may be replaced without a question. */
export const isOurs = (program: string): boolean => program.startsWith(MARK);

/**
 * `main.py` for those parts.
 *
 * @throws TdosError BAD_CONFIG when two offer the same, or hang on the same pin.
 */
export function programOf(parts: readonly Part[], labels: Readonly<Record<string, string>>): string {
  const imports = new Set<string>(['import tdos']);
  const lines: string[] = [];
  const taken = new Map<string, string>();
  for (const { kind: name, pins } of parts) {
    const kind = KINDS[name];
    if (kind === undefined) continue;
    imports.add(kind.imports);
    if (kind.make !== undefined) lines.push(kind.make(pins));
    for (const pin of pins) claim(taken, `pin ${pin}`, name);
    for (const [service, code] of kind.services(pins)) {
      claim(taken, service, name);
      lines.push(`node.provide("${service}", ${code}, labels=LABELS)`);
    }
  }
  return [
    `${MARK}, which makes it anew without asking while this line is here."""`,
    '',
    ...[...imports].sort((a, b) => Number(a.startsWith('from')) - Number(b.startsWith('from')) || (a < b ? -1 : 1)),
    '',
    `LABELS = ${JSON.stringify(labels)}`,
    '',
    'node = tdos.Node()',
    ...lines,
    'tdos.run(node)',
    '',
  ].join('\n');
}

function claim(taken: Map<string, string>, what: string, name: string): void {
  const other = taken.get(what);
  if (other !== undefined)
    throw new TdosError('BAD_CONFIG', `${other} and ${name} both take ${what} on one board: leave one away.`);
  taken.set(what, name);
}

export const driversOf = (parts: readonly Part[]): string[] => [
  ...new Set(parts.flatMap(({ kind }) => KINDS[kind]?.driver ?? [])),
];

/** What a board is told of itself and its network. */
export interface BoardSettings {
  /** Undefined: the library makes one of the chip's number. */
  readonly name: string | undefined;
  /** Keys of the cluster as text, the newest first; undefined for an open cluster. */
  readonly keys: readonly string[] | undefined;
  readonly wifi: { readonly ssid: string; readonly password: string; readonly country?: string | undefined };
  readonly allowV1: boolean;
}

/** `config.json`, which has the secrets. */
export function configFile({ name, keys, wifi, allowV1 }: BoardSettings): BoardFile {
  const trust = keys === undefined ? { open: true } : { key: keys.length === 1 ? keys[0] : keys };
  const config = { name, ...trust, wifi, ...(allowV1 ? { allow_v1: true } : {}) };
  return { name: 'config.json', bytes: Buffer.from(`${JSON.stringify(config)}\n`) };
}
