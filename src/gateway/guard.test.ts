import { expect, onTestFinished, test } from 'vitest';
import { Door } from '../../test/gateway/door.ts';

async function open(token: boolean): Promise<Door> {
  const door = await Door.open({ token, names: ['house.example'] });
  onTestFinished(() => door.close());
  return door;
}

/** Status and code of an answer. */
async function told(door: Door, path: string, headers: Record<string, string>, body?: unknown) {
  const { status, json } = await door.ask(path, { headers, body });
  return status === 200 ? 'fine' : `${status} ${(json as { code: string }).code}`;
}

const JSON_TYPE = { 'content-type': 'application/json' };

test('only names of this machine and those it was given are answered, so that no stranger’s name leads here', async () => {
  const door = await open(false);
  const ask = (host: string) => told(door, '/session', { host });
  expect(await ask('localhost:4080')).toBe('fine');
  expect(await ask('127.0.0.1')).toBe('fine');
  expect(await ask('[::1]:4080')).toBe('fine');
  expect(await ask('House.Example')).toBe('fine');
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example'])
    expect([host, await ask(host)]).toEqual([host, '421 WRONG_HOST']);
});

test('a page of another site can neither read nor write, whatever it sends', async () => {
  const door = await open(false);
  const own = `http://127.0.0.1:${door.port}`;
  const write = (headers: Record<string, string>, body: unknown = { value: 'x' }) =>
    told(door, '/resources/display/write', headers, body);
  expect(await told(door, '/session', { 'sec-fetch-site': 'cross-site' })).toBe('403 CROSS_SITE');
  expect(await told(door, '/session', { 'sec-fetch-site': 'same-site' })).toBe('403 CROSS_SITE');
  expect(await told(door, '/session', { origin: 'http://evil.example' })).toBe('403 CROSS_SITE');
  expect(await told(door, '/session', { origin: 'null' })).toBe('403 CROSS_SITE');
  expect(await told(door, '/session', { 'sec-fetch-site': 'same-origin', origin: own })).toBe('fine');
  expect(await write({ 'content-type': 'text/plain' })).toBe('415 NOT_JSON');
  expect(await write({ 'content-type': 'application/x-www-form-urlencoded' }, 'value=x')).toBe('415 NOT_JSON');
  expect(await write({ ...JSON_TYPE, origin: 'http://127.0.0.1:1' })).toBe('403 CROSS_SITE');
  expect(await write({ ...JSON_TYPE, origin: own })).toBe('404 NOT_FOUND');
  const metrics = await door.ask('//metrics', { headers: { 'sec-fetch-site': 'cross-site' } });
  expect(metrics.status).toBe(403);
});

test('where tokens are asked for, nothing of the cluster is told without one, and the reader’s may not write', async () => {
  const door = await open(true);
  const { shown } = door.gateway;
  if (shown === undefined) throw new Error('no token was shown');
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  for (const path of ['/session', '/cluster', '/live', '/openapi.json', '//metrics', '/resources/x', '/faults'])
    expect(await told(door, path, {})).toBe('401 UNAUTHORIZED');
  const { headers } = await door.ask('/session');
  expect(headers['www-authenticate']).toMatch(/^Bearer/);
  for (const wrong of ['', 'x', `${shown.read}x`, shown.read.slice(0, -1), 'ö'.repeat(10)])
    expect(await told(door, '/session', { authorization: encodeURI(`Bearer ${wrong}`) })).toBe('401 UNAUTHORIZED');
  expect(await told(door, '/session', { authorization: `Basic ${shown.read}` })).toBe('401 UNAUTHORIZED');
  expect(await door.ask('/session', { headers: bearer(shown.read) })).toMatchObject({ json: { role: 'read' } });
  expect(await door.ask('/session', { headers: bearer(shown.write) })).toMatchObject({ json: { role: 'write' } });
  const write = (token: string) => told(door, '/resources/x/write', bearer(token), { value: 1 });
  expect(await write(shown.read)).toBe('403 FORBIDDEN');
  expect(await write(shown.write)).toBe('404 NOT_FOUND');
  expect(await told(door, '/faults', bearer(shown.read), { kind: 'kill' })).toBe('403 FORBIDDEN');
  const page = await door.ask('//');
  expect(page.text).not.toContain('office');
});
