/** The gateway as another machine meets it: on loopback not at all, on an address only with a token. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cable, Machine, namespacesRun } from '../netns.ts';

const source = (path: string): string => new URL(`../../src/${path}`, import.meta.url).href;

describe.runIf(namespacesRun('the gateway from another machine'))('From another machine', () => {
  let home: Machine;
  let other: Machine;
  beforeEach(() => {
    home = new Machine('house');
    other = new Machine('stranger');
    cable(home, '10.95.0.1/24', other, '10.95.0.2/24');
  });
  afterEach(async () => {
    await home.remove();
    await other.remove();
  });

  /** Runs a kernel with a gateway, and gives the token to read. */
  async function open(host: string): Promise<string> {
    const running = home.program(`
      import { mkdtempSync } from 'node:fs';
      import { boot } from '${source('index.ts')}';
      import { openGateway } from '${source('gateway/gateway.ts')}';
      const os = await boot({ name: 'k', kernel: true, durable: false, open: true });
      const options = { version: '0', host: '${host}', port: 4080, home: mkdtempSync('/tmp/tdos-elsewhere-') };
      const { shown } = await openGateway(os, options);
      console.log('token ' + (shown?.read ?? 'none'));
    `);
    return (await running.line('token ')).slice('token '.length);
  }

  /** What the other machine gets: statuses by path, or the error's code. */
  async function statuses(token = ''): Promise<Record<string, number | string>> {
    const running = other.program(`
      const told = {};
      for (const path of ['/api/v1/session', '/api/v1/cluster', '/api/v1/live', '/api/v1/openapi.json', '/metrics'])
        told[path] = await fetch('http://10.95.0.1:4080' + path, {
          headers: '${token}' === '' ? {} : { authorization: 'Bearer ${token}' },
          signal: AbortSignal.timeout(3000),
        }).then((answer) => answer.status, (error) => error.cause?.code ?? error.name);
      console.log('told ' + JSON.stringify(told));
      process.exit();
    `);
    return JSON.parse((await running.line('told ')).slice('told '.length));
  }

  test('a gateway on loopback cannot be reached', async () => {
    expect(await open('127.0.0.1')).toBe('none');
    expect(new Set(Object.values(await statuses()))).toEqual(new Set(['ECONNREFUSED']));
  });

  test('a gateway on an address tells nothing without its token, and everything with it', async () => {
    const token = await open('10.95.0.1');
    expect(new Set(Object.values(await statuses()))).toEqual(new Set([401]));
    expect(new Set(Object.values(await statuses(`${token}x`)))).toEqual(new Set([401]));
    expect(new Set(Object.values(await statuses(token)))).toEqual(new Set([200]));
  });
});
