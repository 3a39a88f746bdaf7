/**
 * The boards on this machine's USB: serial ports of USB devices, and on Linux also boards that wait for their MicroPython.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TdosError } from '../../../base/errors.ts';

/** A serial port that may be a board. */
export interface BoardPort {
  /** `/dev/ttyACM0`, `COM3`. */
  readonly path: string;
  /** The vendor is that of the Pico boards; anything else may still have MicroPython. */
  readonly isPico: boolean;
  /** What the device calls itself; undefined where the system does not tell. */
  readonly maker: string | undefined;
  readonly serial: string | undefined;
}

/** What the system tells of a port. */
interface Told {
  readonly path: string;
  readonly vendorId?: string | undefined;
  readonly manufacturer?: string | undefined;
  readonly serialNumber?: string | undefined;
}

/** USB's number of Raspberry Pi. */
const PICO_VENDOR = '2e8a';
/** Its products whose button BOOTSEL was held: drives without MicroPython, by their drive's name. */
const WAITING: Readonly<Record<string, string>> = { '0003': 'RPI-RP2', '000f': 'RP2350' };
/** USB's serial ports, where only their names tell. */
const USB_NAME = /^tty(ACM|USB)\d+$/;

/** The boards, Pico boards first. @param tell - what the system knows, and its folder of devices, for tests. */
export async function listPorts(tell: () => Promise<readonly Told[]> = fromSystem, dev = '/dev'): Promise<BoardPort[]> {
  let told: readonly Told[];
  try {
    told = (await tell()).filter(({ vendorId }) => vendorId !== undefined);
  } catch {
    // Linux is asked by udevadm, which a small system does not have.
    told = namesIn(dev)
      .filter((name) => USB_NAME.test(name))
      .map((name) => ({ path: join(dev, name) }));
  }
  return told
    .map(({ path, vendorId, manufacturer, serialNumber }) => ({
      path,
      isPico: vendorId?.toLowerCase() === PICO_VENDOR,
      maker: manufacturer,
      serial: serialNumber,
    }))
    .sort((a, b) => Number(b.isPico) - Number(a.isPico) || a.path.localeCompare(b.path));
}

/** The names of the drives of boards that wait for a UF2 file. @param usb - Linux's folder of USB devices, for tests. */
export function waitingBoards(usb = '/sys/bus/usb/devices'): string[] {
  return namesIn(usb).flatMap((name) => {
    const read = (file: string): string => textOf(join(usb, name, file));
    const drive = read('idVendor') === PICO_VENDOR ? WAITING[read('idProduct')] : undefined;
    return drive === undefined ? [] : [drive];
  });
}

/** What to do about a board without MicroPython. */
export const UF2_ADVICE =
  'the UF2 file of its MicroPython (Pico W: micropython.org/download/RPI_PICO_W, Pico 2 W: micropython.org/download/RPI_PICO2_W)';

/**
 * The one board that is meant when none is named.
 *
 * @throws TdosError NOT_FOUND when there is none, BAD_CONFIG when there are several; both say what to do.
 */
export function onlyPort(ports: readonly BoardPort[], waiting: readonly string[] = waitingBoards()): string {
  const picos = ports.filter(({ isPico }) => isPico);
  const [first, ...others] = picos.length > 0 ? picos : ports;
  if (first !== undefined && others.length === 0) return first.path;
  if (first !== undefined)
    throw new TdosError(
      'BAD_CONFIG',
      `there are several boards: say which by --device ${[first, ...others].map(({ path }) => path).join(' or ')}.`,
    );
  const [drive] = waiting;
  throw new TdosError(
    'NOT_FOUND',
    drive === undefined
      ? `no board on USB. Plug it in with a cable that carries data (many only charge). If it is plugged in and new, hold its\n      button BOOTSEL while you plug it in, and drop on the drive that appears ${UF2_ADVICE}.`
      : `the board on USB has no MicroPython yet. Drop on its drive ${drive} ${UF2_ADVICE}.`,
  );
}

async function fromSystem(): Promise<readonly Told[]> {
  const { SerialPort } = await import('serialport');
  return SerialPort.list();
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
