/**
 * XS, the engine of the boards, as a process of its own. It is compiled from its package when it is first needed, with the
 * 32 bits and the bare functions that it has on a board; nothing but tests needs it, so nothing else waits for it.
 *
 * @module
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PACKAGE = dirname(dirname(fileURLToPath(import.meta.resolve('@agoric/xsnap'))));
const NATIVE = join(PACKAGE, 'xsnap-native/xsnap');
const SYSTEM = process.platform === 'darwin' ? 'mac' : 'lin';
const LOCK = join(NATIVE, 'building');
const WAIT_MS = 500;
/** Whether XS can have the words of a board here: what it holds is counted only then. */
export const isAsOnBoard = process.platform === 'linux' && process.arch === 'x64' && compiles('-m32');

function compiles(...options: readonly string[]): boolean {
  const program = '#include <stdio.h>\nint main(void) { return 0; }\n';
  const { status } = spawnSync('cc', [...options, '-x', 'c', '-', '-o', '/dev/null'], { input: program });
  return status === 0;
}

/** Whether tests in XS are to run; prints a line when they are not. With CI=true they must. */
export function engineRuns(what: string, asOnBoard = false): boolean {
  const runs = process.env.CI === 'true' || isAsOnBoard || (!asOnBoard && compiles());
  const needs = asOnBoard ? 'gcc, make and gcc-multilib' : 'gcc and make';
  if (!runs) console.log(`skipped: ${what} (XS is compiled with ${needs}: install these packages)`);
  return runs;
}

/** On a board with 32 bits; tables of slots hold as many bytes for each. */
export const SLOT_BYTES = 16;
/** Functions have no properties `length` and `name` there: Moddable's linker leaves them out (`"strip": "*"`). */
const BARE_FUNCTIONS = ['fxNewFunctionLength', 'fxNewFunctionName'].flatMap((maker) => [
  `-Wl,--wrap=${maker}`,
  `-Wl,--defsym=__wrap_${maker}=0`,
]);
const BUILD = join(NATIVE, isAsOnBoard ? 'build-board' : 'build');
const WORKER = join(BUILD, 'bin', SYSTEM, 'release/xsnap-worker');
/** For the compiler on a slow and busy machine. */
export const BUILD_MS = 600_000;

/** What an engine holds after its garbage is collected. */
export interface Heap {
  /** Objects, properties and variables, of {@link SLOT_BYTES} each. */
  readonly slots: number;
  /** Bytes of texts, buffers and tables. Code is left out: a board runs it where it stands, in flash. */
  readonly chunkBytes: number;
}

