import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { program } from '../../../test/netns.ts';
import { dropLock, type Owner, takeLock, thisProcess } from './lock.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tdos-lock-'));
  path = join(folder, 'kitchen.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

const self = thisProcess();
const stateOf = (pid: number): string | undefined => /\) (\w) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
const write = ({ pid, started, boot }: Owner): void => writeFileSync(path, `${pid} ${started} ${boot}\n`);

describe('takeLock()', () => {
  test('takes a free lock, refuses it to the next and gives it again when it is dropped', () => {
    expect(takeLock(path)).toBeUndefined();
    expect(takeLock(path)).toEqual(self);
    dropLock(path);
    expect(takeLock(path)).toBeUndefined();
    expect(readdirSync(folder)).toEqual(['kitchen.lock']);
  });

  test.runIf(process.platform === 'linux')(
    'takes the lock of an earlier process with our id, or of an earlier boot',
    () => {
      write({ ...self, started: '1' });
      expect(takeLock(path)).toBeUndefined();
      write({ ...self, boot: 'another' });
      expect(takeLock(path)).toBeUndefined();
      expect(readFileSync(path, 'utf8')).toBe(`${self.pid} ${self.started} ${self.boot}\n`);
    },
  );

  test('takes the lock of a process that was killed, not of one that runs', async () => {
    const running = program(
      `import { takeLock } from '${new URL('./lock.ts', import.meta.url)}';
       console.log('took', takeLock('${path}')); setInterval(() => {}, 1000)`,
    );
    await running.line('took undefined');
    expect(takeLock(path)?.pid).toBe(running.process.pid);
    await running.stop();
    expect(takeLock(path)).toBeUndefined();
  });

  test.runIf(process.platform === 'linux')('takes the lock of a process that ended and was not collected', async () => {
    const take = `import { takeLock } from '${new URL('./lock.ts', import.meta.url)}'; takeLock('${path}');`;
    // What becomes of the shell never asks how its child ended.
    const shell = spawn('sh', ['-c', '"$0" --input-type=module -e "$1" & exec sleep 60', process.execPath, take]);
    try {
      await vi.waitFor(() => expect(stateOf(Number(readFileSync(path, 'utf8').split(' ')[0]))).toBe('Z'), 10_000);
      expect(takeLock(path)).toBeUndefined();
    } finally {
      shell.kill('SIGKILL');
    }
  });

  test('takes a damaged lock', () => {
    for (const text of ['', 'x y z', '-1 2 3', '12']) {
      writeFileSync(path, text);
      expect(takeLock(path)).toBeUndefined();
    }
  });

  test('waits for one that takes the stale lock right now, but not for one that was killed meanwhile', () => {
    write({ ...self, boot: 'another' });
    writeFileSync(`${path}.taking`, '');
    expect(() => takeLock(path)).toThrow('keeps changing hands');
    const longAgo = Date.now() / 1000 - 60;
    utimesSync(`${path}.taking`, longAgo, longAgo);
    expect(takeLock(path)).toBeUndefined();
    expect(readdirSync(folder)).toEqual(['kitchen.lock']);
  });

  test('gives each of many stale locks to exactly one of the processes that want them at once', async () => {
    const [locks, processes] = [250, 4];
    const stale = `${self.pid} ${self.started} another\n`;
    for (let lock = 0; lock < locks; lock += 1) writeFileSync(`${path}-${lock}`, stale);
    const start = performance.timeOrigin + performance.now() + 1000;
    const contenders = Array.from({ length: processes }, () =>
      program(
        `import { takeLock } from '${new URL('./lock.ts', import.meta.url)}';
         while (performance.timeOrigin + performance.now() < ${start});
         const won = Array.from({ length: ${locks} }, (_, lock) => lock)
           .filter((lock) => takeLock('${path}-' + lock) === undefined);
         console.log(JSON.stringify(won));
         process.on('disconnect', () => process.exit());`,
      ),
    );
    const won: number[] = (await Promise.all(contenders.map((one) => one.line('[')))).flatMap((line) =>
      JSON.parse(line),
    );
    for (const one of contenders) await one.stop();
    expect(won.sort((a, b) => a - b)).toEqual(Array.from({ length: locks }, (_, lock) => lock));
  });
});

test('dropLock() leaves another process’s lock alone', () => {
  write({ ...self, pid: self.pid + 1 });
  dropLock(path);
  expect(existsSync(path)).toBe(true);
});
