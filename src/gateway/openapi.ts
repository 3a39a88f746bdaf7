/**
 * The OpenAPI document, made from the routes and the very schemas that check their requests.
 *
 * @module
 */
import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import { isSchema, type Route, type Schema } from './route.ts';
import * as schemas from './schemas.ts';

type Json = Readonly<Record<string, unknown>>;

/** Schemas that the document names; the others stand where they are used. */
const NAMED: Readonly<Record<string, GenericSchema>> = {
  Node: schemas.Node,
  Instance: schemas.Instance,
  Service: schemas.Service,
  Cluster: schemas.Cluster,
  Change: schemas.Change,
  Reading: schemas.Reading,
  Missing: schemas.Missing,
  Survey: schemas.Survey,
  LiveReading: schemas.LiveReading,
  Event: schemas.Event,
  Events: schemas.Events,
  History: schemas.History,
  Session: schemas.Session,
  Faults: schemas.Faults,
  Problem: schemas.Problem,
};

export const API_ROOT = '/api/v1';

/** @param version - of TDOS. */
export function openApiOf(routes: readonly Route[], version: string, needsToken: boolean): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = `${API_ROOT}${route.address}`;
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'TDOS',
      version,
      description:
        'One cluster of boards and PCs: its nodes, services and readings. Errors are problem details (RFC 9457).',
    },
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(NAMED).map(([name, schema]) => [name, plain(schema, name)])),
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
    ...(needsToken ? { security: [{ token: [] }] } : {}),
  };
}

function operationOf({ method, address, summary, tag, role, takes, gives }: Route): Json {
  const words = address.replace(/[{}]/g, '').split('/').filter(Boolean);
  return {
    operationId: [method, ...words].join('-'),
    ...{ summary, tags: [tag], 'x-role': role },
    parameters: [...parametersOf(takes.path, 'path'), ...parametersOf(takes.query, 'query')],
    ...(takes.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: plain(takes.body) } } } }),
    responses: {
      200: { description: 'Fine', content: isSchema(gives) ? jsonOf(gives) : streamOf(gives) },
      default: {
        description: 'What went wrong',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function parametersOf(schema: Schema, place: 'path' | 'query'): Json[] {
  const { properties = {}, required = [] } = plain(schema) as {
    readonly properties?: Readonly<Record<string, Json>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    ...{ name, in: place, required: place === 'path' || required.includes(name) },
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

const jsonOf = (schema: Schema): Json => ({ 'application/json': { schema: plain(schema) } });

/** OpenAPI 3.1 has no words for events: each kind's data is listed by the name of its event. */
const streamOf = (events: Readonly<Record<string, Schema>>): Json => ({
  'text/event-stream': {
    schema: { type: 'string' },
    'x-events': Object.fromEntries(Object.entries(events).map(([name, schema]) => [name, plain(schema)])),
  },
});

/** @param own - the name that the schema itself is defined under. */
function plain(schema: Schema, own?: string): Json {
  const known = Object.entries(NAMED).find(([name, named]) => named === schema && name !== own);
  if (known !== undefined) return { $ref: `#/components/schemas/${known[0]}` };
  const {
    $schema: _,
    $defs: __,
    ...rest
  } = toJsonSchema(schema, {
    // What a schema does beyond JSON Schema (numbers in addresses, texts that are JSON) its description says.
    errorMode: 'ignore',
    typeMode: 'input',
    definitions: Object.fromEntries(Object.entries(NAMED).filter(([name]) => name !== own)),
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId.split('/').at(-1)}`,
  });
  return rest;
}
