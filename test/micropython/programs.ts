/**
 * What boards in tests have on their flash, and ports that no other test has.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { boot, type NodeBootOptions, type Os } from '../../src/index.ts';
import { Board, type BoardOptions } from './board.ts';
import type { Flash } from './messages.ts';

const FOLDER = new URL('../../boards/micropython/', import.meta.url);

export const library = (...names: readonly string[]): Flash =>
  Object.fromEntries(['tdos.py', ...names].map((name) => [name, readFileSync(new URL(name, FOLDER), 'utf8')]));

/** What `tdos board setup` would write, but for the key. */
export const config = (settings: object): Flash => ({
  'config.json': JSON.stringify({ open: true, wifi: { ssid: 'TDOS', password: '12345678' }, ...settings }),
});

/** One network on loopback: what is on it, and how all of it ends. */
export class Network {
  readonly port = 20_000 + Math.floor(Math.random() * 40_000);
  private readonly systems: Os[] = [];
  private readonly boards: Board[] = [];

  async boot(options: NodeBootOptions): Promise<Os> {
    const os = await boot({ port: this.port, durable: false, open: true, ...options });
    this.systems.push(os);
    return os;
  }

  /** A board that is on, with the library. */
  board(settings: object, program: string, options: Partial<BoardOptions> = {}): Board {
    const flash = { ...library(), ...config(settings), ...options.flash };
    return this.add(new Board({ discoveryPort: this.port, program, ...options, flash }));
  }

  add(board: Board): Board {
    this.boards.push(board);
    return board.powerOn();
  }

  async close(): Promise<void> {
    await Promise.all([...this.boards.map((board) => board.powerOff()), ...this.systems.map((os) => os.close())]);
  }
}

/** A program that serves one sensor. */
export const sensor = (name: string, value: number, unit: string): string => `
import tdos

node = tdos.Node()
node.provide("${name}", lambda: {"value": ${value}, "unit": "${unit}"})
tdos.run(node)
`;