/** Compiles the engine unless it was compiled before. */
export async function buildEngine(): Promise<void> {
  const until = Date.now() + BUILD_MS;
  // Under a lock, what is there may be half of it.
  while (!existsSync(WORKER) || existsSync(LOCK)) {
    if (await taken()) {
      try {
        await compile();
      } finally {
        await rm(LOCK, { recursive: true, force: true });
      }
    } else if (Date.now() > until) throw new Error(`another process holds ${LOCK}: remove it if none is compiling XS`);
    else await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
}

/** True for the one process that is to compile. */
async function taken(): Promise<boolean> {
  return mkdir(LOCK).then(
    () => true,
    () => false,
  );
}

async function compile(): Promise<void> {
  const cc = `cc ${isAsOnBoard ? '-m32 ' : ''}"-D__has_builtin(x)=1"`;
  const options = [
    'GOAL=release',
    'XSNAP_VERSION=test',
    `CC=${cc}`,
    `BUILD_DIR=${BUILD}`,
    'EXTRA_DEPS=',
    `-j${availableParallelism()}`,
  ];
  if (isAsOnBoard) options.push(`LINK_OPTIONS=${['-rdynamic', '-no-pie', ...BARE_FUNCTIONS].join(' ')}`);
  const args = [`MODDABLE=${join(PACKAGE, 'moddable')}`, ...options, '-f', 'xsnap-worker.mk'];
  await promisify(execFile)('make', args, { cwd: join(NATIVE, 'makefiles', SYSTEM), maxBuffer: 2 ** 26 });
}

export class Engine {
  /** What the engine did since the start, in steps of its own. */
  computed = 0;
  private readonly child: ChildProcess;
  private readonly input: Writable;
  private held = Buffer.alloc(0);
  private waiting: { resolve(reply: Buffer): void; reject(error: Error): void } | undefined;

  constructor() {
    this.child = spawn(WORKER, ['-i', '1'], { stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe'] });
    this.input = this.child.stdio[3] as Writable;
    (this.child.stdio[4] as Readable).on('data', (bytes: Buffer) => this.take(bytes));
    this.child.on('exit', (code) => this.waiting?.reject(new Error(`XS ended with ${code}`)));
  }

  /** Runs a script. @throws what the script throws, as an Error */
  async run(script: string): Promise<void> {
    await this.command('e', script);
  }

  /** Calls `handleCommand` of the script with a text; it gives `{ result: ArrayBuffer }`. */
  async ask(text: string): Promise<string> {
    return (await this.command('?', text)).toString();
  }

  /** Collects garbage and counts what is left. */
  async heap(): Promise<Heap> {
    const path = join(tmpdir(), `tdos-xs-${process.pid}-${this.child.pid}`);
    await this.command('e', 'gc()');
    await this.command('w', path);
    const snapshot = readFileSync(path);
    rmSync(path);
    const chunks = atom(snapshot, 'BLOC');
    return { slots: this.slots, chunkBytes: chunks.length - codeBytes(atom(snapshot, 'HEAP'), chunks) };
  }

  close(): void {
    this.waiting = undefined;
    this.child.kill();
  }

  private slots = 0;

  private async command(kind: string, text: string): Promise<Buffer> {
    if (this.waiting !== undefined) throw new Error('the engine does one thing at a time');
    const body = Buffer.from(kind + text);
    const reply = await new Promise<Buffer>((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.input.write(Buffer.concat([Buffer.from(`${body.length}:`), body, Buffer.from(',')]));
    });
    if (reply[0] !== '.'.charCodeAt(0)) throw new Error(`in XS: ${reply.toString('utf8', 1)}`);
    const split = reply.indexOf(1);
    const meter = JSON.parse(reply.toString('utf8', 1, split));
    this.computed += meter.compute;
    this.slots = meter.currentHeapCount;
    return reply.subarray(split + 1);
  }

  private take(bytes: Buffer): void {
    this.held = Buffer.concat([this.held, bytes]);
    const colon = this.held.indexOf(':');
    if (colon < 0) return;
    const end = colon + 1 + Number(this.held.toString('latin1', 0, colon));
    if (this.held.length <= end) return;
    const reply = this.held.subarray(colon + 1, end);
    this.held = this.held.subarray(end + 1);
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.resolve(reply);
  }
}

/** A snapshot is a row of atoms: four bytes of size, their own included, four of name. */
function atom(snapshot: Buffer, name: string): Buffer {
  for (let at = 8; at + 8 <= snapshot.length; at += snapshot.readUInt32BE(at))
    if (snapshot.toString('latin1', at + 4, at + 8) === name)
      return snapshot.subarray(at + 8, at + snapshot.readUInt32BE(at));
  throw new Error(`the snapshot has no ${name}`);
}

/** A slot has its kind in its fifth byte, and after eight what it holds: of code, where that begins among the chunks. */
const CODE_KIND = 19;

/** Bytes of all code: before each chunk is its size, in eight bytes of its own. */
function codeBytes(slots: Buffer, chunks: Buffer): number {
  const sizes = new Map<number, number>();
  for (let at = 0; at < slots.length; at += SLOT_BYTES) {
    const start = slots.readUInt32LE(at + 8);
    if (slots.readInt8(at + 4) === CODE_KIND) sizes.set(start, chunks.readUInt32LE(start - 8));
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
