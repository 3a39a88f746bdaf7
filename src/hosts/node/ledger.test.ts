import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { command, program } from '../../../test/netns.ts';
import { type FileLedger, ledgerPath, openLedger } from './ledger.ts';

let home = '';
let path = '';
const opened: FileLedger[] = [];
const said: string[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tdos-ledger-'));
  path = ledgerPath(home, 'kitchen');
});
afterEach(async () => {
  for (const ledger of opened.splice(0)) await ledger.close();
  said.length = 0;
  rmSync(home, { recursive: true });
});

async function opens(where = path): Promise<FileLedger> {
  const ledger = await openLedger(where, (sentence) => said.push(sentence));
  opened.push(ledger);
  return ledger;
}

const row = (at: number, service = 'temp_sensor', node = 'kitchen') => ({
  service,
  node,
  value: at / 10,
  unit: '°C',
  at,
});
const lines = (): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1);

describe('openLedger()', () => {
  test('keeps batches as lines of JSON, and knows them when it is opened again', async () => {
    const first = await opens();
    expect(await first.append([row(1), row(2)], 'a')).toBe(true);
    expect(await first.append([row(3)], undefined)).toBe(true);
    await first.close();
    expect(lines().map((line) => JSON.parse(line))).toEqual([{ rows: [row(1), row(2)], id: 'a' }, { rows: [row(3)] }]);
    expect(statSync(path).mode & 0o777).toBe(0o600);

    const second = await opens();
    expect([second.count(), second.latest({}, 9)]).toEqual([3, [row(3)]]);
    expect(await second.append([row(1), row(2)], 'a')).toBe(false);
    expect([second.count(), lines().length, said]).toEqual([3, 2, []]);
  });

  test('stores a batch once, also when it comes twice at the same moment', async () => {
    const ledger = await opens();
    const stored = await Promise.all([
      ledger.append([row(1)], 'x'),
      ledger.append([row(1)], 'a'),
      ledger.append([row(1)], 'a'),
      ledger.append([row(1)], 'b'),
      ledger.append([row(1)], 'a'),
    ]);
    expect([stored, ledger.count(), lines().length]).toEqual([[true, true, false, true, false], 3, 3]);
  });

  test('gives the last row of each service and node by its own time, the newest first', async () => {
    const ledger = await opens();
    await ledger.append([row(30), row(10), row(20, 'light'), row(40, 'temp_sensor', 'hall')], undefined);
    const [old, light, hall] = [row(30), row(20, 'light'), row(40, 'temp_sensor', 'hall')];
    expect(ledger.latest({}, 9)).toEqual([hall, old, light]);
    expect(ledger.latest({}, 2)).toEqual([hall, old]);
    expect(ledger.latest({ service: 'temp_sensor' }, 9)).toEqual([hall, old]);
    expect(ledger.latest({ node: 'kitchen' }, 9)).toEqual([old, light]);
    expect(ledger.latest({ service: 'light', node: 'hall' }, 9)).toEqual([]);
  });

  test('keeps at hand the last rows of so many services and nodes only', async () => {
    const ledger = await opens();
    const rows = Array.from({ length: 4100 }, (_, index) => row(index, 'temp_sensor', `node-${index}`));
    await ledger.append(rows, undefined);
    expect(ledger.latest({}, 9999)).toEqual(rows.slice(4).reverse());
    expect(ledger.count()).toBe(4100);
  });

  test('takes off a torn last line and goes on', async () => {
    const first = await opens();
    await first.append([row(1)], undefined);
    await first.close();
    for (const torn of ['{"rows":[{"service":"te', '{"rows":[]}'.slice(0, -1), '\u0000\u0000\u0000']) {
      appendFileSync(path, torn);
      const ledger = await opens();
      expect(said.splice(0)).toEqual([`The last line of ${path} was torn (${torn.length} bytes) and is taken off.`]);
      expect([ledger.count(), lines().length]).toEqual([1, 1]);
      await ledger.close();
    }
    const again = await opens();
    await again.append([row(2)], undefined);
    await again.close();
    expect([(await opens()).count(), said]).toEqual([2, []]);
  });

  test('keeps a last line that only lacks its end', async () => {
    mkdirSync(join(home, 'storage'));
    writeFileSync(path, JSON.stringify({ rows: [row(1)], id: 'a' }));
    const ledger = await opens();
    await ledger.append([row(2)], undefined);
    expect([ledger.count(), lines().length, said]).toEqual([2, 2, []]);
  });

  test('leaves damaged lines out, and says how many', async () => {
    mkdirSync(join(home, 'storage'));
    const good = JSON.stringify({ rows: [row(1)] });
    writeFileSync(path, `${good}\nrubbish\n\n{"rows":[{"service":1}]}\n${good}\n`);
    const ledger = await opens();
    expect([ledger.count(), said]).toEqual([2, [`3 damaged lines of ${path} are left out.`]]);
  });

  test('reads files larger than one piece', async () => {
    const first = await opens();
    const text = 'é'.repeat(250);
    for (let batch = 0; batch < 20; batch += 1)
      await first.append(
        Array.from({ length: 60 }, (_, index) => ({ ...row(index), text })),
        undefined,
      );
    await first.close();
    expect(statSync(path).size).toBeGreaterThan(2 * 256 * 1024);
    expect([(await opens()).count(), said]).toEqual([1200, []]);
  });

  test('finishes what was asked before it closes, and takes nothing more', async () => {
    const ledger = await opens();
    const asked = [ledger.append([row(1)], undefined), ledger.append([row(2)], undefined)];
    await ledger.close();
    expect(await Promise.all(asked)).toEqual([true, true]);
    await expect(ledger.append([row(3)], undefined)).rejects.toMatchObject({ code: 'CLOSED' });
    expect(lines()).toHaveLength(2);
  });

  test('refuses more when too much waits for the disk', async () => {
    const ledger = await opens();
    const asked = await Promise.allSettled(
      Array.from({ length: 1026 }, (_, at) => ledger.append([row(at)], undefined)),
    );
    const refused = asked.filter(({ status }) => status === 'rejected');
    expect(refused).toEqual([{ status: 'rejected', reason: expect.objectContaining({ code: 'BUSY' }) }]);
    expect(ledger.count()).toBe(1025);
  });

  test('loses no answered batch when its process is killed', async () => {
    const running = program(`
      import { openLedger } from '${new URL('./ledger.ts', import.meta.url)}';
      const ledger = await openLedger('${path}');
      for (let at = 1; ; at += 1) {
        await ledger.append([{ service: 's', node: 'n', value: at, unit: '', at }], undefined);
        console.log('stored', at);
      }
    `);
    await running.line('stored 50');
    await running.stop();
    const answered = Number(running.lines.at(-1)?.split(' ')[1]);
    const ledger = await opens();
    expect(answered).toBeGreaterThanOrEqual(50);
    expect(ledger.count()).toBeGreaterThanOrEqual(answered);
    expect(ledger.latest({}, 1)[0]?.value).toBe(ledger.count());
  });
});

