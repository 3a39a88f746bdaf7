/** The API under requests drawn from its own OpenAPI document: of right and wrong types, sizes, orders and tokens. */
import { request } from 'node:http';
import fc from 'fast-check';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Problem } from '../../src/gateway/schemas.ts';
import { defineService } from '../../src/os/service.ts';
import { display } from '../../src/services/display.ts';
import { until } from '../cli/house.ts';
import { Door } from './door.ts';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly schema: Schema;
}
interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}
interface Operation {
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Shot {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** ms in which every request is answered, on a machine that does other things too. */
const BOUND_MS = 5000;
const RUNS = Number(process.env.FUZZ_RUNS ?? 150);
let door: Door;
let document: Document;
let token: string;

beforeAll(async () => {
  door = await Door.open({ token: true });
  const screen = { clear: () => {}, text: () => {}, update: () => {} };
  await door.house.node('hall', [defineService({ name: 'temp_sensor', read: () => ({ value: 1, unit: 'C' }) })]);
  await door.house.node('board', [display(screen)]);
  await until(() => door.kernel.list().length === 2 && door.kernel.complete, 'all services');
  token = door.gateway.shown?.write ?? '';
  const { json } = await door.ask('/openapi.json', { headers: { authorization: `Bearer ${token}` } });
  document = json as Document;
});
afterAll(() => door.close());

const junk = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e999',
    'NaN',
    'null',
    '..',
    '../../etc/passwd',
    '%00',
    '%',
    '*',
    '@',
    '@*',
    '{}',
    '💥',
  ),
  fc.integer().map(String),
);

/** Texts that mean something here. */
const known = fc.constantFrom(
  'temp_sensor',
  'temp_sensor@hall',
  'temp_sensor@*',
  'display',
  'hall',
  'write',
  'read',
  '1',
);

function textFor(schema: Schema): fc.Arbitrary<string> {
  const fitting =
    schema.enum !== undefined
      ? fc.constantFrom(...schema.enum)
      : schema.pattern !== undefined
        ? fc.oneof(fc.integer({ min: 0, max: 5000 }).map(String), fc.stringMatching(new RegExp(schema.pattern)))
        : known;
  return fc.oneof({ weight: 3, arbitrary: fitting }, { weight: 1, arbitrary: junk });
}

function bodyFor(schema: Schema): fc.Arbitrary<string> {
  const properties = Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([name, part]) => [
      name,
      part.type === 'number'
        ? fc.oneof(fc.integer({ min: 50, max: 300 }), fc.double())
        : fc.oneof(fc.jsonValue(), known),
    ]),
  );
  return fc.oneof(
    fc.record(properties, { requiredKeys: [] }).map((body) => JSON.stringify(body)),
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc.integer({ min: 1, max: 200_000 }).map((size) => `{"value":"${'x'.repeat(size)}"}`),
    fc.integer({ min: 1, max: 30_000 }).map((depth) => `{"value":${'['.repeat(depth)}${']'.repeat(depth)}}`),
  );
}

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

function shotOf(path: string, method: string, { parameters, requestBody }: Operation): fc.Arbitrary<Shot> {
  const values = fc.record(Object.fromEntries(parameters.map(({ name, schema }) => [name, textFor(schema)])), {
    requiredKeys: parameters.filter((parameter) => parameter.required).map(({ name }) => name),
  });
  const body =
    requestBody === undefined ? fc.constant(undefined) : bodyFor(requestBody.content['application/json'].schema);
  const authorization = fc.oneof(
    { weight: 8, arbitrary: fc.constant(`Bearer ${token}`) },
    { weight: 1, arbitrary: fc.constantFrom('Bearer x', 'Bearer', `Basic ${token}`, `bearer ${token}${token}`) },
  );
  const type = fc.oneof(
    { weight: 6, arbitrary: fc.constant('application/json') },
    { weight: 1, arbitrary: fc.constantFrom('text/plain', 'application/jsonp', 'application/json; charset=utf-16') },
  );
  return fc.record({ values, body, authorization, type }).map((drawn) => {
    const query = new URLSearchParams();
    let where = path;
    for (const { name, in: place } of parameters) {
      const value = drawn.values[name];
      if (value === undefined) continue;
      if (place === 'path') where = where.replace(`{${name}}`, () => encoded(value));
      else query.append(name, value.toWellFormed());
    }
    return {
      method: method.toUpperCase(),
      path: query.size === 0 ? where : `${where}?${query}`,
      headers: { authorization: drawn.authorization, 'content-type': drawn.type },
      body: drawn.body,
    };
  });
}

/** Status, and the body unless it is a stream. Whether it is answered at all is what this is about. */
function fire(shot: Shot): Promise<{ readonly status: number; readonly type: string; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const { method, path, headers } = shot;
    const asked = request({ host: '127.0.0.1', port: door.port, method, path, headers, agent: false }, (response) => {
      const type = response.headers['content-type'] ?? '';
      const status = response.statusCode ?? 0;
      const end = (text: string): void => {
        clearTimeout(bound);
        asked.destroy();
        resolve({ status, type, text });
      };
      if (type.startsWith('text/event-stream')) return end('');
      let text = '';
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () => end(text));
      response.on('error', reject);
    });
    const bound = setTimeout(() => {
      asked.destroy();
      reject(new Error(`no answer within ${BOUND_MS} ms`));
    }, BOUND_MS);
    asked.on('error', reject);
    asked.end(shot.body);
  });
}

test('no request makes the gateway fail or hang, and what it refuses it explains', async () => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => shotOf(path, method, operation)),
  );
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(...operations), { minLength: 1, maxLength: 8 }), async (shots) => {
      const answers = await Promise.all(shots.map(fire));
      for (const { status, type, text } of answers) {
        seen.add(status);
        // What the history says without a storage is the truth, and no fault.
        if (status === 503) expect(JSON.parse(text)).toMatchObject({ code: 'NO_STORAGE' });
        else expect(status).toBeLessThan(500);
        if (status >= 400) {
          expect(type).toBe('application/problem+json');
          expect(v.parse(Problem, JSON.parse(text)).status).toBe(status);
        }
      }
    }),
    { numRuns: RUNS },
  );
  expect([...seen]).toEqual(expect.arrayContaining([200, 400, 401, 404, 413, 415]));
  const { status } = await fire({
    ...{ method: 'GET', path: '/api/v1/session', body: undefined },
    headers: { authorization: `Bearer ${token}` },
  });
  expect(status).toBe(200);
}, 120_000);
