// `tdos key`: making, showing, taking and changing the key, with real processes.

import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Running } from '../netns.ts';
import { type Ended, Site } from './tdos.ts';

const TEXT = /^([0-9A-Z]{4}-){13}[0-9A-Z]{4}$/;

/** Two machines on one network: the same port, and homes of their own. */
let here: Site;
let there: Site;

beforeAll(async () => {
  here = await Site.open();
  there = await Site.open(here.port);
});

afterAll(() => Promise.all([here.close(), there.close()]));

const key = (site: Site, ...words: string[]): Promise<Ended> => site.run(['key', ...words]);
const shown = async (site: Site): Promise<string> => (await key(site, 'show', '--yes')).stdout.trim();
const file = (site: Site): string[] => readFileSync(join(site.home, 'key'), 'utf8').trim().split('\n');
const ids = async (site: Site): Promise<unknown> => site.json(['key', 'list']);

/** Nothing but `show` tells a key. */
function expectNoKey(...ended: readonly Ended[]): void {
  for (const { stdout, stderr } of ended) expect(`${stdout}${stderr}`).not.toMatch(/([0-9A-Z]{4}-){3}/);
}

it('On a network a node without a key says what to do', async () => {
  rmSync(join(there.home, 'key'));
  const node = await there.run(['ls', '--interface', 'nowhere0']);
  expect([node.code, node.stdout, node.stderr]).toEqual([
    1,
    '',
    expect.stringMatching(/^tdos: This machine has no cluster key. `tdos key new` .* `tdos key join` .* `--open` /),
  ]);
  expect([(await key(there, 'show', '--yes')).stderr, (await key(there, 'rotate')).code]).toEqual([node.stderr, 1]);
});

it('new makes one, and replaces none unless it is told to', async () => {
  const made = await key(there, 'new');
  expect([made.code, made.stdout]).toEqual([0, expect.stringMatching(/^The cluster has the new key [0-9A-F]{2}\. /)]);
  const [first] = file(there);
  const again = await key(there, 'new');
  expect([again.code, again.stderr, file(there)]).toEqual([
    1,
    expect.stringMatching(/^tdos: this machine has a cluster key already\. /),
    [first],
  ]);
  chmodSync(join(there.home, 'key'), 0o644);
  const open = await key(there, 'list');
  expect([open.code, open.stderr]).toEqual([1, expect.stringContaining('can be read by others')]);
  const forced = await key(there, 'new', '--force');
  expect([forced.code, file(there).length, file(there)[0] === first]).toEqual([0, 1, false]);
  expectNoKey(made, again, open, forced);
});

it('show gives the key to a terminal, or where it is told to', async () => {
  const piped = await key(here, 'show');
  expect([piped.code, piped.stdout, piped.stderr]).toEqual([2, '', expect.stringContaining('--yes')]);
  const plain = await key(here, 'show', '--yes');
  expect(plain.stdout.trim()).toMatch(TEXT);
  const { stdout } = await key(here, 'show', '--yes', '--qr');
  const [text, ...code] = stdout.trim().split('\n');
  expect([text, new Set(code.join(''))]).toEqual([plain.stdout.trim(), new Set('█▀▄ ')]);
});

it('join takes a key as words or from its input, beside the one that is here or in its place', async () => {
  const text = await shown(here);
  const before = await shown(there);
  const wrong = await key(
    there,
    'join',
    text.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
  );
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/^tdos: That is no cluster key: /)]);
  const beside = await there.run(['key', 'join'], {}, `${text.toLowerCase().replaceAll('-', ' ')}\n`);
  expect([beside.code, file(there)]).toEqual([0, [before, text]]);
  expect(beside.stdout).toMatch(
    /^This machine has the key D6, and [0-9A-F]{2} until the kernels use that no more\.\n$/,
  );
  expect(await ids(there)).toEqual([
    { id: expect.stringMatching(/^[0-9A-F]{2}$/), state: 'older' },
    { id: 'D6', state: 'newest' },
  ]);
  const again = await key(there, 'join', ...text.split('-'));
  expect([again.code, file(there)]).toEqual([0, [before, text]]);
  const retired = await key(there, 'retire');
  expect([retired.code, file(there), (await key(there, 'retire')).stdout]).toEqual([
    0,
    [text],
    'There is one key; nothing is to be retired.\n',
  ]);
  await key(there, 'new', '--force');
  const replaced = await key(there, 'join', '--replace', text);
  expect([replaced.code, file(there)]).toEqual([0, [text]]);
  expectNoKey(wrong, beside, again, retired, replaced);
});

it('A wrong key is told in words on both sides', async () => {
  const other = await Site.open(here.port);
  await key(other, 'new', '--force');
  const kernel = here.start(['kernel', '--name', 'k']);
  await kernel.line('k: kernel on port');
  const sensor = other.start(['sensor', 'temp_sensor', '--name', 'stranger']);
  const words = /a node at 127\.0\.0\.1:\d+ uses another cluster key: `tdos key join` takes it/;
  expect(await kernel.line('uses another')).toMatch(words);
  expect(await sensor.line('uses another')).toMatch(words);
  await sensor.stop();
  for (const args of [['ls'], ['read', 'temp_sensor']]) {
    const { code, stderr } = await other.run(args);
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(/^tdos: no TDOS node on port \d+ of loopback has the cluster key/),
    ]);
    expect(stderr).toMatch(words);
  }
  expect((await other.run(['ls', '--open'])).stderr).toContain('has a cluster key, and this node has none');
  expect((await other.run(['doctor'])).stdout).toMatch(words);
  await Promise.all([kernel.stop(), other.close()]);
});

it('rotate waits for all nodes, names those that have not the new key, and retires the old one when all have', async () => {
  const old = await shown(here);
  const kernel = here.start(['kernel', '--name', 'k']);
  const kitchen = here.start(['sensor', 'temp_sensor', '--name', 'kitchen']);
  const garage: Running = there.start(['sensor', 'humidity_sensor', '--name', 'garage']);
  await Promise.all([kernel.line('garage offers'), kernel.line('kitchen offers'), kitchen.line('kitchen: ')]);

  const first = await key(here, 'rotate', '--wait', '1s');
  expect([first.code, first.stdout.split('\n').slice(1, -1).sort(), first.stderr]).toEqual([
    1,
    ['  k uses it', '  kitchen uses it'],
    expect.stringMatching(
      /^tdos: not all nodes have the new key: garage \(127\.0\.0\.1:\d+\)\. Both keys stay valid\.\n/,
    ),
  ]);
  expect(file(here)).toEqual([old, expect.stringMatching(TEXT)]);
  expect(await here.json(['read', 'humidity_sensor'])).toMatchObject({ node: 'garage' });

  await key(there, 'join', await shown(here));
  const second = await key(here, 'rotate');
  expect([second.code, second.stdout]).toEqual([0, expect.stringMatching(/ {2}garage uses it\n.*All nodes use /s)]);
  expect(file(here)).toEqual([await shown(there)]);
  expect(file(there)).toEqual([old, await shown(here)]);
  for (const [site, service, node] of [
    [here, 'humidity_sensor', 'garage'],
    [there, 'temp_sensor', 'kitchen'],
  ] as const)
    expect(await site.json(['read', service])).toMatchObject({ node, quality: 'live' });
  expectNoKey(first, second);
  for (const { lines } of [kernel, kitchen, garage]) expect(lines.join()).not.toMatch(/([0-9A-Z]{4}-){3}/);
  for (const node of [kernel, kitchen, garage]) await node.stop();
});
