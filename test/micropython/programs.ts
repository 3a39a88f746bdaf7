/**
 * What boards in tests have on their flash, and ports that no other test has.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boot, type NodeBootOptions, type Os } from '../../src/index.ts';
import { Board, type BoardOptions } from './board.ts';
import type { Flash } from './messages.ts';

const FOLDER = new URL('../../boards/micropython/', import.meta.url);

export const library = (...names: readonly string[]): Flash =>
  Object.fromEntries(['tdos.py', ...names].map((name) => [name, readFileSync(new URL(name, FOLDER), 'utf8')]));

/** What `tdos board setup` would write. */
const config = (settings: object): Flash => ({
  'config.json': JSON.stringify({ wifi: { ssid: 'TDOS', password: '12345678' }, ...settings }),
});

/** The key of PROTOCOL.md. */
export const KEY = '000G-40R4-0M30-E209-185G-R38E-1W81-24GK-2GAH-C5RR-34D1-P70X-3RFG-5DSW';

/** One network on loopback: what is on it, and how all of it ends. */
export class Network {
  readonly port = 20_000 + Math.floor(Math.random() * 40_000);
  private readonly home = mkdtempSync(join(tmpdir(), 'tdos-boards-'));
  private readonly open: boolean;
  private readonly systems: Os[] = [];
  private readonly boards: Board[] = [];

  constructor(kind: 'open' | 'sealed' = 'sealed') {
    this.open = kind === 'open';
    writeFileSync(join(this.home, 'key'), `${KEY}\n`, { mode: 0o600 });
  }

  async boot(options: NodeBootOptions): Promise<Os> {
    const { port, home, open } = this;
    const os = await boot({ port, home, open, durable: false, ...options });
    this.systems.push(os);
    return os;
  }

  /** A board that is on, with the library. */
  board(settings: object, program: string, options: Partial<BoardOptions> = {}): Board {
    const key = this.open ? { open: true } : { key: KEY };
    const flash = { ...library(), ...config({ ...key, ...settings }), ...options.flash };
    return this.add(new Board({ discoveryPort: this.port, program, ...options, flash }));
  }

  add(board: Board): Board {
    this.boards.push(board);
    return board.powerOn();
  }

  async close(): Promise<void> {
    await Promise.all([...this.boards.map((board) => board.powerOff()), ...this.systems.map((os) => os.close())]);
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** A program that serves one sensor. */
export const sensor = (name: string, value: number, unit: string): string => `
import tdos

node = tdos.Node()
node.provide("${name}", lambda: {"value": ${value}, "unit": "${unit}"})
tdos.run(node)
`;
