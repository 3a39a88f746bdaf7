import { expect, test } from 'vitest';
import { configFile, driversOf, isOurs, parsePart, programOf } from './program.ts';

test('A program imports its drivers, makes them on their pins, and offers what they measure', () => {
  const parts = ['chip', 'light:27', 'bme280:0,1'].map(parsePart);
  const program = programOf(parts, { room: 'kitchen' });
  expect(program.split('\n').slice(1)).toEqual([
    '',
    'import analog',
    'import tdos',
    'from bme280 import BME280',
    '',
    'LABELS = {"room":"kitchen"}',
    '',
    'node = tdos.Node()',
    'node.provide("chip_temperature", analog.chip_temperature(), labels=LABELS)',
    'node.provide("light_sensor", analog.light_sensor(27), labels=LABELS)',
    'bme = BME280(sda=0, scl=1)',
    'node.provide("temp_sensor", bme.temperature, labels=LABELS)',
    'node.provide("humidity_sensor", bme.humidity, labels=LABELS)',
    'node.provide("pressure_sensor", bme.pressure, labels=LABELS)',
    'tdos.run(node)',
    '',
  ]);
  expect(isOurs(program)).toBe(true);
  expect(driversOf(parts)).toEqual(['analog', 'bme280']);
});

test('A sensor has the pins of the guide unless others are named', () => {
  expect(parsePart('bme280')).toEqual({ kind: 'bme280', pins: [4, 5] });
  expect(parsePart('dht22:16')).toEqual({ kind: 'dht22', pins: [16] });
});

test.each([
  ['thermometer', /There is no|there is chip, light/],
  ['toString', /there is chip, light/],
  ['light:4', /26, 27, 28/],
  ['dht22:24', /0 to 22 and 26 to 28/],
  ['dht22:x', /GPIO numbers/],
  ['bme280:4', /bme280:SDA,SCL, such as bme280:4,5/],
  ['bme280:5,4', /even pin for sda/],
  ['bme280:4,7', /same bus/],
  ['chip:4', /no pins to choose/],
])('The sensor %s is refused, and the error says what it takes', (text, sentence) => {
  expect(() => parsePart(text)).toThrow(sentence);
});

test('Two sensors that offer the same, or hang on the same pin, are refused', () => {
  expect(() => programOf(['bme280', 'dht22'].map(parsePart), {})).toThrow(/bme280 and dht22 both take temp_sensor/);
  expect(() => programOf(['light:26', 'dht22:26'].map(parsePart), {})).toThrow(/light and dht22 both take pin 26/);
});

test('The settings have one key as text, two as a list, or say that the cluster is open', () => {
  const wifi = { ssid: 'home', password: '12345678', country: undefined };
  const read = (keys: readonly string[] | undefined, allowV1 = false): unknown =>
    JSON.parse(Buffer.from(configFile({ name: 'a', keys, wifi, allowV1 }).bytes).toString());
  const common = { name: 'a', wifi: { ssid: 'home', password: '12345678' } };
  expect(read(['NEW'])).toEqual({ ...common, key: 'NEW' });
  expect(read(['NEW', 'OLD'])).toEqual({ ...common, key: ['NEW', 'OLD'] });
  expect(read(undefined, true)).toEqual({ ...common, open: true, allow_v1: true });
});
