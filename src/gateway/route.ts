/**
 * One route of the API: its address, what it takes and gives as schemas, and what it does. A request is checked by the very
 * schemas that the OpenAPI document shows.
 *
 * @module
 */
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import * as v from 'valibot';
import { MAX_BODY } from './limits.ts';
import { ApiError } from './problems.ts';
import type { Role } from './tokens.ts';

export type Http = Context<{ Bindings: HttpBindings; Variables: { role: Role } }>;
/** Any schema that checks at once. */
export type Schema = v.GenericSchema;
const NOTHING = v.object({});
type Nothing = typeof NOTHING;

export interface Asked<Path, Query, Body> {
  readonly path: Path;
  readonly query: Query;
  readonly body: Body;
  readonly http: Http;
}

interface Spec<Path extends Schema, Query extends Schema, Body extends Schema, Answer extends Schema> {
  readonly method: 'get' | 'post' | 'delete';
  /** Below `/api/v1`, with `{name}` for what is named in `takes.path`. */
  readonly address: `/${string}`;
  readonly summary: string;
  readonly tag: string;
  /** Who may: whoever may write may read too. @default 'read' */
  readonly role?: Role;
  readonly takes?: { readonly path?: Path; readonly query?: Query; readonly body?: Body };
  /** What it answers; for a stream, each message's data by the name of its event. */
  readonly gives: Answer | { readonly [event: string]: Schema };
  /** The answer as JSON, or a response of its own. */
  readonly run: (
    asked: Asked<v.InferOutput<Path>, v.InferOutput<Query>, v.InferOutput<Body>>,
  ) => Promise<v.InferOutput<Answer> | Response> | v.InferOutput<Answer> | Response;
}

/** A route whose types are forgotten: all that the server and the document need. */
export interface Route {
  readonly method: 'get' | 'post' | 'delete';
  readonly address: `/${string}`;
  readonly summary: string;
  readonly tag: string;
  readonly role: Role;
  readonly takes: { readonly path: Schema; readonly query: Schema; readonly body: Schema | undefined };
  readonly gives: Schema | { readonly [event: string]: Schema };
  /** @throws ApiError, TdosError */
  answer(http: Http): Promise<Response>;
}

export const isSchema = (gives: Route['gives']): gives is Schema => 'kind' in gives && gives.kind === 'schema';

export function route<
  Path extends Schema = Nothing,
  Query extends Schema = Nothing,
  Body extends Schema = Nothing,
  Answer extends Schema = Schema,
>(spec: Spec<Path, Query, Body, Answer>): Route {
  const { method, address, summary, tag, role = 'read', takes = {}, gives, run } = spec;
  const { path = NOTHING, query = NOTHING, body } = takes;
  return {
    ...{ method, address, summary, tag, role, gives },
    takes: { path, query, body },
    async answer(http) {
      const asked = {
        path: check(path, http.req.param(), 'path'),
        query: check(query, queryOf(http), 'query'),
        body: body === undefined ? {} : check(body, await bodyOf(http), 'body'),
        http,
      };
      // The schemas' outputs are what `run` takes; the type checker cannot follow the optional ones that far.
      const answer = await run(asked as Parameters<typeof run>[0]);
      return answer instanceof Response ? answer : http.json(answer);
    },
  };
}

/** @throws ApiError BAD_REQUEST with all that does not fit. */
function check(schema: Schema, value: unknown, where: string): unknown {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const errors = result.issues.map((issue) => ({
    path: [where, ...(issue.path ?? []).map(({ key }) => String(key))].join('.'),
    message: issue.message,
  }));
  const [first] = errors;
  throw new ApiError('BAD_REQUEST', `${first?.path}: ${first?.message}`, errors.slice(0, 10));
}

/** @throws ApiError BAD_REQUEST for a parameter given twice, or one that nobody knows. */
function queryOf(http: Http): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [key, [value = '', ...more]] of Object.entries(http.req.queries())) {
    if (more.length > 0) throw new ApiError('BAD_REQUEST', `query.${key} is given more than once.`);
    query[key] = value;
  }
  return query;
}

/** @throws ApiError NOT_JSON, BODY_TOO_LARGE */
async function bodyOf(http: Http): Promise<unknown> {
  const parts: Uint8Array[] = [];
  let size = 0;
  // What is too large stays unread, so that the answer still gets out.
  const incoming: AsyncIterable<Uint8Array> = http.env.incoming.iterator({ destroyOnReturn: false });
  for await (const part of incoming) {
    size += part.length;
    if (size > MAX_BODY) throw new ApiError('BODY_TOO_LARGE');
    parts.push(part);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts)));
  } catch {
    throw new ApiError('NOT_JSON', 'The body is no JSON.');
  }
}
