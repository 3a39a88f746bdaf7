/**
 * The thread of one board: one MicroPython and, around it, what the chip has. Python and this thread sleep together, on
 * the ring; each time Python comes back here its garbage is collected, which this build can do nowhere else.
 *
 * The one thing to know: JavaScript that throws under Python cannot be caught there, so nothing here throws, and numbers
 * that cross are at most 32 bits.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { INTERPRETERS } from './interpreters.ts';
import type { Said, Start } from './messages.ts';
import { type Arrival, Ring } from './ring.ts';
import { stopsAt, Usb } from './usb.ts';

const EAGAIN = 11;
/** What JavaScript itself needs of the memory that MicroPython shall not have. */
const SPARE = 100 * 1024;
/** A collection is due when so much of the heap is in use. */
const COLLECT_AT = 0.5;

const start = workerData as Start;
const ring = new Ring(start.memory);
const say = (said: Said): void => parentPort?.postMessage(said);

/** The interpreter's memory, which it does not show: caught when the module is made. */
let memory: WebAssembly.Memory | undefined;
const instantiate = WebAssembly.instantiate;
WebAssembly.instantiate = async (source, imports) => {
  const result = await instantiate(source, imports);
  const made = 'instance' in result ? result.instance : result;
  for (const part of Object.values(made.exports)) if (part instanceof WebAssembly.Memory) memory = part;
  return result;
};

// It is this thread that wakes the scheduler, by `chip.step`.
const noTimer = (): number => 0;

// The build tells here of each time its memory cannot grow, which is what a board is like.
console.error = () => undefined;

const { loadMicroPython } = await INTERPRETERS[start.version]();
const python = await loadMicroPython({
  heapsize: start.heap ?? 1024 * 1024,
  linebuffer: start.usb === 'none',
  stdout: (said: string | Uint8Array) => {
    if (typeof said === 'string') say({ type: 'line', line: said });
    else say({ type: 'usb', bytes: usb.heard(said.slice()) });
  },
  stderr: (line: string) => say({ type: 'line', line }),
});

const sayOnUsb = (text: string): void => say({ type: 'usb', bytes: Buffer.from(text, 'latin1') });
const usb = new Usb(python, sayOnUsb, start.usb === 'paste');

const bytesAt = (address: number, length: number): Uint8Array =>
  new Uint8Array(memory?.buffer ?? new ArrayBuffer(0), address, length);

// --- the radio ---

const queues = new Map<number, Arrival[]>();
/** Bytes that came on USB, which holds the PC back instead of losing them. */
const typed: number[] = [];
let sockets = 0;
let from: Arrival | undefined;

/** What came meanwhile goes to its sockets; what they cannot hold is lost, as on the chip. */
let seen = 0;
function collectArrivals(): void {
  seen = ring.bell();
  for (let arrival = ring.take(); arrival !== undefined; arrival = ring.take()) {
    if (arrival.socket === 0) typed.push(...arrival.bytes);
    const queue = queues.get(arrival.socket);
    if (queue !== undefined && queue.length < start.queue) queue.push(arrival);
  }
}

/** Until something comes that Python has not looked at, at most `ms`. */
function sleep(ms: number): void {
  ring.wait(seen, Math.max(0, ms));
}

/** How far a machine has come whose Wi-Fi was told to connect. */
let connectedAt = Number.POSITIVE_INFINITY;

python.registerJsModule('_board', {
  ip: () => start.ip,
  open: () => {
    sockets += 1;
    queues.set(sockets, []);
    return sockets;
  },
  bind: (socket: number, port: number) => say({ type: 'open', socket, port }),
  close: (socket: number) => {
    queues.delete(socket);
    say({ type: 'close', socket });
  },
  send: (socket: number, address: number, length: number, ip: string, port: number) => {
    if (!ring.wifi) return -113;
    say({ type: 'send', socket, ip, port, bytes: bytesAt(address, length).slice() });
    return length;
  },
  receive: (socket: number, address: number, length: number) => {
    collectArrivals();
    from = queues.get(socket)?.shift();
    if (from === undefined) return -EAGAIN;
    const bytes = from.bytes.subarray(0, length);
    bytesAt(address, bytes.length).set(bytes);
    return bytes.length;
  },
  ready: (socket: number) => {
    collectArrivals();
    return (queues.get(socket)?.length ?? 0) > 0;
  },
  from_ip: () => {
    const ip = from?.ip ?? 0;
    return [24, 16, 8, 0].map((shift) => (ip >>> shift) & 255).join('.');
  },
  from_port: () => from?.port ?? 0,
  sleep,
  connect: () => {
    connectedAt = performance.now() + 50;
  },
  disconnect: () => {
    connectedAt = Number.POSITIVE_INFINITY;
  },
  connected: () => {
    if (!ring.wifi) connectedAt = Number.POSITIVE_INFINITY;
    return performance.now() >= connectedAt;
  },
  random: () => crypto.getRandomValues(new Int32Array(1))[0] ?? 0,
  fed: () => say({ type: 'fed' }),
  reset: () => restart(),
});

