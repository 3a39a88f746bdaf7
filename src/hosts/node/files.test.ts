import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileNameOf, makeFolder } from './files.ts';

test('makeFolder() makes what is missing, for its owner alone, and minds no folder that is there', () => {
  const top = mkdtempSync(join(tmpdir(), 'tdos-files-'));
  const path = join(top, 'a', 'b', 'c');
  makeFolder(path);
  makeFolder(path);
  expect(['a', 'a/b', 'a/b/c'].map((name) => statSync(join(top, name)).mode & 0o777)).toEqual([0o700, 0o700, 0o700]);
  writeFileSync(join(top, 'file'), '');
  for (const wrong of ['file', 'file/x']) expect(() => makeFolder(join(top, wrong))).toThrow(/EEXIST|ENOTDIR/);
  rmSync(top, { recursive: true });
});

test.runIf(existsSync('/proc/self'))('makeFolder() ends where the system makes no folders', () => {
  expect(() => makeFolder('/proc/none/x')).toThrow('ENOENT');
});

test('fileNameOf() keeps plain names readable, and long ones short and different', () => {
  expect(['kitchen', 'kitchen-2', '..', 'a/b', 'a*b', 'Küche'].map(fileNameOf)).toEqual([
    'kitchen',
    'kitchen-2',
    '%2E.',
    'a%2Fb',
    'a%2Ab',
    'K%C3%BCche',
  ]);
  const [one = '', two = ''] = [`${'é'.repeat(63)}a`, `${'é'.repeat(63)}b`].map(fileNameOf);
  expect([one.length, two.length, one === two]).toEqual([97, 97, false]);
});
