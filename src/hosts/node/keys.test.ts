import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withKey } from '../../../test/keys.ts';
import { program } from '../../../test/netns.ts';
import { formatKey } from '../../wire/key-text.ts';
import { nodeCodec } from './codec.ts';
import { changeKeys, type Keys, keyFile, newKey, readKeys, readOrMakeKeys, writeKeys } from './key-file.ts';
import { nodeKeys } from './keys.ts';

let home = '';
let path = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tdos-keys-'));
  path = join(home, 'state', 'key');
});
afterEach(() => rmSync(home, { recursive: true }));

const text = (key: Uint8Array): string => formatKey(key, nodeCodec);
const saidBy = (run: () => unknown): string => {
  try {
    run();
    return 'nothing';
  } catch (error) {
    return error instanceof Error ? error.message.replaceAll(path, 'KEY') : '';
  }
};

describe('The key file', () => {
  test('is made once, for its owner alone, and read again', () => {
    expect(readKeys(path)).toBeUndefined();
    const made = readOrMakeKeys(path);
    expect([made.length, made[0]?.length, statSync(path).mode & 0o777]).toEqual([1, 32, 0o600]);
    expect([readOrMakeKeys(path), readKeys(path)]).toEqual([made, made]);
    expect(readFileSync(path, 'utf8')).toBe(`${text(made[0] as Uint8Array)}\n`);
  });

  test('is the same for many processes that need it at once', async () => {
    const rounds = 40;
    const code = `import { readOrMakeKeys } from '${new URL('./key-file.ts', import.meta.url)}';
      const got = [];
      for (let round = 0; round < ${rounds}; round += 1) {
        while (Date.now() < Number(process.env.AT) + round * 10) {}
        got.push(Buffer.from(readOrMakeKeys('${path}' + round)[0]).toString('hex'));
      }
      console.log(got.join());`;
    const AT = String(Date.now() + 1500);
    const programs = Array.from({ length: 4 }, () => program(code, [], { AT }));
    expect(await Promise.all(programs.map(({ exit }) => exit))).toEqual(Array(4).fill(0));
    const keys = Array.from({ length: rounds }, (_, round) =>
      Buffer.from(readKeys(`${path}${round}`)?.[0] ?? []).toString('hex'),
    );
    expect(programs.map(({ lines }) => lines)).toEqual(Array(4).fill([keys.join()]));
  });

  test('is refused when others may read it, or it is damaged, in words that show none of it', () => {
    const [key] = readOrMakeKeys(path);
    const good = text(key as Uint8Array);
    chmodSync(path, 0o640);
    const said = [saidBy(() => readKeys(path))];
    chmodSync(path, 0o600);
    const other = good.endsWith('0') ? '1' : '0';
    for (const content of ['', good.replace(/.$/, other), `${good}\n${good}\n${good}\n`, 'x'.repeat(5000)]) {
      writeFileSync(path, content);
      said.push(saidBy(() => readKeys(path)));
    }
    expect(said).toEqual([
      'The cluster key KEY can be read by others (mode 640): `chmod 600` it, and make another with `tdos key rotate` if ' +
        'anybody may have read it.',
      ...[
        'it is empty',
        'a line of it is no key',
        'it has 3 lines, and two keys may be valid at most',
        'it is too large',
      ].map((why) => `The cluster key KEY is damaged: ${why}. Delete it, and take the key of another machine.`),
    ]);
  });

  test('is changed by one at a time, and stays as it is when the change is refused', () => {
    const [first, second, third] = [newKey(), newKey(), newKey()];
    changeKeys(path, (keys) => (keys === undefined ? [first] : keys));
    changeKeys(path, (keys) => [...(keys ?? []), second]);
    changeKeys(path, () => undefined);
    expect(() =>
      changeKeys(path, () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect([readKeys(path), statSync(path).mode & 0o777, existsSync(`${path}.lock`)]).toEqual([
      [first, second],
      0o600,
      false,
    ]);
    changeKeys(path, (keys) => [...(keys ?? []), third]);
    expect(readKeys(path)).toEqual([second, third]);
  });

  test('is where TDOS_KEY_FILE says, or in the state folder, unless a home is named', () => {
    const { TDOS_KEY_FILE, TDOS_HOME } = process.env;
    process.env.TDOS_HOME = '/state';
    process.env.TDOS_KEY_FILE = '';
    const places = [keyFile(), keyFile('/home')];
    process.env.TDOS_KEY_FILE = '/keys/one';
    places.push(keyFile(), keyFile('/home'));
    Object.assign(process.env, { TDOS_KEY_FILE, TDOS_HOME });
    expect(places).toEqual(['/state/key', '/home/key', '/keys/one', '/home/key']);
  });
});

describe('nodeKeys()', () => {
  test('makes a key on loopback, and says what to do on a network', () => {
    expect(saidBy(() => nodeKeys({ home, interface: 'nowhere0' }).load())).toMatch(
      /^This machine has no cluster key. /,
    );
    expect(existsSync(join(home, 'key'))).toBe(false);
    const made = nodeKeys({ home }).load();
    expect(nodeKeys({ home, interface: 'nowhere0' }).load()).toEqual(made);
    rmSync(join(home, 'key'));
    expect(nodeKeys({ home, interface: '127.0.0.1' }).load()).toHaveLength(1);
  });

  test('tells of each change of the file once, and of none after it is stopped', async () => {
    const file = join(withKey(home), 'key');
    const keys = nodeKeys({ home });
    const [first] = keys.load();
    const told: Keys[] = [];
    let wake = (): void => undefined;
    const stop = keys.watch((changed) => {
      told.push(changed);
      wake();
    });
    const next = (): Promise<void> => new Promise((resolve) => (wake = resolve));
    const [second, third] = [newKey(), newKey()];
    let came = next();
    changeKeys(file, (held) => [...(held ?? []), second]);
    await came;
    came = next();
    keys.drop(first as Uint8Array);
    await came;
    keys.drop(second);
    keys.drop(third);
    expect(readKeys(file)).toEqual([second]);
    came = next();
    unlinkSync(file);
    writeFileSync(file, 'nonsense', { mode: 0o600 });
    writeKeys(file, [third]);
    await came;
    expect(told).toEqual([[first, second], [second], [third]]);
    stop();
    writeKeys(file, [first as Uint8Array]);
    await new Promise(setImmediate);
    expect(told).toHaveLength(3);
  });

  test('tells of what changed before it was watched', () => {
    const file = join(withKey(home), 'key');
    const keys = nodeKeys({ home });
    keys.load();
    const key = newKey();
    writeKeys(file, [key]);
    const told: Keys[] = [];
    keys.watch((changed) => told.push(changed))();
    expect(told).toEqual([[key]]);
  });
});
