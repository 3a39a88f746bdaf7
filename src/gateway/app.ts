/**
 * Everything the gateway answers, as one application: the API, its reference, the metrics, and the dashboard.
 *
 * @module
 */
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import { clusterRoutes, type Parts } from './api.ts';
import { checkCaller, checkHost, checkRole, type GuardOptions } from './guard.ts';
import type { Metrics } from './metrics.ts';
import { API_ROOT, openApiOf } from './openapi.ts';
import { ApiError, problemOf, problemResponse } from './problems.ts';
import { REFERENCE_STYLE, referencePage } from './reference.ts';
import { resourceRoutes } from './resources.ts';
import type { Http, Route } from './route.ts';
import { PAGE_HEADERS, type Site } from './site.ts';
import type { Role } from './tokens.ts';

export interface AppOptions {
  readonly parts: Parts;
  readonly guard: GuardOptions;
  readonly metrics: Metrics;
  readonly site: Site;
  /** Told of what nobody foresaw. */
  readonly onFault: (error: unknown) => void;
  readonly onAnswer: (answer: Answered) => void;
}

/** One request to the API, as a log may know it: without what it carried. */
export interface Answered {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  readonly ms: number;
}

type App = Hono<{ Bindings: HttpBindings; Variables: { role: Role } }>;

export function makeApp({ parts, guard, metrics, site, onFault, onAnswer }: AppOptions): App {
  const app: App = new Hono();
  const routes = [...clusterRoutes(parts), ...resourceRoutes(parts)];
  const document = openApiOf(routes, parts.version, guard.tokens !== undefined);

  app.onError((error) => {
    if (problemOf(error).code === 'INTERNAL') onFault(error);
    return problemResponse(error);
  });
  app.notFound(() => problemResponse(new ApiError('NO_ROUTE')));
  app.use('*', checkHost(guard));

  app.get('/healthz', (http) => http.text('fine\n'));
  app.get('/api', (http) => http.html(referencePage(routes, document), 200, PAGE_HEADERS));
  app.get('/api/reference.css', (http) => http.body(REFERENCE_STYLE, 200, { 'content-type': 'text/css' }));

  app.use('/metrics', checkCaller(guard));
  app.get('/metrics', async (http) => http.body(await metrics.text(), 200, { 'content-type': metrics.type }));

  app.use(`${API_ROOT}/*`, async (http, next) => {
    const begun = performance.now();
    await next();
    const { status } = http.res;
    const ms = performance.now() - begun;
    metrics.answered(status, ms);
    onAnswer({ method: http.req.method, path: http.req.path, status, ms });
  });
  app.use(`${API_ROOT}/*`, checkCaller(guard));
  app.get(`${API_ROOT}/openapi.json`, (http) => http.json(document));
  for (const route of routes) add(app, route);
  refuseOtherMethods(app, routes);

  app.get('*', (http) => site.answer(http.req.path, http.req.header('accept-encoding')) ?? refuse('NO_ROUTE'));
  return app;
}

function refuse(code: ApiError['code']): never {
  throw new ApiError(code);
}

function add(app: App, route: Route): void {
  app.on(route.method.toUpperCase(), addressOf(route), async (http: Http) => {
    checkRole(http, route.role);
    const response = await route.answer(http);
    if (response === RESPONSE_ALREADY_SENT) return response;
    if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store');
    response.headers.set('x-content-type-options', 'nosniff');
    return response;
  });
}

function refuseOtherMethods(app: App, routes: readonly Route[]): void {
  for (const address of new Set(routes.map(addressOf))) {
    const methods = routes.filter((route) => addressOf(route) === address).map(({ method }) => method.toUpperCase());
    app.all(address, () => {
      const problem = problemResponse(new ApiError('WRONG_METHOD'));
      problem.headers.set('allow', methods.join(', '));
      return problem;
    });
  }
}

/** `/nodes/{node}` as the router writes it. */
const addressOf = ({ address }: Route): string => API_ROOT + address.replace(/\{(\w+)\}/g, ':$1');
