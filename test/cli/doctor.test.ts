// `tdos doctor` on this machine, and in a cluster with a node from another time.

import { createSocket } from 'node:dgram';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeCodec } from '../../src/hosts/node/codec.ts';
import { encode } from '../../src/wire/index.ts';
import type { Message } from '../../src/wire/message.ts';
import { House } from './house.ts';
import { Site } from './tdos.ts';

interface Report {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly finding: string }[];
}

async function report(site: Site, ...options: string[]): Promise<{ code: number | null; report: Report }> {
  const { code, stdout } = await site.run(['doctor', '--json', ...options]);
  return { code, report: JSON.parse(stdout) };
}

let house: House;
let site: Site;

beforeAll(async () => {
  house = await House.open();
  site = await Site.open(house.port);
});

afterAll(async () => {
  await site.close();
  await house.close();
});

/** Broadcasts on loopback, every 50 ms, what a node says that speaks protocols 3 to 4 only. */
function newerNode(port: number): () => void {
  const announce: Message = {
    ...{ type: 'announce', nonce: 0, generation: 1, part: 0, parts: 1, intervalMs: 1000, name: 'newer', services: [] },
    protocol: { min: 3, max: 4 },
    abilities: { kernel: false, helper: false, inflates: false, v1: false, takesKiB: 4, window: 1 },
  };
  const socket = createSocket('udp4');
  let sequence = 0;
  socket.bind(0, '127.0.0.1', () => socket.setBroadcast(true));
  const beat = setInterval(() => {
    const header = { sender: 0xabcd, epoch: 1, sequence: ++sequence, addressed: false };
    const datagram = encode(header, announce, nodeCodec);
    if (datagram !== undefined) socket.send(datagram, port, '127.255.255.255');
  }, 50);
  return () => {
    clearInterval(beat);
    socket.close();
  };
}

describe('tdos doctor', () => {
  it('looks at the machine and the cluster, and ends with 0 if all is well and 1 if not', async () => {
    const { code, report: said } = await report(site);
    expect(said.checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'interfaces',
        'loopback broadcast',
        'discovery port',
        'state folder',
        'cluster',
        'node ids',
      ]),
    );
    for (const check of said.checks)
      expect(check).toEqual({
        name: expect.any(String),
        ok: expect.any(Boolean),
        severity: expect.stringMatching(/^(info|warning|error)$/),
        finding: expect.stringMatching(/\.$/),
        advice: expect.any(String),
      });
    expect([said.ok, code]).toEqual(said.checks.every(({ ok }) => ok) ? [true, 0] : [false, 1]);
    expect(said.checks.find(({ name }) => name === 'cluster')?.finding).toBe('1 node; kernel: kernel.');
  });

  it('finds a node of another protocol in a live open cluster, and ends with 1', async () => {
    const open = await House.open({ open: true });
    const stop = newerNode(open.port);
    const { code, report: said } = await report(site, '--open', '--port', String(open.port));
    stop();
    await open.close();
    expect([code, said.ok]).toEqual([1, false]);
    expect(said.checks.find(({ name }) => name === 'protocol')).toEqual({
      name: 'protocol',
      ok: false,
      severity: 'error',
      finding: expect.stringMatching(/^127\.0\.0\.1:\d+: newer speaks protocol 3 to 4, this node 2/),
      advice: expect.any(String),
    });
  });

  it('says that no node answers, without calling that wrong', async () => {
    const alone = await Site.open();
    const { stdout } = await alone.run(['doctor']);
    await alone.close();
    expect(stdout).toMatch(/ok {4}cluster: No node answers on port \d+ of loopback\.\n +Start one with `tdos up`/);
  });
});
