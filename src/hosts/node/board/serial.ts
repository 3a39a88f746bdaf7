/**
 * A board's serial port as a {@link Link}. What the system refuses is said in words, with what to do.
 *
 * @module
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { SerialPort } from 'serialport';
import { TdosError } from '../../../base/errors.ts';
import type { Link } from './link.ts';

/** Boards on USB ignore it; some adapters do not. */
const BAUD_RATE = 115_200;

/** @throws TdosError HOST */
export async function openSerial(path: string): Promise<Link> {
  const port = new SerialPort({ path, baudRate: BAUD_RATE, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    port.open((error) => (error ? reject(refusal(path, error)) : resolve()));
  });
  const gone = (): TdosError =>
    new TdosError('HOST', `The board on ${path} is gone: it was unplugged, or it restarted.`);
  return {
    name: path,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        port.write(Buffer.from(bytes), (error) => {
          if (error) reject(gone());
          else port.drain((late) => (late ? reject(gone()) : resolve()));
        });
      }),
    listen(data, ended) {
      port.removeAllListeners();
      port.on('data', data);
      port.on('close', ended);
      port.on('error', ended);
    },
    close: () => new Promise((resolve) => (port.isOpen ? port.close(() => resolve()) : resolve())),
  };
}

/** Why a port cannot be opened, from what the system says and what can be seen of the file. */
function refusal(path: string, error: Error): TdosError {
  const { message } = error;
  if (/lock|busy|temporarily unavailable/i.test(message))
    return new TdosError(
      'HOST',
      `${path} is in use by another program: a second \`tdos board\`, Thonny, mpremote. Close it, and try again.`,
    );
  if (/permission|access/i.test(message) || isForbidden(path)) return new TdosError('HOST', forbidden(path));
  if (process.platform !== 'win32' && !existsSync(path))
    return new TdosError('HOST', `There is no ${path}. \`tdos board list\` shows the boards on USB.`);
  return new TdosError('HOST', `${path} cannot be opened: ${message}.`);
}

function isForbidden(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EACCES';
  }
}

const forbidden = (path: string): string =>
  process.platform === 'linux'
    ? `you may not use ${path}. Either join its group (\`sudo usermod -aG dialout $USER\`, then log in again; on Arch the\n` +
      '      group is uucp), or allow it to whoever sits at this machine: put the line\n' +
      '        SUBSYSTEM=="tty", ATTRS{idVendor}=="2e8a", MODE="0660", TAG+="uaccess"\n' +
      '      into /etc/udev/rules.d/60-pico.rules, and plug the board in again.'
    : `you may not use ${path}, or another program does. Close it, and look at the permissions of ${path}.`;