// --- the flash ---

const FLASH = '/flash/';

function mirrorFlash(): void {
  const { FS } = python;
  const tell = (path: string): void => {
    if (!path.startsWith(FLASH)) return;
    let text: string | undefined;
    try {
      text = String(FS.readFile?.(path, { encoding: 'utf8' }));
    } catch {
      // it is gone
    }
    say({ type: 'file', path: path.slice(FLASH.length), text });
  };
  const after = (name: string, paths: (...args: unknown[]) => string[]): void => {
    const plain = FS[name];
    FS[name] = (...args) => {
      const told = paths(...args);
      const result = plain?.(...args);
      for (const path of told) tell(path);
      return result;
    };
  };
  const whole = (path: unknown): string => (String(path).startsWith('/') ? String(path) : `${FS.cwd?.()}/${path}`);
  after('close', (stream) => {
    const { path, flags } = stream as { readonly path: string; readonly flags: number };
    return (flags & 3) === 0 ? [] : [whole(path)];
  });
  after('rename', (one, other) => [whole(one), whole(other)]);
  after('unlink', (path) => [whole(path)]);
}

function writeFlash(): void {
  const { FS } = python;
  const shims = new URL('./shims/', import.meta.url);
  FS.mkdir?.('/shims');
  for (const name of readdirSync(shims)) FS.writeFile?.(`/shims/${name}`, readFileSync(new URL(name, shims), 'utf8'));
  FS.mkdir?.('/flash');
  for (const [path, text] of Object.entries(start.flash)) FS.writeFile?.(FLASH + path, text);
  FS.chdir?.('/flash');
  mirrorFlash();
}

// --- the life of the board ---

/** Takes all the memory that the heap could grow into. */
function cage(): void {
  WebAssembly.Memory.prototype.grow = () => {
    throw new RangeError('no memory');
  };
  for (let size = 8 * 1024 * 1024; size >= SPARE; size /= 2) while (python._module._malloc(size) !== 0);
}

/** Runs Python that may end with SystemExit. @returns the error it ended with otherwise. */
function run(code: () => unknown): string | undefined {
  try {
    code();
    return undefined;
  } catch (error) {
    const { type, message } = error as { readonly type?: string; readonly message: string };
    return type === 'SystemExit' ? undefined : message;
  }
}

globalThis.setTimeout = noTimer as unknown as typeof setTimeout;
globalThis.clearTimeout = () => undefined;
writeFlash();
python.runPython('import sys\nsys.path[:] = ["/shims", "/flash", ".frozen"]\nimport chip');
if (start.heap !== undefined) cage();

const program = start.usb === 'none' ? start.program : (start.flash['main.py'] ?? '');
let error = run(() => python.runPython(program));
python.runPython('import chip');
const chip = python.globals.get('chip') as {
  readonly step: () => number;
  readonly in_use: () => number;
  readonly collect: () => void;
};
// Compiled already: with a full heap there is no room to compile.
const { step, in_use: inUse, collect } = chip;
const tidy = (): void => {
  if (start.heap !== undefined && inUse() > start.heap * COLLECT_AT) run(collect);
};

/** Runs what the program left to the scheduler, until nothing is left or Ctrl-C comes. */
function runProgram(): void {
  for (let wait = 0; error === undefined && wait >= 0; ) {
    error = run(() => {
      wait = step();
    });
    tidy();
    if (error === undefined && wait > 0) sleep(wait);
    collectArrivals();
    if (typed.some(stopsAt)) error = 'Traceback (most recent call last):\r\nKeyboardInterrupt:';
  }
}

/** Power off and on, for the thread that made this one. */
function restart(): void {
  say({ type: 'reset' });
  for (;;) sleep(1000);
}

function runRepl(): void {
  if (error !== undefined) sayOnUsb(`${error}\r\n`);
  python.replInit();
  for (;;) {
    collectArrivals();
    for (let byte = typed.shift(); byte !== undefined; byte = typed.shift())
      if (usb.take(byte) === 'restart') restart();
    tidy();
    sleep(1000);
  }
}

runProgram();
if (start.usb === 'none') say({ type: 'ended', error });
else runRepl();
