/**
 * What a board says of itself when it is asked over its cable.
 *
 * @module
 */
import * as v from 'valibot';
import { TdosError } from '../../../base/errors.ts';
import { type BoardFile, digestOf, digestsOn } from './files.ts';
import type { RawRepl } from './raw-repl.ts';

/** No secret is asked for: of the configuration only the name. */
const ASK = `
import gc, json, os, sys
gc.collect()
def _or_none(f):
    try:
        return f()
    except Exception:
        return None
def _flash():
    s = os.statvfs("/")
    return s[0] * s[3]
_node = globals().get("node")
print(json.dumps({
    "python": ".".join(str(n) for n in sys.implementation[1][:3]),
    "machine": _or_none(lambda: os.uname().machine) or _or_none(lambda: sys.implementation._machine),
    "heap": gc.mem_free(),
    "flash": _or_none(_flash),
    "files": _or_none(os.listdir) or [],
    "name": getattr(_node, "name", None),
    "joined": getattr(_node, "joined", None),
    "services": sorted(getattr(_node, "services", None) or []),
    "counts": getattr(_node, "counts", None) or {},
    "fault": _or_none(lambda: repr(_node.fault)) if getattr(_node, "fault", None) else None,
}))
`;

const SCHEMA = v.object({
  /** MicroPython's version. */
  python: v.string(),
  machine: v.nullable(v.string()),
  /** Free bytes, of the heap and of the flash. */
  heap: v.number(),
  flash: v.nullable(v.number()),
  files: v.array(v.string()),
  /** The node's, where the program has one by that name: it was stopped to be asked. */
  name: v.nullable(v.string()),
  joined: v.nullable(v.boolean()),
  services: v.array(v.string()),
  /** Datagrams that were not taken, by why. */
  counts: v.record(v.string(), v.number()),
  /** The last thing that went wrong. */
  fault: v.nullable(v.string()),
});

export interface BoardStatus extends v.InferOutput<typeof SCHEMA> {
  /** Whether the library there is the one that comes with this TDOS. */
  readonly library: 'same' | 'other' | 'none';
}

/** @throws TdosError HOST when the answer makes no sense. */
export async function statusOf(repl: RawRepl, library: BoardFile): Promise<BoardStatus> {
  const said = v.safeParse(SCHEMA, jsonOf(await repl.run(ASK)));
  if (!said.success) throw new TdosError('HOST', `The board's answer makes no sense: ${said.issues[0].message}.`);
  const [digest] = await digestsOn(repl, [library.name]);
  const same = digest === digestOf(library.bytes);
  return { ...said.output, library: digest === undefined ? 'none' : same ? 'same' : 'other' };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