describe.runIf(process.platform === 'linux' && process.getuid?.() === 0)('openLedger() on a disk', () => {
  beforeEach(() => {
    mkdirSync(join(home, 'storage'));
    command('mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', join(home, 'storage'));
  });
  afterEach(async () => {
    for (const ledger of opened.splice(0)) await ledger.close();
    command('umount', join(home, 'storage'));
  });

  test('that is full refuses in words, keeps nothing of the batch, and goes on when there is room', async () => {
    const ledger = await opens();
    await ledger.append([row(1)], 'first');
    writeFileSync(join(home, 'storage', 'filler'), new Uint8Array(40_000));
    const large = Array.from({ length: 500 }, (_, at) => row(at));
    await expect(ledger.append(large, 'large')).rejects.toMatchObject({
      code: 'HOST',
      message: `The rows cannot be written to ${path}: the disk is full. Make room, or point TDOS_HOME to another disk.`,
    });
    expect([ledger.count(), lines().length]).toEqual([1, 1]);
    rmSync(join(home, 'storage', 'filler'));
    expect(await ledger.append(large, 'large')).toBe(true);
    await ledger.close();
    expect([(await opens()).count(), said]).toEqual([501, []]);
  });

  test('that is read-only refuses in words', async () => {
    command('mount', '-o', 'remount,ro', join(home, 'storage'));
    await expect(opens()).rejects.toMatchObject({
      code: 'HOST',
      message: `The storage ${path} cannot be opened: the file system is read-only. Point TDOS_HOME to one that can be written.`,
    });
    expect(existsSync(path)).toBe(false);
  });
});
