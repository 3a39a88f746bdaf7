/**
 * The stage of a proof: a free port, a home of its own for the state of nodes, and processes that all end with it.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { boot, type NodeBootOptions, type Os } from 'tdos';
import { withKey } from '../keys.ts';
import { Machine, program, Running } from '../netns.ts';

const launcher = fileURLToPath(new URL('../../bin/tdos.mjs', import.meta.url));

/** A program of `programs/`: takes its options from the environment, and talks with its parent by messages. */
export class Actor {
  readonly running: Running;
  private readonly heard: unknown[] = [];
  private readonly waiting: ((message: unknown) => void)[] = [];

  constructor(running: Running) {
    this.running = running;
    running.process.on('message', (message) => {
      const wake = this.waiting.shift();
      if (wake === undefined) this.heard.push(message);
      else wake(message);
    });
  }

  get process(): ChildProcess {
    return this.running.process;
  }

  /** The next message that it sends. What it is, is the program's promise. @throws when it ends, or says nothing for `boundMs`. */
  async next<Message>(boundMs = 20_000): Promise<Message> {
    const early = this.heard.shift();
    if (early !== undefined) return early as Message;
    return await new Promise<Message>((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${why}; it said:\n${this.running.lines.join('\n')}`));
      const bound = setTimeout(() => fail(`a program said nothing for ${boundMs} ms`), boundMs);
      this.waiting.push((message) => {
        clearTimeout(bound);
        resolve(message as Message);
      });
      void this.running.exit.then((code) => {
        clearTimeout(bound);
        fail(`a program ended with ${code}`);
      });
    });
  }

  /** Says something, and gives the answer. */
  async ask<Answer>(message: string, boundMs?: number): Promise<Answer> {
    this.process.send(message);
    return await this.next<Answer>(boundMs);
  }
}

export class Scene {
  readonly home = withKey(mkdtempSync(join(tmpdir(), 'tdos-proof-')));
  readonly port: number;
  private readonly endings: (() => Promise<unknown>)[] = [];

  private constructor(port: number) {
    this.port = port;
  }

  /** Plays `act` on a stage of its own, and clears it away, also after a fault. */
  static async play<Outcome>(act: (scene: Scene) => Promise<Outcome>): Promise<Outcome> {
    const scene = new Scene(await freePort());
    try {
      return await act(scene);
    } finally {
      for (const end of scene.endings.reverse()) await end();
      rmSync(scene.home, { recursive: true, force: true });
    }
  }

  /** `end` is called when the scene is over, latest first. */
  atEnd(end: () => Promise<unknown>): void {
    this.endings.push(end);
  }

  /** Runs `tdos ...words` in this scene's cluster. */
  tdos(...words: string[]): Running {
    const args = [launcher, ...words, '--port', String(this.port)];
    const child = spawn(process.execPath, args, { env: this.env(), stdio: ['ignore', 'pipe', 'pipe'] });
    return this.ended(new Running(child));
  }

  /** Runs `tdos ...words --json` to its end, and gives what it printed. */
  async tdosJson(...words: string[]): Promise<unknown> {
    const running = this.tdos(...words, '--json');
    const code = await running.exit;
    const text = running.lines.join('\n');
    if (code !== 0) throw new Error(`tdos ${words.join(' ')} ended with ${code}:\n${text}`);
    return JSON.parse(text);
  }

  /** Runs `programs/NAME.ts`, on a machine of its own if one is given. */
  actor(name: string, options: Readonly<Record<string, unknown>> = {}, machine?: Machine): Actor {
    const code = `import ${JSON.stringify(new URL(`./programs/${name}.ts`, import.meta.url).href)};`;
    const flags = name === 'target' || name === 'member' ? { NODE_OPTIONS: '--expose-gc' } : {};
    const env = { ...this.env(), ...flags, TDOS_PROOF: JSON.stringify({ port: this.port, ...options }) };
    const running = machine === undefined ? program(code, [], env) : machine.program(code, env);
    return new Actor(this.ended(running));
  }

  /** A node within this process, closed with the scene. */
  async boot(options: NodeBootOptions): Promise<Os> {
    const os = await boot({ port: this.port, home: this.home, ...options });
    this.atEnd(() => os.close());
    return os;
  }

  machine(name: string): Machine {
    const machine = new Machine(name);
    this.atEnd(() => machine.remove());
    return machine;
  }

  private env(): NodeJS.ProcessEnv {
    return { ...process.env, TDOS_HOME: this.home, TDOS_KEY_FILE: '', TDOS_PORT: '', TDOS_DEBUG: '1', NO_COLOR: '1' };
  }

  private ended(running: Running): Running {
    this.atEnd(() => running.stop());
    return running;
  }
}

/** A UDP port that nobody has. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}
