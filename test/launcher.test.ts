// The launcher and the resolve hook, run as a user runs them, on a small checkout whose command does what the test needs.
// An old Node is played by one that says it is old; the launcher then hands over to the Node in node_modules.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRunning } from './cli/tdos.ts';

const HOME = dirname(dirname(fileURLToPath(import.meta.url)));
const COMMAND = `
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
const [, , verb, argument = ''] = process.argv;
if (verb === 'run') await import(pathToFileURL(resolve(argument)).href);
if (verb === 'exit') process.exitCode = Number(argument);
if (verb === 'wait') {
  process.once('SIGINT', () => process.exit(3));
  setInterval(() => {}, 1000);
  console.log(process.pid);
}
`;
const OLD =
  'data:text/javascript,if(!process.env.TDOS_LAUNCHED)Object.defineProperty(process,"versions",{value:{node:"20.0.0"}})';

let place = '';
let checkout = '';
const nodes = { 'a Node 24': [], 'an old Node': ['--import', OLD] };

function write(path: string, text: string): void {
  mkdirSync(dirname(join(place, path)), { recursive: true });
  writeFileSync(join(place, path), text);
}

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'tdos-launcher-'));
  checkout = join(place, 'checkout');
  write('checkout/src/cli/main.ts', COMMAND);
  write('checkout/src/index.ts', "export const boot = (): string => 'booted from src';\n");
  write('checkout/node_modules/.package-lock.json', '{}');
  write('elsewhere/app.ts', "import { boot } from 'tdos';\nconst said: string = boot();\nconsole.log(said);\n");
  mkdirSync(join(checkout, 'node_modules', '.bin'));
  symlinkSync(process.execPath, join(checkout, 'node_modules', '.bin', 'node'));
  cpSync(join(HOME, 'bin'), join(checkout, 'bin'), { recursive: true });
  cpSync(join(HOME, 'package.json'), join(checkout, 'package.json'));
});

afterAll(() => rmSync(place, { recursive: true, force: true }));

const argumentsFor = (flags: readonly string[], words: readonly string[]) => [
  ...flags,
  join(checkout, 'bin', 'tdos.mjs'),
  ...words,
];

/** Starts `tdos wait` and gives the launcher with the process id of the command, once it listens. */
async function startWaiting(flags: readonly string[]): Promise<{ launcher: ChildProcess; pid: number }> {
  const launcher = spawn(process.execPath, argumentsFor(flags, ['wait']), { stdio: ['ignore', 'pipe', 'inherit'] });
  if (launcher.stdout === null) throw new Error('the launcher has no stdout');
  const [said] = await once(launcher.stdout, 'data');
  return { launcher, pid: Number(String(said)) };
}

for (const [name, flags] of Object.entries(nodes)) {
  describe(`Launched on ${name}, the command`, () => {
    const run = (...words: string[]) => {
      const { stdout, stderr, status } = spawnSync(process.execPath, argumentsFor(flags, words), { encoding: 'utf8' });
      return { stdout, stderr, status };
    };

    it('runs an app from anywhere, which imports tdos from this checkout', () => {
      expect(run('run', join(place, 'elsewhere', 'app.ts'))).toEqual({
        stdout: 'booted from src\n',
        stderr: '',
        status: 0,
      });
    });

    it('gives its exit code', () => {
      expect(run('exit', '7')).toEqual({ stdout: '', stderr: '', status: 7 });
    });

    it('gets SIGINT and answers it', async () => {
      const { launcher } = await startWaiting(flags);
      launcher.kill('SIGINT');
      expect(await once(launcher, 'exit')).toEqual([3, null]);
    });

    it('ends by SIGTERM, and so does the launcher', async () => {
      const { launcher, pid } = await startWaiting(flags);
      launcher.kill('SIGTERM');
      expect(await once(launcher, 'exit')).toEqual([null, 'SIGTERM']);
      expect(isRunning(pid)).toBe(false);
    });

    it('does not outlive a launcher that was killed', async () => {
      const { launcher, pid } = await startWaiting(flags);
      launcher.kill('SIGKILL');
      await expect.poll(() => isRunning(pid), { timeout: 5_000 }).toBe(false);
    });
  });
}

describe('The launcher', () => {
  it('says what to do in a checkout without packages', () => {
    const bare = join(place, 'bare');
    mkdirSync(join(bare, 'src'), { recursive: true });
    cpSync(join(HOME, 'bin'), join(bare, 'bin'), { recursive: true });
    const { stderr, status } = spawnSync(process.execPath, [join(bare, 'bin', 'tdos.mjs'), 'ls'], { encoding: 'utf8' });
    expect({ stderr, status }).toEqual({
      stderr: 'tdos: this checkout has no packages installed yet. Run: npm start\n',
      status: 1,
    });
  });

  it('is where npx looks for it', () => {
    expect(existsSync(join(HOME, 'node_modules', '.bin', 'tdos'))).toBe(true);
  });
});
