import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { defineService } from '../../src/index.ts';
import { Board } from './board.ts';
import { library, Network } from './programs.ts';

let network = new Network();
afterEach(async () => {
  await network.close();
  network = new Network();
});

const from = (path: string): string =>
  readFileSync(new URL(`../../boards/micropython/${path}`, import.meta.url), 'utf8');

const BME280 = `
import struct
import machine
from bme280 import BME280

# The example of Bosch's data sheet of the BMP280 (3.12), and the humidity of a usual sensor.
CALIBRATION = struct.pack(
    "<Hhh" "Hhhhhhhhh", 27504, 26435, -1000, 36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000
)
HUMIDITY = struct.pack("<hBbBbb", 370, 0, 313 >> 4, 313 & 15 | (50 & 15) << 4, 50 >> 4, 30)
P, T, H = 415148, 519888, 30000
DATA = bytes((P >> 12, P >> 4 & 255, P << 4 & 255, T >> 12, T >> 4 & 255, T << 4 & 255, H >> 8, H & 255))


class Device:
    registers = {0xD0: b"\\x60", 0x88: CALIBRATION[:6], 0x8E: CALIBRATION[6:], 0xA1: b"\\x4b", 0xE1: HUMIDITY, 0xF3: b"\\0", 0xF7: DATA}

    def read(self, register, count):
        return self.registers[register]

    def write(self, register, data):
        pass


machine.I2C.devices[0x76] = Device()
sensor = BME280()
print(sensor.temperature()["value"], sensor.pressure()["value"], sensor.humidity()["value"])
try:
    BME280(address=0x77)
except OSError as error:
    print("OSError")
import analog
import machine
from dht22 import DHT22

print(analog.light_sensor(26)(), analog.chip_temperature()()["unit"])
dht = DHT22(15)
print(dht.temperature()["value"], dht.humidity()["value"], dht._sensor.measured)
`;

/** The data sheet's formula for humidity, in floating point. */
function humidity(
  raw: number,
  fine: number,
  [h1, h2, h3, h4, h5, h6]: readonly [number, number, number, number, number, number],
) {
  const x = fine - 76800;
  const y =
    (raw - (h4 * 64 + (h5 / 16384) * x)) * ((h2 / 65536) * (1 + (h6 / 67108864) * x * (1 + (h3 / 67108864) * x)));
  return y * (1 - (h1 * y) / 524288);
}

test('Drivers measure what the data sheets say', async () => {
  const flash = {
    'bme280.py': from('drivers/bme280.py'),
    'analog.py': from('drivers/analog.py'),
    'dht22.py': from('drivers/dht22.py'),
  };
  const board = network.add(new Board({ discoveryPort: network.port, flash, program: BME280 }));
  await board.until(() => board.ended !== undefined, 10_000, 'end');
  expect(board.ended).toEqual({ error: undefined });
  const [bme, missing, analog, dht] = board.lines;
  const [temperature, pressure, relative] = (bme ?? '').split(' ').map(Number);
  expect([temperature, pressure]).toEqual([25.08, 1006.5]);
  expect(relative).toBeCloseTo(humidity(30000, 128422, [75, 370, 0, 313, 50, 30]), 0);
  expect([missing, analog]).toEqual(['OSError', "{'value': 50.0, 'unit': '%'} °C"]);
  expect(dht).toBe('21.5 48.0 1');
});

test('The example of a sensor node serves its sensors', async () => {
  const os = await network.boot({ name: 'kernel', kernel: true });
  const flash = { ...library(), 'analog.py': from('drivers/analog.py') };
  network.board({ name: 'kitchen-board' }, from('examples/sensor_node.py'), { flash });
  expect(await (await os.open('light_sensor@kitchen')).read()).toMatchObject({ value: 50, unit: '%' });
  expect(await (await os.open('chip_temperature')).read()).toMatchObject({ node: 'kitchen-board', unit: '°C' });
});

test('The example of a weather station shows what others measure, on a display that it finds', async () => {
  const shown: unknown[] = [];
  const service = (name: string, value: number, unit: string) =>
    defineService({ name, version: '1.0.0', labels: {}, read: () => ({ value, unit }) });
  const display = defineService({
    name: 'display',
    version: '1.0.0',
    labels: {},
    write: (text: unknown) => shown.push(text),
  });
  await network.boot({ name: 'house', kernel: true, services: [service('temp_sensor', 21.5, '°C'), display] });
  network.board({ name: 'station' }, from('examples/weather_station.py'));
  await expect.poll(() => shown, { timeout: 15_000 }).toContain('Temp: 21.5°C');
});
