/**
 * A board's USB cable: its REPL behind a pseudo-terminal, which programs of this machine open as they open `/dev/ttyACM0`.
 * Node has no pseudo-terminals, so Python holds it.
 *
 * @module
 */
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Board } from './board.ts';

const HOLDER = fileURLToPath(new URL('./pseudo-terminal.py', import.meta.url));

/** True where the tests of the cable can run. CI has to have what they need. */
export function hasTerminals(): boolean {
  const found = process.platform !== 'win32' && spawnSync('python3', ['--version']).status === 0;
  if (!found && process.env.CI !== 'true') process.stderr.write('Skipped: a board behind a terminal needs python3.\n');
  return found || process.env.CI === 'true';
}

export class Cable {
  /** Such as `/dev/pts/7`. */
  readonly path: string;
  private readonly holder: ChildProcessByStdio<Writable, Readable, Readable>;

  private constructor(holder: ChildProcessByStdio<Writable, Readable, Readable>, path: string) {
    this.holder = holder;
    this.path = path;
  }

  /** Connects a board. */
  static async plugIn(board: Board): Promise<Cable> {
    const holder = spawn('python3', [HOLDER], { stdio: ['pipe', 'pipe', 'pipe'] });
    const [path] = await once(holder.stderr, 'data');
    board.says = (bytes) => holder.stdin.write(bytes);
    holder.stdout.on('data', (bytes: Buffer) => board.type(bytes));
    return new Cable(holder, String(path).trim());
  }

  async unplug(): Promise<void> {
    const ended = once(this.holder, 'exit');
    this.holder.stdin.end();
    await ended;
  }
}
