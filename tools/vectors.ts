// Writes test/vectors/v2/*.json: one datagram a file, with what it means, for any implementation to check itself against.
// Run it after a change of the wire: `node --conditions=tdos-source tools/vectors.ts`. PROTOCOL.md says how to read them.

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeCodec } from '../src/hosts/node/codec.ts';
import { encode, sealKey } from '../src/wire/index.ts';
import { CALLS } from './vectors/calls.ts';
import { MEMBERSHIP } from './vectors/membership.ts';
import { REFUSALS } from './vectors/refusals.ts';
import { bytesFrom, type Vector } from './vectors/vector.ts';

const HOME = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDER = join(HOME, 'test', 'vectors', 'v2');

/** Those that are there sealed too. */
const SEALED = [
  'heartbeat',
  'heartbeat-broadcast',
  'beacon',
  'bundle',
  'challenge',
  'request-read',
  'response',
  'response-deflated',
];

/** Sealed under the key of all bytes 0 to 31, to the node 0x0b0b0b0b where they are addressed. */
const CLUSTER_KEY = bytesFrom(0, 32);
const RECEIVER = 0x0b0b0b0b;

function vectorOf(vector: Vector, sealed: boolean): object {
  const { name, description, message, deflate = undefined, broadcast = undefined } = vector;
  const key = sealed ? sealKey(CLUSTER_KEY, nodeCodec) : undefined;
  const sent = { sender: 0x0a0b0c0d, epoch: 7, sequence: 0x01020304, addressed: broadcast === undefined };
  const bytes = encode(sent, message, nodeCodec, {
    inflatesBytes: deflate === undefined ? 0 : 65_536,
    key,
    receiver: RECEIVER,
  });
  if (bytes === undefined) throw new Error(`${name} does not fit a datagram`);
  const shown = message.type === 'block' ? { ...message, data: Buffer.from(message.data).toString('hex') } : message;
  return {
    name: sealed ? `sealed-${name}` : name,
    description,
    hex: Buffer.from(bytes).toString('hex'),
    deflated: deflate,
    clusterKey: sealed ? Buffer.from(CLUSTER_KEY).toString('hex') : undefined,
    receiver: sealed ? RECEIVER : undefined,
    header: { ...sent, key: key?.id ?? 0 },
    message: shown,
  };
}

function write(name: string, vector: object): void {
  writeFileSync(join(FOLDER, `${name}.json`), `${JSON.stringify(vector, null, 2)}\n`);
}

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
for (const vector of [...MEMBERSHIP, ...CALLS]) {
  write(vector.name, vectorOf(vector, false));
  if (SEALED.includes(vector.name)) write(`sealed-${vector.name}`, vectorOf(vector, true));
}
for (const [name, refusal, spaced, description] of REFUSALS) {
  write(`refused-${name}`, { name: `refused-${name}`, description, hex: spaced.replaceAll(' ', ''), refusal });
}
spawnSync('npx', ['biome', 'check', '--write', FOLDER], { cwd: HOME, stdio: 'inherit' });
