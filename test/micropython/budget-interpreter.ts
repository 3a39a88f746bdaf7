/**
 * The thread that measures what the library takes of a board's heap: nothing runs here but the import.
 *
 * A figure is what is in use after a collection. The spare places of the table of names are not counted: the table grows
 * by doubling, and the names of the app go there.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { INTERPRETERS } from './interpreters.ts';
import type { Version } from './messages.ts';

export interface Budget {
  /** Bytes in use after the import, without and with the spare places of the table of names. */
  readonly library: number;
  readonly withSpareNames: number;
  /** Bytes of a node, and of each peer that it knows. */
  readonly node: number;
  readonly peer: number;
}

const PEERS = 32;
/** Bytes of a name's entry in its table: where it is, its hash, its length. */
const NAME_BYTES = 6;

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
python.registerJsModule('_board', { ip: () => '192.168.4.17', random: () => 1 });
const put = (folder: string, from: URL): void => {
  python.FS.mkdir?.(folder);
  for (const name of readdirSync(from))
    if (name.endsWith('.py')) python.FS.writeFile?.(`${folder}/${name}`, readFileSync(new URL(name, from), 'utf8'));
};
put('/shims', new URL('./shims/', import.meta.url));
put('/flash', new URL('../../boards/micropython/', import.meta.url));
python.FS.chdir?.('/flash');

/** What a board has in its firmware is there before. */
python.runPython(`
import sys
sys.path[:] = ["/shims", "/flash", ".frozen"]
import chip, collections, asyncio, deflate, gc, hashlib, io, json, machine, micropython, network, os, random, socket, struct
`);

function spareNames(): number {
  python.runPython('micropython.qstr_info()');
  const [, names = 0, text = 0, total = 0] = [...printed.matchAll(/=(\d+)/g)].map(([, digits]) => Number(digits));
  return total - text - names * NAME_BYTES;
}

function inUse(): number {
  for (let times = 0; times < 3; times++) python.runPython('gc.collect()');
  python.runPython('print(gc.mem_alloc())');
  return Number(printed);
}

const spareBefore = spareNames();
const before = inUse();
python.runPython('import tdos');
const imported = inUse();
const spare = spareNames() - spareBefore;
const beforeNode = inUse();
python.runPython('node = tdos.Node(None, open=True)');
const made = inUse();
python.runPython(
  `for i in range(${PEERS}): node.peer(0xd0000000 + 7919 * i, 0x60000000 + i * 65537, ("192.168.4.%d" % i, 49152 + i))`,
);
const budget: Budget = {
  library: imported - before - spare,
  withSpareNames: imported - before,
  node: made - beforeNode,
  peer: (inUse() - made) / PEERS,
};
parentPort?.postMessage(budget);
