/**
 * What was measured, from whichever node stores it: the operation `query` of the service `storage`, page by page.
 *
 * @module
 */
import * as v from 'valibot';
import { TdosError } from '../base/errors.ts';
import type { Os } from '../os/os.ts';
import { ApiError } from './problems.ts';
import type { History, HistoryQuery } from './schemas.ts';

const HOUR = 3_600_000;
const POINTS = 300;
/** Pages of one answer, each of up to 60 KB. */
const MAX_PAGES = 32;

const series = v.object({ service: v.string(), node: v.string(), unit: v.string() });
const place = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Which series, when, average, least, greatest, last, count. */
const point = v.tuple([place, v.number(), v.number(), v.number(), v.number(), v.number(), v.number()]);

/** The part of an answer that is used here. */
const Page = v.object({
  node: v.string(),
  step: v.optional(v.number()),
  series: v.array(series),
  points: v.optional(v.array(point), []),
  next: v.optional(v.string()),
});

type Series = v.InferOutput<typeof History>['series'][number];

/** @throws ApiError NO_STORAGE; TdosError what the call throws */
export async function historyOf(
  os: Os,
  { service, node, from, to = os.clock.wallClock(), points = POINTS }: v.InferOutput<typeof HistoryQuery>,
): Promise<v.InferOutput<typeof History>> {
  const begin = from ?? Math.max(0, to - HOUR);
  if (begin > to) throw new ApiError('BAD_REQUEST', 'query.from must not be after query.to.');
  if (os.info('storage') === undefined) throw new ApiError('NO_STORAGE');
  const storage = await os.open<unknown>('storage');
  try {
    const found = new Map<string, Series>();
    const asked = { service, ...(node === undefined ? {} : { node }), from: begin, to, points };
    let page: v.InferOutput<typeof Page> | undefined;
    for (let number = 0; number < MAX_PAGES && (page === undefined || page.next !== undefined); number++) {
      const after = page?.next === undefined ? {} : { after: page.next };
      page = pageOf(await storage.call('query', { ...asked, ...after }));
      collect(found, page);
    }
    const { node: answered = '', step = 0 } = page ?? {};
    return { from: begin, to, stepMs: step, storage: answered, series: [...found.values()] };
  } finally {
    storage.close();
  }
}

function pageOf(answer: unknown): v.InferOutput<typeof Page> {
  const page = v.safeParse(Page, answer);
  if (page.success) return page.output;
  throw new TdosError('FAILED', 'The storage answers in a form that is not known here. Update the older of the two.');
}

/** Series whose labels differ are one line here: a chart tells sensors apart by their node. */
function collect(found: Map<string, Series>, { series, points }: v.InferOutput<typeof Page>): void {
  for (const [index, at, average, least, greatest, , count] of points) {
    const of = series[index];
    if (of === undefined) continue;
    const key = JSON.stringify([of.service, of.node, of.unit]);
    const known = found.get(key) ?? { service: of.service, node: of.node, unit: of.unit, points: [] };
    found.set(key, known);
    known.points.push([at, average, least, greatest, count]);
  }
}
