/**
 * The thread that measures what the library takes of a board's heap: nothing runs here but the import.
 *
 * A figure is what is in use after a collection.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { INTERPRETERS } from './interpreters.ts';
import type { Version } from './messages.ts';

export interface Budget {
  /** Bytes in use after the import. */
  readonly library: number;
  /** Bytes of a node, and of each peer that it knows. */
  readonly node: number;
  readonly peer: number;
}

const PEERS = 32;
globalThis.setTimeout = (() => 0) as unknown as typeof setTimeout;
const { loadMicroPython } = await INTERPRETERS[workerData as Version]();
let printed = '';
const python = await loadMicroPython({
  heapsize: 192 * 1024,
  linebuffer: true,
  stdout: (line: string) => {
    printed = line;
  },
});
python.FS.mkdir?.('/flash');
const library = readFileSync(new URL('../../boards/micropython/tdos.py', import.meta.url), 'utf8');
python.FS.writeFile?.('/flash/tdos.py', library);
python.FS.chdir?.('/flash');

/**
 * What a board has in its firmware is there before: the modules, and the names of those that this interpreter lacks. The
 * library calls none of these here but chance and the chip's own id.
 */
python.runPython(`
import sys
sys.path[:] = ["/flash", ".frozen"]
import array, asyncio, collections, deflate, gc, hashlib, io, json, micropython, os, random, struct, time
class Firmware:
    def unique_id(self):
        return bytes(8)
for name in ("machine", "network", "socket"):
    sys.modules[name] = Firmware()
for name in (
    "AF_INET SOCK_DGRAM SOL_SOCKET SO_REUSEADDR SO_BROADCAST setsockopt bind setblocking sendto recvfrom "
    "WDT feed WLAN STA_IF ifconfig isconnected status active config connect country"
).split():
    setattr(sys.modules["network"], name, None)
os.urandom = lambda size: bytes(size - 1) + bytes((1,))
`);

function inUse(): number {
  for (let times = 0; times < 3; times++) python.runPython('gc.collect()');
  python.runPython('print(gc.mem_alloc())');
  return Number(printed);
}

const before = inUse();
python.runPython('import tdos');
const imported = inUse();
const beforeNode = inUse();
python.runPython('node = tdos.Node(None, open=True)');
const made = inUse();
python.runPython(
  `for i in range(${PEERS}): node.peer(0xd0000000 + 7919 * i, 0x60000000 + i * 65537, ("192.168.4.%d" % i, 49152 + i))`,
);
const budget: Budget = {
  library: imported - before,
  node: made - beforeNode,
  peer: (inUse() - made) / PEERS,
};
parentPort?.postMessage(budget);
