/**
 * A board with sensors: light on an analog input, temperature and humidity of an SHT3x if one answers.
 *
 * @module
 */
import { adcOf, Sht3x, sht3xServices } from '../../src/hosts/xs/devices.ts';
import type { Analog, Digital, I2c, Moddable } from '../../src/hosts/xs/moddable.ts';
import type { XsText } from '../../src/hosts/xs/utf8.ts';
import { bootBoard } from '../../src/os/boot.ts';
import type { Os } from '../../src/os/os.ts';
import { lightSensor } from '../../src/services/sensors.ts';
import { hostOf, labelsOf, type Settings } from './settings.ts';

/** What is wired to the board. */
export interface Wired {
  readonly light: Analog;
  /** At address 0x44; undefined when none is wired. */
  readonly sht3x: I2c | undefined;
  /** Lit while the node is up. */
  readonly led: Digital;
  print(line: string): void;
}

export async function sensorNode(machine: Moddable, xs: XsText, settings: Settings, wired: Wired): Promise<Os> {
  const options = { labels: labelsOf(settings) };
  const host = hostOf(machine, xs, settings);
  const climate = wired.sht3x === undefined ? [] : sht3xServices(new Sht3x(wired.sht3x), options);
  const os = await bootBoard(host, {
    name: host.name,
    follow: false,
    services: [lightSensor(adcOf(wired.light), options), ...climate],
    onFault: (error) => wired.print(`Fault: ${String(error)}`),
  });
  wired.led.write(1);
  wired.print(`${os.name} is up`);
  return os;
}
