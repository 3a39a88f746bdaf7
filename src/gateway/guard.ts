/**
 * Who is let in. Three questions, before anything else is looked at:
 *
 * - Is this gateway the host that the request names? Otherwise a page of a stranger, whose name was made to lead here (DNS
 *   rebinding), would be taken for our own.
 * - Does it come from our own page, or from none? A browser says so itself (`Sec-Fetch-Site`, `Origin`); what changes
 *   something must be JSON too, which no plain form of another site can send.
 * - Does its token allow it, where tokens are asked for?
 *
 * @module
 */
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { MiddlewareHandler } from 'hono';
import { ApiError } from './problems.ts';
import type { Http } from './route.ts';
import { type Role, roleOf, type Tokens } from './tokens.ts';

export interface GuardOptions {
  /** Names that lead here, beside the addresses of this machine, its name and `localhost`. */
  readonly names: readonly string[];
  /** undefined: everybody who reaches it may do everything. */
  readonly tokens: Tokens | undefined;
}

/** The address without its port: `[::1]:4080` is `::1`. */
const withoutPort = (host: string): string => host.replace(/:\d{1,5}$/, '').replace(/^\[(.*)\]$/, '$1');

/** For all addresses. @throws ApiError WRONG_HOST */
export function checkHost({ names }: GuardOptions): MiddlewareHandler {
  const machine = hostname().toLowerCase();
  const known = new Set(['localhost', machine, `${machine}.local`, ...names.map((name) => name.toLowerCase())]);
  return async (http, next) => {
    const host = withoutPort((http.req.header('host') ?? '').toLowerCase());
    // An address names this machine, or the request would not be here.
    if (!known.has(host) && isIP(host) === 0) throw new ApiError('WRONG_HOST');
    await next();
  };
}

/** For what tells of the cluster or changes it. @throws ApiError CROSS_SITE, NOT_JSON, UNAUTHORIZED */
export function checkCaller({ tokens }: GuardOptions): MiddlewareHandler<{ Variables: { role: Role } }> {
  return async (http, next) => {
    checkSite(http.req.header('sec-fetch-site'), http.req.header('origin'), http.req.header('host'));
    const isSafe = http.req.method === 'GET' || http.req.method === 'HEAD';
    if (!isSafe && !isJson(http.req.header('content-type'))) throw new ApiError('NOT_JSON');
    http.set('role', tokens === undefined ? 'write' : askedRole(tokens, http.req.header('authorization')));
    await next();
  };
}

/** @throws ApiError FORBIDDEN */
export function checkRole(http: Http, role: Role): void {
  if (role === 'write' && http.get('role') !== 'write') throw new ApiError('FORBIDDEN');
}

function checkSite(site: string | undefined, origin: string | undefined, host: string | undefined): void {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new ApiError('CROSS_SITE');
  if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host))
    throw new ApiError('CROSS_SITE');
}

const isJson = (type = ''): boolean => /^application\/json\s*(;|$)/i.test(type);

function askedRole(tokens: Tokens, authorization = ''): Role {
  const token = /^Bearer ([\w~+/.=-]{1,200})$/.exec(authorization)?.[1];
  const role = token === undefined ? undefined : roleOf(tokens, token);
  if (role === undefined) throw new ApiError('UNAUTHORIZED');
  return role;
}
