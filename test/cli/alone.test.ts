// The command line without a cluster: help, wrong usage, nobody there; and how processes end.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gone, Site } from './tdos.ts';

const COMMANDS = ['up', 'ls', 'info', 'read', 'write', 'call', 'watch', 'run', 'top', 'kernel', 'sensor', 'display'];

let site: Site;

beforeAll(async () => {
  site = await Site.open();
});

afterAll(() => site.close());

describe('tdos --help', () => {
  it('lists the commands, the exit codes and the environment', async () => {
    const { code, stdout, stderr } = await site.run(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    for (const command of [...COMMANDS, 'storage', 'doctor']) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(stdout).toContain('Exit codes: 0 fine, 1 the operation failed, 2 wrong usage, 3 not found or no cluster.');
    expect(stdout).toContain('TDOS_HOME');
  });

  it('gives an example for every command', async () => {
    const helps = await Promise.all([...COMMANDS, 'storage', 'doctor'].map((name) => site.run([name, '--help'])));
    for (const { code, stdout } of helps) {
      expect(code).toBe(0);
      expect(stdout).toMatch(/^Examples?:\n {2}tdos /m);
    }
  });

  it('gives the version of package.json', async () => {
    expect(await site.run(['--version'])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
  });
});

describe('Wrong usage', () => {
  it.each([
    [['nonsense'], /unknown command 'nonsense'/],
    [['read'], /missing required argument 'resource'/],
    [['read', 'temp_sensor', '--timeout', '5'], /a time with its unit/],
    [['ls', '--port', '99999'], /from 1 to 65535/],
    [['ls', '--nonsense'], /unknown option '--nonsense'/],
    [['sensor', 'nonsense'], /there is no sensor `nonsense`/],
    [['sensor', 'temp_sensor', '--label', 'kitchen'], /room=kitchen/],
    [['run', 'nothing.ts'], /there is no file nothing.ts/],
    [['read', 'temp sensor@=x'], /names no resource/],
  ])('%j ends with 2, a sentence and no stack trace', async (args, sentence) => {
    const { code, stdout, stderr } = await site.run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(sentence);
    expect(stderr).toMatch(/^tdos: /);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('is told as JSON where JSON was asked for', async () => {
    const { code, stderr } = await site.run(['read', '--json']);
    expect([code, JSON.parse(stderr)]).toEqual([2, { error: { code: 'USAGE', message: expect.any(String) } }]);
  });
});

describe('Without a cluster', () => {
  it.each([
    [['ls']],
    [['info', 'temp_sensor']],
    [['read', 'temp_sensor']],
    [['top']],
    [['read', 'temp_sensor@*']],
  ] as const)('%j ends with 3 within about 2 s and says how to start one', async (args) => {
    const asked = performance.now();
    const { code, stdout, stderr } = await site.run(args);
    expect([code, stdout, stderr]).toEqual([
      3,
      '',
      `tdos: no TDOS node answers on port ${site.port} of loopback: start one with \`tdos up\`, or name the network with --interface.\n`,
    ]);
    expect(performance.now() - asked).toBeLessThan(4000);
  });

  it('says so as JSON', async () => {
    const { code, stderr } = await site.run(['ls', '--json']);
    expect([code, JSON.parse(stderr).error.code]).toEqual([3, 'NO_CLUSTER']);
  });
});

describe('Without a kernel', () => {
  it('nodes are found and read all the same', async () => {
    const sensor = site.start(['sensor', 'temp_sensor', '--name', 'attic', '--version', '1.2.0']);
    await sensor.line('attic: temp_sensor');
    expect(await site.json(['ls'])).toMatchObject({
      kernel: null,
      services: [{ service: 'temp_sensor', node: 'attic', version: '1.2.0', health: 'alive' }],
    });
    expect(await site.json(['read', 'temp_sensor'])).toMatchObject({ node: 'attic', quality: 'live' });
    sensor.process.kill('SIGINT');
    expect(await sensor.exit).toBe(0);
  });
});

describe('A node', () => {
  it('refuses a name that another process of this machine has', async () => {
    const first = site.start(['display', '--name', 'wall']);
    await first.line('wall: display');
    const { code, stderr } = await site.run(['display', '--name', 'wall']);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/already runs here .*--name/)]);
    first.process.kill('SIGTERM');
    expect(await first.exit).toBe(0);
  });
});

describe('tdos up', () => {
  it('ends by itself with 0 after --for, and leaves nothing behind', async () => {
    const up = site.start(['up', '--for', '8s', '--every', '300ms']);
    await up.line('DISPLAY: Temp: ');
    const pids = up.lines.flatMap((line) => /^\w+ +[\w, ]+? +(\d+)$/.exec(line)?.[1] ?? []).map(Number);
    expect(pids).toHaveLength(9);
    expect(await up.exit).toBe(0);
    await Promise.all(pids.map((pid) => gone(pid, 100)));
  });

  it('takes its nodes with it even when it is killed', async () => {
    const up = site.start(['up']);
    await up.line('Ctrl-C ends them all');
    const pids = up.lines.flatMap((line) => /^\w+ +[\w, ]+? +(\d+)$/.exec(line)?.[1] ?? []).map(Number);
    up.process.kill('SIGKILL');
    await up.exit;
    expect(pids).toHaveLength(9);
    await Promise.all(pids.map((pid) => gone(pid)));
  });
});

describe('tdos run', () => {
  const APP = `export default async (os, { signal, every }) => {
    console.log(os.name, every, signal instanceof AbortSignal);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    console.log('told to end');
  };`;

  it('runs an app with its options, tells it to end on Ctrl-C, and waits for it', async () => {
    const run = site.start(['run', site.file('my-app.ts', APP), '--every', '250ms']);
    expect(await run.line('my-app')).toBe('my-app 250 true');
    run.process.kill('SIGINT');
    expect([await run.exit, run.lines]).toEqual([0, ['my-app 250 true', 'told to end']]);
  });

  it('ends when the app does, or after --for', async () => {
    const short = site.file('short.ts', 'export default () => {};');
    expect(await site.run(['run', short])).toEqual({ code: 0, stdout: '', stderr: '' });
    const { code, stdout } = await site.run(['run', site.file('my-app.ts', APP), '--for', '200ms']);
    expect([code, stdout]).toEqual([0, 'my-app undefined true\ntold to end\n']);
  });

  it('says that the app failed, in its words, and where only if asked', async () => {
    const file = site.file('broken.ts', 'export default () => { throw new Error("out of tea"); };');
    const { code, stderr } = await site.run(['run', file]);
    expect([code, stderr]).toEqual([1, `tdos: ${file} failed: out of tea\n      TDOS_DEBUG=1 shows where.\n`]);
    expect((await site.run(['run', file], { TDOS_DEBUG: '1' })).stderr).toMatch(/at .*broken\.ts:1/);
  });

  it('runs a script that boots by itself, wherever it lies', async () => {
    const script = `import { boot } from 'tdos';
      const os = await boot({ name: 'script' });
      console.log(os.name);
      await os.close();`;
    expect(await site.run(['run', site.file('script.mts', script)])).toEqual({
      code: 0,
      stdout: 'script\n',
      stderr: '',
    });
  });

  it('ends a script that never ends, after --for and on Ctrl-C', async () => {
    const file = site.file('endless.ts', 'console.log("on and on"); await new Promise((r) => setTimeout(r, 1e6));');
    expect((await site.run(['run', file, '--for', '200ms'])).code).toBe(0);
    const run = site.start(['run', file]);
    await run.line('on and on');
    run.process.kill('SIGINT');
    expect(await run.exit).toBe(0);
  });
});

describe('tdos kernel', () => {
  it('starts an app that fails again, and says why', async () => {
    const file = site.file('weak.ts', 'export default () => { throw new Error("too weak"); };');
    const kernel = site.start([
      'kernel',
      '--name',
      'k',
      '--app',
      file,
      '--app',
      site.file('fine.ts', 'export default () => console.log("fine");'),
    ]);
    await kernel.line('fine');
    const first = kernel.lines.length;
    expect(await kernel.line('weak failed')).toBe('tdos: the app weak failed and starts again: too weak');
    await kernel.line('weak failed', Math.max(first, kernel.lines.length));
    kernel.process.kill('SIGTERM');
    expect(await kernel.exit).toBe(0);
  });

  it('tells what happens in the cluster', async () => {
    const kernel = site.start(['kernel', '--name', 'k']);
    await kernel.line('k: kernel on port');
    const node = site.start(['display', '--name', 'wall']);
    await kernel.line('wall offers display');
    node.process.kill('SIGINT');
    expect(await kernel.line('wall left')).toBe('wall left: it said goodbye');
    kernel.process.kill('SIGINT');
    expect(await kernel.exit).toBe(0);
  });
});
