/**
 * The sensor node on a Pico W: a light-dependent resistor on GP26, an SHT3x on GP4 and GP5.
 *
 * @module
 */
import Analog from 'embedded:io/analog';
import Digital from 'embedded:io/digital';
import I2C from 'embedded:io/i2c';
import config from 'mc/config';
import { machine, print, text } from '../machine.ts';
import { sensorNode } from '../sensor-node.ts';

/** The LED hangs on the radio's chip. */
const LED = 32;

export default function start(): void {
  const sht3x = config.sht3x === 'yes' ? new I2C({ data: 4, clock: 5, hz: 100_000, address: 0x44 }) : undefined;
  const led = new Digital({ pin: LED, mode: Digital.Output });
  const wired = { light: new Analog({ pin: 26 }), sht3x, led, print };
  sensorNode(machine(), text, config, wired).catch((error) => print(`Not started: ${String(error)}`));
}
