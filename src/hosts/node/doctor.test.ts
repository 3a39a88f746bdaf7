import { createSocket } from 'node:dgram';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Check } from './check.ts';
import { type DoctorOptions, diagnose } from './doctor.ts';
import { openUdp } from './udp.ts';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tdos-doctor-'));
});
afterEach(() => rmSync(home, { recursive: true }));

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

async function check(name: string, options: DoctorOptions): Promise<Check | undefined> {
  return (await diagnose({ home, port: await freePort(), ...options })).find((one) => one.name === name);
}

/** A `/proc` with a limit of the receive buffer, and drops at port 4000. */
function fakeProc(limit: string, drops: number): string {
  const proc = join(home, 'proc');
  for (const folder of ['sys/net/core', 'net']) mkdirSync(join(proc, folder), { recursive: true });
  writeFileSync(join(proc, 'sys/net/core/rmem_max'), `${limit}\n`);
  writeFileSync(join(proc, 'net/udp'), `  1: 00000000:0FA0 00000000:0000 07 0:0 00:0 0 0 0 333 2 0 ${drops}\n`);
  return proc;
}

describe('diagnose()', () => {
  test('looks at everything in order, and finds this machine’s loopback and discovery port fit', async () => {
    const port = await freePort();
    const checks = await diagnose({ home, port });
    expect(checks.map(({ name }) => name).filter((name) => name !== 'receive buffer')).toEqual([
      'interfaces',
      'discovery port',
      'loopback broadcast',
      'firewall',
      'state folder',
      'clock',
    ]);
    expect(checks.filter(({ ok, severity }) => ok !== (severity === 'info'))).toEqual([]);
    expect(checks.slice(1, 3)).toEqual([
      { name: 'discovery port', ok: true, severity: 'info', finding: `UDP port ${port} is free.`, advice: '' },
      {
        name: 'loopback broadcast',
        ok: true,
        severity: 'info',
        finding: 'A broadcast to 127.255.255.255 is heard on this machine.',
        advice: '',
      },
    ]);
  });

  test('tells who shares the discovery port, and disturbs them by no more than a stray datagram', async () => {
    const port = await freePort();
    const heard: string[] = [];
    const network = await openUdp({ port }, (datagram) => heard.push(new TextDecoder().decode(datagram)));
    expect(await check('discovery port', { port })).toEqual({
      name: 'discovery port',
      ok: true,
      severity: 'info',
      finding: expect.stringMatching(new RegExp(`^UDP port ${port} is shared by .+ \\(pid ${process.pid}\\)\\.$`)),
      advice: '',
    });
    expect(heard.every((text) => /^tdos doctor [0-9a-f]{16}$/.test(text))).toBe(true);
    await network.close();
  });

  test.runIf(process.platform === 'linux')('names the program that holds the discovery port for itself', async () => {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, resolve));
    const { port } = socket.address();
    const checks = await diagnose({ home, port });
    expect(checks.find(({ name }) => name === 'discovery port')).toEqual({
      name: 'discovery port',
      ok: false,
      severity: 'error',
      finding: expect.stringMatching(
        new RegExp(`^UDP port ${port} is held by .+ \\(pid ${process.pid}\\), which does not share it\\.$`),
      ),
      advice: 'Stop that program, or give all nodes and boards another port with --port.',
    });
    expect(checks.find(({ name }) => name === 'loopback broadcast')?.ok).toBe(true);
    await new Promise<void>((resolve) => socket.close(resolve));
  });

  test('misses an interface that is not there, and says which are', async () => {
    expect(await check('interfaces', { interface: 'nowhere0' })).toMatchObject({
      ok: false,
      severity: 'error',
      finding: expect.stringMatching(/^`nowhere0` is no interface of this machine that is up. There are: lo/),
      advice: 'Name one of them with --interface, or bring it up.',
    });
  });

  test('finds a state folder that cannot be written, and leaves nothing in one that can', async () => {
    const file = join(home, 'file');
    writeFileSync(file, '');
    expect(await check('state folder', { home: file })).toEqual({
      name: 'state folder',
      ok: false,
      severity: 'error',
      finding: `${file} cannot be written: a file stands where a folder should be. Move it away.`,
      advice: 'Point TDOS_HOME to a folder that this user can write.',
    });
    const fresh = join(home, 'fresh');
    expect(await check('state folder', { home: fresh })).toMatchObject({
      ok: true,
      finding: `${fresh} can be written.`,
    });
    expect(readdirSync(fresh)).toEqual([]);
  });

  test('finds a clock that was never set', async () => {
    expect(await check('clock', { wallClock: () => 1_000 })).toMatchObject({
      ok: false,
      severity: 'warning',
      finding: 'The clock says 1970-01-01T00:00:01.000Z. Times of readings will be wrong.',
    });
    expect(await check('clock', { wallClock: () => Date.UTC(2027, 1) })).toMatchObject({ ok: true });
  });

  test.each([
    [
      '212992',
      0,
      true,
      'The system queues 208 KB, about 277 datagrams: too few where more boards than that speak at once.',
    ],
    ['4194304', 0, true, 'The system queues 4096 KB, about 5461 datagrams.'],
    [
      '4194304',
      17,
      false,
      'The system queues 4096 KB, about 5461 datagrams. 17 were lost at UDP port 4000 because programs read too slowly.',
    ],
  ])('judges a receive buffer of %s bytes with %i drops', async (limit, drops, ok, finding) => {
    expect(await check('receive buffer', { port: 4000, proc: fakeProc(limit, drops) })).toMatchObject({ ok, finding });
  });

  test('says nothing of the receive buffer where the system does not tell', async () => {
    expect(await check('receive buffer', { proc: home })).toBeUndefined();
  });
});
