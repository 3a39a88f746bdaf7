import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { command, program } from '../../../test/netns.ts';
import { claimName, fileStore, memoryStore } from './store.ts';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tdos-store-'));
});
afterEach(() => rmSync(home, { recursive: true }));

/** The user of Debian who owns nothing. */
const NOBODY = 65_534;

const state = { id: 7, epoch: 1034, term: 2, kernels: ['192.0.2.7:41000'] };
const nodes = (): string[] => readdirSync(join(home, 'nodes')).sort();

describe('fileStore()', () => {
  test('keeps the state for the next start, readable by its owner alone', () => {
    const first = fileStore(home, 'kitchen');
    expect(first.load()).toBeUndefined();
    first.save(state);
    first.release();
    expect(nodes()).toEqual(['kitchen.json']);
    expect(statSync(join(home, 'nodes', 'kitchen.json')).mode & 0o777).toBe(0o600);
    expect(fileStore(home, 'kitchen').load()).toEqual(state);
  });

  test('refuses a name that another process or node uses, and says which', async () => {
    const running = program(
      `import { fileStore } from '${new URL('./store.ts', import.meta.url)}';
       fileStore('${home}', 'kitchen'); console.log('up'); setInterval(() => {}, 1000)`,
    );
    await running.line('up');
    const message = `A node named kitchen already runs here (pid ${running.process.pid}); give another --name.`;
    expect(() => fileStore(home, 'kitchen')).toThrow(expect.objectContaining({ code: 'HOST', message }));
    await running.stop();
    const store = fileStore(home, 'kitchen');
    expect(() => fileStore(home, 'kitchen')).toThrow(`(pid ${process.pid})`);
    store.release();
    fileStore(home, 'kitchen').release();
  });

  test('takes damaged state for none, keeps it aside and says so', () => {
    const path = join(home, 'nodes', 'kitchen.json');
    for (const text of [
      '',
      '{"id":7,"epoch":10',
      'null',
      '[]',
      '{"id":0,"epoch":1,"term":0,"kernels":[]}',
      '{"id":1,"epoch":1.5,"term":0,"kernels":[]}',
      '{"id":1,"epoch":4294967296,"term":0,"kernels":[]}',
      '{"id":1,"epoch":1,"term":0}',
    ]) {
      const said: string[] = [];
      const store = fileStore(home, 'kitchen', (sentence) => said.push(sentence));
      writeFileSync(path, text);
      expect(store.load()).toBeUndefined();
      expect(said).toEqual([
        `The stored state ${path} is not used: it is damaged. It was kept as ${path}.damaged; the node is a new one.`,
      ]);
      expect([existsSync(path), readFileSync(`${path}.damaged`, 'utf8')]).toEqual([false, text]);
      store.save(state);
      expect(store.load()).toEqual(state);
      store.release();
    }
  });

  test('leaves out kernel addresses that are none', () => {
    const store = fileStore(home, 'kitchen');
    writeFileSync(
      join(home, 'nodes', 'kitchen.json'),
      JSON.stringify({ ...state, kernels: [7, 'x', '192.0.2.7:41000', '192.0.2.7:0'] }),
    );
    expect(store.load()).toEqual(state);
  });

  test('writes the new state beside the old one, so that neither is ever half', () => {
    const store = fileStore(home, 'kitchen');
    store.save(state);
    mkdirSync(join(home, 'nodes', 'kitchen.json.part'));
    expect(() => store.save({ ...state, epoch: 9 })).toThrow(
      expect.objectContaining({
        code: 'HOST',
        message: expect.stringContaining('a folder stands where a file should be'),
      }),
    );
    expect(store.load()).toEqual(state);
  });

  test('keeps nothing once it is released, for the name may be another’s', () => {
    const store = fileStore(home, 'kitchen');
    store.save(state);
    store.release();
    store.save({ ...state, epoch: 9 });
    expect(store.load()).toEqual(state);
    store.claim();
    store.save({ ...state, epoch: 9 });
    expect(store.load()).toEqual({ ...state, epoch: 9 });
  });

  test('says in words that its folder cannot be written', () => {
    writeFileSync(join(home, 'file'), '');
    expect(() => fileStore(join(home, 'file'), 'kitchen')).toThrow(
      expect.objectContaining({
        code: 'HOST',
        message: expect.stringMatching(/^The node kitchen cannot keep its state in .*TDOS_HOME to a folder\.$/),
      }),
    );
  });

  test.runIf(process.getuid?.() === 0)('says in words that the disk is full', () => {
    mkdirSync(join(home, 'nodes'));
    command('mount', '-t', 'tmpfs', '-o', 'size=16k', 'none', join(home, 'nodes'));
    try {
      const store = fileStore(home, 'kitchen');
      store.save(state);
      try {
        writeFileSync(join(home, 'nodes', 'fill'), new Uint8Array(100_000));
      } catch {
        // full now
      }
      expect(() => store.save({ ...state, epoch: 9 })).toThrow('the disk is full. Make room');
      expect(store.load()).toEqual(state);
      store.release();
    } finally {
      command('umount', join(home, 'nodes'));
    }
  });

  test('any name is one file in its folder, and different names are different files', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }), { maxLength: 4 }),
        (names) => {
          const taken = names.flatMap((name) => {
            try {
              return [fileStore(home, name)];
            } catch (error) {
              expect(error).toMatchObject({ code: 'BAD_CONFIG' });
              return [];
            }
          });
          expect(nodes().filter((file) => file.endsWith('.lock'))).toHaveLength(taken.length);
          for (const store of taken) store.release();
        },
      ),
      { numRuns: 20, examples: [[['..', '.', '../x', 'a/b']], [['é'.repeat(64), `${'é'.repeat(63)}è`]]] },
    );
  });
});

describe('claimName()', () => {
  test('takes the name, or the first free numbered one', () => {
    const stores = ['pi', 'pi', 'pi'].map((base) => claimName(home, base));
    expect(stores.map((store) => store.name)).toEqual(['pi', 'pi-2', 'pi-3']);
    stores[1]?.release();
    expect(claimName(home, 'pi').name).toBe('pi-2');
  });
});

test('memoryStore() keeps the state for as long as the process', () => {
  const store = memoryStore();
  expect(store.load()).toBeUndefined();
  store.save(state);
  expect(store.load()).toEqual(state);
});

test('fileStore() says in words that it may not write', () => {
  const closed = join(home, 'closed');
  mkdirSync(closed, { mode: 0o555 });
  // A folder without write permission stops everybody but root, who becomes somebody else for the moment.
  const isRoot = process.getuid?.() === 0;
  chmodSync(home, 0o755);
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    expect(() => fileStore(closed, 'kitchen')).toThrow('not permitted to this user');
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});
