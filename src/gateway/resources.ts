/**
 * The routes that read, write, call and watch resources.
 *
 * @module
 */
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import * as v from 'valibot';
import { TdosError } from '../base/errors.ts';
import type { Os } from '../os/os.ts';
import { isGroup } from '../os/resource.ts';
import type { Signal } from '../os/signal.ts';
import { why } from '../os/why/ask.ts';
import type { Parts } from './api.ts';
import { type Http, type Route, route } from './route.ts';
import * as schemas from './schemas.ts';
import { messageOf, type Subscriber } from './streams.ts';
import { beatView, explanationView, faultView, readingView, surveyView } from './views.ts';

/** ms of a call, and between two readings of a watch, unless told. */
const CALL_MS = 3000;
const EVERY_MS = 1000;

/** Aborts when the one who asked is gone. */
const goneOf = (http: Http): AbortSignal => http.req.raw.signal;

export function resourceRoutes({ os, calls, streams, decisions }: Parts): Route[] {
  const call = (resource: string, operation: string, args: unknown, timeoutMs = CALL_MS, signal?: Signal) =>
    calls.run(async () => {
      if (isGroup(resource)) throw new TdosError('BAD_ARGUMENT', 'A group can be read, not called. Name one instance.');
      const result = await calls.with(resource, timeoutMs, (handle, leftMs) =>
        handle.call(operation, args, { timeoutMs: leftMs, signal }),
      );
      return { result };
    });
  return [
    route({
      ...{ method: 'get', address: '/resources/{resource}', tag: 'readings', summary: 'Read a resource once' },
      takes: { path: schemas.ResourcePath, query: schemas.ReadQuery },
      gives: v.union([schemas.Reading, schemas.Survey]),
      run: ({ path: { resource }, query: { timeoutMs = CALL_MS, maxAgeMs: maxAge }, http }) =>
        calls.run(async () => {
          const signal = goneOf(http);
          if (isGroup(resource)) return surveyView(await survey(os, resource, { timeoutMs, maxAge, signal }));
          return calls.with(resource, timeoutMs, async (handle, leftMs) =>
            readingView(await handle.read({ timeoutMs: leftMs, maxAge, signal })),
          );
        }),
    }),
    route({
      ...{
        method: 'get',
        address: '/resources/{resource}/why',
        tag: 'readings',
        summary: 'Why it gives what it gives',
      },
      takes: { path: schemas.ResourcePath, query: schemas.WhyQuery },
      gives: schemas.Explanation,
      run: ({ path: { resource }, query: { versions } }) =>
        calls.run(async () => explanationView(await why(decisions, resource, versions))),
    }),
    route({
      ...{ method: 'post', address: '/resources/{resource}/write', tag: 'readings', role: 'write' },
      summary: 'Write a value',
      takes: { path: schemas.ResourcePath, body: schemas.WriteBody },
      gives: schemas.Done,
      run: ({ path, body: { value, timeoutMs }, http }) => call(path.resource, 'write', value, timeoutMs, goneOf(http)),
    }),
    route({
      ...{ method: 'post', address: '/resources/{resource}/call/{operation}', tag: 'readings', role: 'write' },
      summary: 'Call an operation',
      takes: { path: schemas.OperationPath, body: schemas.CallBody },
      gives: schemas.Done,
      run: ({ path, body: { args, timeoutMs }, http }) =>
        call(path.resource, path.operation, args, timeoutMs, goneOf(http)),
    }),
    route({
      ...{ method: 'get', address: '/resources/{resource}/watch', tag: 'readings' },
      summary: 'Read a resource again and again',
      takes: { path: schemas.ResourcePath, query: schemas.WatchQuery },
      gives: {
        reading: schemas.Reading,
        missing: schemas.Missing,
        survey: schemas.Survey,
        failed: v.object({ code: v.string(), message: v.string() }),
      },
      run: async ({ path: { resource }, query: { everyMs: every = EVERY_MS, maxAgeMs: maxAge }, http }) => {
        calls.checkKnown(resource);
        const options = { every, maxAge };
        const opened = isGroup(resource) ? await os.open<unknown>(resource) : await os.open<unknown>(resource);
        const subscriber = beginOr(() => opened.close(), streams.begin.bind(streams), http);
        subscriber.gone.addEventListener('abort', () => opened.close());
        void tell(subscriber, opened.watch(options));
        return RESPONSE_ALREADY_SENT;
      },
    }),
  ];
}

/** Begins a stream, or cleans up when there are too many. */
function beginOr(
  cleanUp: () => void,
  begin: (response: Http['env']['outgoing']) => Subscriber,
  http: Http,
): Subscriber {
  try {
    return begin(http.env.outgoing);
  } catch (error) {
    cleanUp();
    throw error;
  }
}

type Beat = Parameters<typeof beatView>[0] | Parameters<typeof surveyView>[0];

async function tell(subscriber: Subscriber, watch: AsyncGenerator<Beat, void, void>): Promise<void> {
  try {
    for await (const beat of watch) {
      if ('readings' in beat) subscriber.send(messageOf('survey', surveyView(beat)));
      else subscriber.send(messageOf(beat.quality === 'none' ? 'missing' : 'reading', beatView(beat)));
    }
  } catch (error) {
    subscriber.send(messageOf('failed', faultView(error)));
  }
  subscriber.end();
}

async function survey(
  os: Os,
  resource: `${string}@*`,
  options: { readonly timeoutMs: number; readonly maxAge: number | undefined; readonly signal: Signal },
) {
  const group = await os.open<unknown>(resource, { timeoutMs: options.timeoutMs });
  try {
    return await group.survey(options);
  } finally {
    group.close();
  }
}
