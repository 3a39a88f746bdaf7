/**
 * Watching a board and typing to it, without stopping its program.
 *
 * @module
 */
import { stdin, stdout } from 'node:process';
import { setTimeout } from 'node:timers/promises';
import type { Link } from '../hosts/node/board/link.ts';
import { openSerial } from '../hosts/node/board/serial.ts';
import { CliError } from './faults.ts';
import { stay } from './join.ts';
import { print } from './print.ts';

/** Ctrl-], as in telnet. */
const LEAVE = 0x1d;
/** ms between tries to find a board again that restarts; its port is away for about a second. */
const AGAIN_MS = 300;

/** Shows what the board says, also after it restarts, until Ctrl-C. @throws TdosError HOST when it is not there at first. */
export async function showLogs(device: string, forMs: number | undefined): Promise<void> {
  let link: Link | undefined = await openSerial(device);
  let isClosed = false;
  const follow = (): void => {
    link?.listen(
      (bytes) => stdout.write(bytes),
      () => void reopen(),
    );
  };
  const reopen = async (): Promise<void> => {
    link = undefined;
    while (!isClosed && link === undefined) {
      await setTimeout(AGAIN_MS);
      link = await openSerial(device).catch(() => undefined);
    }
    if (isClosed) await link?.close();
    else follow();
  };
  follow();
  await stay(forMs, async () => {
    isClosed = true;
    await link?.close();
  });
}

/** Types to the board, until Ctrl-] or until it is gone. @throws CliError USAGE, TdosError HOST */
export async function openRepl(device: string): Promise<void> {
  if (!stdin.isTTY) throw new CliError('USAGE', '`tdos board repl` is for a terminal. Scripts use `tdos board push`.');
  const link = await openSerial(device);
  print('Ctrl-] leaves; Ctrl-C stops the program, Ctrl-D starts it again.');
  stdin.setRawMode(true);
  try {
    await new Promise<void>((resolve) => {
      link.listen((bytes) => stdout.write(bytes), resolve);
      stdin.on('data', (keys: Buffer) => {
        if (keys.includes(LEAVE)) resolve();
        else link.write(keys).catch(resolve);
      });
      link.write(Buffer.from('\r')).catch(resolve);
    });
  } finally {
    stdin.setRawMode(false);
    stdin.removeAllListeners('data').pause();
    await link.close();
  }
  print('');
}
