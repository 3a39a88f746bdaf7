import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type BoardPort, listPorts, onlyPort, waitingBoards } from './ports.ts';

const port = (path: string, isPico: boolean): BoardPort => ({ path, isPico, maker: undefined, serial: undefined });

/** A folder with those files in it. */
function folder(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'tdos-ports-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, name, '..'), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

test('Ports of USB are listed, Pico boards first, and ports of the machine itself are not', async () => {
  const told = [
    { path: '/dev/ttyS0' },
    { path: '/dev/ttyUSB0', vendorId: '10c4', manufacturer: 'Silicon Labs', serialNumber: '7' },
    { path: '/dev/ttyACM0', vendorId: '2E8A', manufacturer: 'MicroPython', serialNumber: 'e66' },
  ];
  expect(await listPorts(async () => told)).toEqual([
    { path: '/dev/ttyACM0', isPico: true, maker: 'MicroPython', serial: 'e66' },
    { path: '/dev/ttyUSB0', isPico: false, maker: 'Silicon Labs', serial: '7' },
  ]);
});

test('Where udevadm is missing, ports are found by their names', async () => {
  const dev = folder({ ttyACM1: '', ttyUSB0: '', ttyS0: '', ttyACMx: '' });
  const found = await listPorts(() => Promise.reject(new Error('spawn udevadm ENOENT')), dev);
  expect(found.map(({ path }) => path)).toEqual([join(dev, 'ttyACM1'), join(dev, 'ttyUSB0')]);
});

test('Boards whose button was held are found by what their USB says', () => {
  const usb = folder({
    '1-1/idVendor': '2e8a\n',
    '1-1/idProduct': '0003\n',
    '1-2/idVendor': '2e8a\n',
    '1-2/idProduct': '0005\n',
    '1-3/idVendor': '1234\n',
    '1-3/idProduct': '0003\n',
  });
  expect(waitingBoards(usb)).toEqual(['RPI-RP2']);
  expect(waitingBoards('/no/such/folder')).toEqual([]);
});

test('The one board is meant, a Pico before others, and without one or with several the error says what to do', () => {
  expect(onlyPort([port('/dev/ttyACM0', true), port('/dev/ttyUSB0', false)], [])).toBe('/dev/ttyACM0');
  expect(onlyPort([port('/dev/ttyUSB0', false)], [])).toBe('/dev/ttyUSB0');
  expect(() => onlyPort([port('COM3', true), port('COM4', true)], [])).toThrow(/--device COM3 or COM4/);
  expect(() => onlyPort([], [])).toThrow(/no board on USB.*BOOTSEL.*RPI_PICO_W/s);
  expect(() => onlyPort([], ['RPI-RP2'])).toThrow(/no MicroPython yet. Drop on its drive RPI-RP2/);
});
