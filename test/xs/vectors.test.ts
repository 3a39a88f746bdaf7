// The golden datagrams, read and written by the engine of the boards.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from '../../tools/bundle.ts';
import { BUILD_MS, buildEngine, Engine, engineRuns } from './engine.ts';
import type { Answer, Asked } from './programs/vectors.ts';

interface Vector extends Asked {
  readonly name: string;
  readonly deflated?: boolean;
  readonly header?: { readonly key?: number };
  readonly message?: object;
  readonly refusal?: string;
}

const FOLDER = join(dirname(dirname(fileURLToPath(import.meta.url))), 'vectors');
const load = (folder: string): readonly Vector[] =>
  readdirSync(join(FOLDER, folder)).map((file) => JSON.parse(readFileSync(join(FOLDER, folder, file), 'utf8')));
const v1 = load('v1');
const v2 = load('v2');

const runs = engineRuns('the golden datagrams in XS');
let engine: Engine;

beforeAll(async () => {
  if (!runs) return;
  await buildEngine();
  engine = new Engine();
  await engine.run((await bundle('test/xs/programs/vectors.ts', { format: 'iife', mangle: false })).code);
}, BUILD_MS);

afterAll(() => engine?.close());

async function ask({ hex, clusterKey, receiver }: Vector): Promise<Answer> {
  return JSON.parse(await engine.ask(JSON.stringify({ hex, clusterKey, receiver })));
}

test.runIf(runs).each([...v1, ...v2].filter(({ refusal }) => refusal !== undefined))(
  'XS refuses $name',
  async (vector) => {
    expect((await ask(vector)).decoded).toEqual({ ok: false, refusal: vector.refusal });
  },
);

test.runIf(runs).each(v1.filter(({ message }) => message !== undefined))(
  'XS reads v1 $name as it is meant',
  async (vector) => {
    const { decoded, again } = await ask(vector);
    expect(decoded).toEqual({ ok: true, protocol: 1, message: vector.message });
    if (again !== '') expect((await ask({ ...vector, hex: again })).decoded).toEqual(decoded);
  },
);

test.runIf(runs).each(v2.filter(({ message }) => message !== undefined))(
  'XS reads v2 $name as it is meant, and writes it byte for byte',
  async (vector) => {
    const { decoded, again } = await ask(vector);
    expect(decoded).toEqual({ ok: true, protocol: 2, header: vector.header, message: vector.message });
    if (vector.deflated !== true) expect(again).toBe(vector.hex);
  },
);
