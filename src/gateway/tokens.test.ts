import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadTokens, roleOf } from './tokens.ts';

function folder(): string {
  const home = mkdtempSync(join(tmpdir(), 'tdos-tokens-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

test('tokens are shown when they are made and never again, and only their hashes are kept', () => {
  const home = folder();
  const first = loadTokens(home);
  if (first.shown === undefined) throw new Error('nothing was shown');
  const { read, write } = first.shown;
  expect([read, write]).toEqual([
    expect.stringMatching(/^tdos-read-[\w-]{32}$/),
    expect.stringMatching(/^tdos-write-[\w-]{32}$/),
  ]);
  const path = join(home, 'gateway-tokens.json');
  const kept = readFileSync(path, 'utf8');
  expect(kept.includes(read) || kept.includes(write)).toBe(false);
  expect(statSync(path).mode & 0o077).toBe(0);
  const second = loadTokens(home);
  expect(second.shown).toBeUndefined();
  expect([read, write, '', `${read} `].map((token) => roleOf(second.tokens, token))).toEqual([
    'read',
    'write',
    undefined,
    undefined,
  ]);
});

test('new tokens make the old ones worthless', () => {
  const home = folder();
  const { shown } = loadTokens(home);
  const { tokens } = loadTokens(home, true);
  expect(roleOf(tokens, shown?.write ?? '')).toBeUndefined();
});

test('a file that holds no tokens is an error that says what to do, and is not written over', () => {
  const home = folder();
  const path = join(home, 'gateway-tokens.json');
  writeFileSync(path, '{"read":"abc"}');
  expect(() => loadTokens(home)).toThrow(/--new-tokens/);
  expect(readFileSync(path, 'utf8')).toBe('{"read":"abc"}');
});
