/**
 * The machine itself as sensors: how busy it is, how warm, and what the sensors on its buses measure. Found at the start;
 * one that vanishes later answers FAILED.
 *
 * @module
 */
import { cpus, freemem, totalmem } from 'node:os';
import type { ServiceDefinition } from '../../os/os.ts';
import { defineService } from '../../os/service.ts';
import { type FoundSensor, findSensors, simplified } from './sysfs.ts';

export interface MachineOptions {
  /** Where the kernel shows its devices. @default '/sys' */
  readonly sys?: string | undefined;
  /** Other names for services: `{ bme280_temp: 'temp_sensor' }`. */
  readonly names?: Readonly<Record<string, string>> | undefined;
  /** Labels for all of them: `{ room: 'kitchen' }`. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The machine's figures. @default those of node:os */
  readonly figures?: Figures | undefined;
}

/** What the operating system counts. */
export interface Figures {
  /** ms that all processors together were busy, and have been there, since any moment. */
  processors(): { readonly busy: number; readonly all: number };
  /** Bytes. */
  memory(): { readonly available: number; readonly all: number };
}

/** A node offers 32 services at most; a machine with many cores leaves room for others. */
const MAX_SENSORS = 24;
const MAX_NAME = 64;

/** Chips that measure the processor, the most telling first, and the labels of the whole of it. */
const CPU_CHIPS = ['coretemp', 'k10temp', 'zenpower', 'cpu_thermal', 'soc_thermal', 'cpu', 'x86_pkg_temp'];
const CPU_LABELS = ['package_id_0', 'tctl', 'tdie'];

/** The services `cpu_load`, `memory_used`, `cpu_temp` and one for each sensor that the kernel knows. */
export function machineSensors(options: MachineOptions = {}): ServiceDefinition[] {
  const { sys = '/sys', names = {}, labels = {}, figures = systemFigures } = options;
  const define = (name: string, about: Record<string, string>, unit: string, value: () => unknown): ServiceDefinition =>
    defineService({
      name: names[name] ?? name,
      labels: { ...about, ...labels },
      read: async () => ({ value: await value(), unit }),
    });
  const found = findSensors(sys).slice(0, MAX_SENSORS);
  const sensorNames = namesOf(found);
  return [
    define('cpu_load', { chip: 'cpu', sensor: 'load' }, '%', processorLoad(figures)),
    define('memory_used', { chip: 'memory', sensor: 'used' }, '%', () => {
      const { available, all } = figures.memory();
      return percent(1 - available / all);
    }),
    ...found.map((sensor, index) =>
      define(
        sensorNames[index] ?? '',
        { chip: labelOf(sensor.chip), sensor: labelOf(sensor.sensor) },
        sensor.unit,
        sensor.read,
      ),
    ),
  ];
}

/** To a tenth. */
const percent = (share: number): number => Math.round(Math.min(Math.max(share, 0), 1) * 1000) / 10;

const labelOf = (text: string): string => [...text.replace(/[^\x20-\x7e]/g, '')].slice(0, MAX_NAME).join('');

const systemFigures: Figures = {
  processors() {
    let [busy, all] = [0, 0];
    for (const { times } of cpus()) {
      const spent = times.user + times.nice + times.sys + times.irq;
      busy += spent;
      all += spent + times.idle;
    }
    return { busy, all };
  },
  memory: () => ({ available: freemem(), all: totalmem() }),
};

/** ms of processor time below which a difference says little. */
const LEAST_SPAN = 200;

/** Each reading is the load since the one before; the first is that since the machine's start. */
function processorLoad(figures: Figures): () => number {
  let last = figures.processors();
  let load = last.all > 0 ? percent(last.busy / last.all) : 0;
  return () => {
    const now = figures.processors();
    const span = now.all - last.all;
    if (span >= LEAST_SPAN) {
      load = percent((now.busy - last.busy) / span);
      last = now;
    }
    return load;
  };
}

/**
 * A name for each sensor: of the processor `cpu_temp`, of others chip, label and quantity: `nvme_composite_temp`. The
 * order of the sensors is that of where they are plugged in, so that a number given to a second one stays with it.
 */
function namesOf(sensors: readonly FoundSensor[]): string[] {
  const processor = processorOf(sensors);
  const taken = new Set(['cpu_load', 'memory_used', 'cpu_temp']);
  return sensors.map((sensor) => {
    if (sensor === processor) return 'cpu_temp';
    const base = baseName(sensor);
    let name = base;
    for (let number = 2; taken.has(name); number += 1) name = `${base.slice(0, MAX_NAME - 4)}_${number}`;
    taken.add(name);
    return name;
  });
}

/** `temp1` of a chip says no more than the quantity does, `temp2` that it is the second, `temp_ambient` which it is. */
function baseName({ chip, sensor, quantity }: FoundSensor): string {
  const label = simplified(sensor).replace(
    /^(temp|temperature|humidity|humidityrelative|pressure|illuminance)(_|\b|(?=\d))/,
    '',
  );
  const isNumber = /^\d*$/.test(label);
  const words = [simplified(chip) || 'sensor', ...(isNumber ? [] : [label])].join('_');
  const base = `${words.slice(0, MAX_NAME - quantity.length - 1)}_${quantity}`;
  return isNumber && Number(label) > 1 ? `${base.slice(0, MAX_NAME - 4)}_${Number(label)}` : base;
}

function processorOf(sensors: readonly FoundSensor[]): FoundSensor | undefined {
  for (const chip of CPU_CHIPS) {
    const own = sensors.filter((sensor) => simplified(sensor.chip) === chip && sensor.quantity === 'temp');
    if (own.length > 0) return own.find(({ sensor }) => CPU_LABELS.includes(simplified(sensor))) ?? own[0];
  }
  return undefined;
}
