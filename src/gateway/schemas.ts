/**
 * What goes in and out over HTTP, as schemas: they check what comes in, they are the types of the code, and the OpenAPI
 * document is made from them. Times are ms since 1970, spans are ms, and their names end in `Ms`.
 *
 * @module
 */
import * as v from 'valibot';
import { ERRORS } from '../base/errors.ts';
import { CAUSES } from '../os/why/model.ts';
import { MAX_CALL_MS, MAX_JOURNAL, MAX_POINTS, MAX_WATCH_MS, MIN_CALL_MS, MIN_WATCH_MS } from './limits.ts';

const text = (description: string) => v.pipe(v.string(), v.description(description));
const count = (description: string) => v.pipe(v.number(), v.description(description));
const span = (description: string) => v.pipe(v.number(), v.description(`${description}, ms`));
const moment = (description: string) => v.pipe(v.number(), v.description(`${description}, ms since 1970`));

const nodeId = text('Id of the node: 8 hexadecimal digits');
const health = v.pipe(
  v.picklist(['alive', 'suspect', 'dead', 'left']),
  v.description('`suspect`: silent for longer than it promised, and being asked. `left`: it said goodbye'),
);

export const Node = v.object({
  id: nodeId,
  name: text('Its name'),
  address: text('Where it is reached'),
  state: health,
  since: moment('Since when it has that state'),
  heardMs: span('How long ago it gave a sign of life'),
  intervalMs: span('The interval that it promised between signs of life; 0 for the node that tells this'),
  epoch: count('Grows with every start'),
  kernel: v.pipe(v.boolean(), v.description('It judges the health of others')),
  v1: v.pipe(v.boolean(), v.description('It speaks the original protocol, which cannot be sealed')),
  load: count('How busy, 0 to 255'),
  services: v.array(v.string()),
  own: v.pipe(v.boolean(), v.description('It is the node that tells this')),
});

export const Operation = v.object({
  name: v.string(),
  safe: v.pipe(v.boolean(), v.description('It may be repeated without harm')),
});

export const Instance = v.object({
  service: v.string(),
  version: v.string(),
  labels: v.record(v.string(), v.string()),
  operations: v.array(Operation),
  node: text('Name of its node'),
  nodeId,
  address: v.string(),
  state: health,
  since: moment('Since when its node has that state'),
  heardMs: span('How long ago its node gave a sign of life'),
  epoch: v.number(),
  rttMs: v.pipe(v.nullable(v.number()), v.description('Round trip, smoothed, ms; null before the first call')),
  breaker: v.picklist(['closed', 'open', 'half-open']),
  unanswered: count('Tries in a row that got no answer'),
  v1: v.boolean(),
  trusted: v.pipe(v.boolean(), v.description('False when anybody on the network could forge what it says')),
  own: v.boolean(),
});

export const Service = v.object({
  service: v.string(),
  operations: v.array(Operation),
  instances: v.array(Instance),
});

export const Cluster = v.object({
  name: text('The node that tells this'),
  version: text('Of TDOS'),
  time: moment('When it was told'),
  complete: v.pipe(v.boolean(), v.description('All that the kernels know has arrived')),
  nodes: v.array(Node),
  instances: v.array(Instance),
});

const fault = v.object({ code: text('Such as `TIMEOUT`'), message: text('What happened, and mostly what to do') });

export const Reading = v.object({
  service: v.string(),
  node: v.string(),
  nodeId,
  value: v.pipe(v.unknown(), v.description('What it read: mostly a number')),
  unit: v.string(),
  quality: v.pipe(
    v.picklist(['live', 'sibling', 'stale']),
    v.description('`sibling`: another than the preferred one answered. `stale`: a value from before'),
  ),
  ageMs: span('The value is at most this old'),
  trusted: v.boolean(),
  error: v.optional(fault),
});

/** A reading that there is not, with its reason. */
export const Missing = v.object({ quality: v.literal('none'), error: fault });

const key = text('`service` for the choice among its instances, `service@id` for the one on that node');

/** A reading on the live stream, or why there is none. */
export const LiveReading = v.variant('quality', [
  v.object({
    key,
    ...Reading.entries,
  }),
  v.object({ key, service: v.string(), node: v.optional(v.string()), nodeId: v.optional(nodeId), ...Missing.entries }),
]);

/** One reading of each instance, and why the others gave none. */
export const Survey = v.object({
  readings: v.array(Reading),
  failures: v.array(v.object({ node: v.string(), nodeId, error: fault })),
});

const LEVELS = ['info', 'notice', 'warning', 'error'] as const;

export const Event = v.object({
  id: count('Grows by one with each event; of this node, since it started'),
  at: moment('When it was noticed'),
  type: text(
    '`node`, `service`, `breaker`, `failover`, `kernel`, `duplicate-id`, `protocol-mismatch`, `self-doubt`, `fault`',
  ),
  level: v.pipe(v.picklist(LEVELS), v.description('`info`: the cluster comes together as it should')),
  text: text('What happened, in words'),
  node: v.pipe(v.optional(v.string()), v.description('Name of the node that it is about')),
  nodeId: v.optional(nodeId),
  service: v.optional(v.string()),
});

export const Events = v.object({
  events: v.pipe(v.array(Event), v.description('The oldest first')),
  lost: count('Events after `after` that are no longer kept'),
});

/** Why a resource gives what it gives. */
export const Explanation = v.object({
  resource: text('As it was asked for'),
  cause: v.pipe(v.picklist(CAUSES), v.description('What is the matter; `ok`: nothing')),
  by: text('Name of the node that was asked'),
  findings: v.pipe(
    v.array(
      v.object({
        cause: v.picklist(CAUSES),
        what: text('`temp_sensor@kitchen is dead`'),
        since: moment('Since when; 0 when that is not known'),
        because: text('Why it is taken for that; may be empty'),
        history: v.pipe(v.array(v.object({ at: moment('When'), text: v.string() })), v.description('The oldest first')),
      }),
    ),
    v.description('One an instance, what is wrong first'),
  ),
  notes: v.pipe(v.array(v.string()), v.description('Who stands in, what other nodes see')),
});

export const Point = v.pipe(
  v.tuple([v.number(), v.number(), v.number(), v.number(), v.number()]),
  v.description('Time (ms since 1970), average, least, greatest, count'),
);

export const History = v.object({
  from: v.number(),
  to: v.number(),
  stepMs: v.number(),
  storage: text('The node that answered'),
  series: v.array(v.object({ service: v.string(), node: v.string(), unit: v.string(), points: v.array(Point) })),
});

/** What changed in the cluster since the last message; the first holds everything. */
export const Change = v.object({
  at: moment('When it was told'),
  nodes: v.pipe(v.array(Node), v.description('New ones, and those that are not as they were')),
  instances: v.array(Instance),
  goneNodes: v.pipe(v.array(v.string()), v.description('Ids of nodes that are forgotten')),
  goneInstances: v.pipe(v.array(v.string()), v.description('`service@id` of instances that are offered no longer')),
});

export const Session = v.object({
  name: text('The node that tells this'),
  version: v.string(),
  role: v.picklist(['read', 'write']),
  faults: v.pipe(v.boolean(), v.description('The cluster is simulated, and faults can be made')),
});

export const Done = v.object({ result: v.pipe(v.unknown(), v.description('What the operation returned')) });

const FAULT_KINDS = ['kill', 'reboot', 'hang', 'cut', 'loss'] as const;

export const FaultOrder = v.strictObject({
  kind: v.pipe(
    v.picklist(FAULT_KINDS),
    v.description(
      '`kill`: its power fails. `hang`: it stands still. `cut`: nothing reaches it. `loss`: datagrams get lost',
    ),
  ),
  node: v.pipe(
    v.optional(v.pipe(v.string(), v.maxLength(64))),
    v.description('Its name; `loss` without one is everywhere'),
  ),
  forMs: v.pipe(
    v.optional(v.pipe(v.number(), v.minValue(100), v.maxValue(3_600_000))),
    v.description('How long it lasts; without it, until it is mended'),
  ),
  loss: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
});

export const ActiveFault = v.object({
  id: v.number(),
  text: v.string(),
  node: v.optional(v.string()),
  kind: v.string(),
});

export const Faults = v.object({ active: v.array(ActiveFault) });

export const Problem = v.object({
  type: text('Where the code is explained, relative to this address'),
  title: text('What the code means'),
  status: v.number(),
  detail: text('What happened, and mostly what to do'),
  code: v.pipe(v.string(), v.description(`One of ${Object.keys(ERRORS).join(', ')}, or of HTTP itself`)),
  errors: v.optional(v.array(v.object({ path: v.string(), message: v.string() }))),
});

// What comes in.

/** A number in an address. */
const numeric = v.pipe(v.string(), v.regex(/^\d{1,15}(\.\d{1,6})?$/, 'It is a number.'), v.transform(Number));
const between = (low: number, high: number, description: string) =>
  v.pipe(v.optional(v.pipe(numeric, v.minValue(low), v.maxValue(high))), v.description(description));

const name = (description: string) => v.pipe(v.string(), v.minLength(1), v.maxLength(64), v.description(description));
const filter = (description: string) => v.optional(name(description));

export const ResourcePath = v.object({
  resource: v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(200),
    v.description('`service`, `service@node`, `service@label=value`, or `service@*` for all'),
  ),
});
export const OperationPath = v.object({ ...ResourcePath.entries, operation: name('Its name') });
export const ServicePath = v.object({ service: name('Its name') });
export const WhyQuery = v.object({
  versions: v.pipe(v.optional(v.pipe(v.string(), v.maxLength(100))), v.description('Only such versions: `^1.2`')),
});
export const NodePath = v.object({ node: name('Its name or id') });
export const FaultPath = v.object({ fault: v.pipe(numeric, v.description('Its id')) });

const callMs = between(MIN_CALL_MS, MAX_CALL_MS, 'How long it may take, ms; 3000 unless told');
const maxAgeMs = between(
  0,
  MAX_WATCH_MS,
  'How old the value may be, ms; without it only an answer to this very read will do',
);

export const ReadQuery = v.object({ timeoutMs: callMs, maxAgeMs });
export const WatchQuery = v.object({
  everyMs: between(MIN_WATCH_MS, MAX_WATCH_MS, 'Time between readings, ms; 1000 unless told'),
  maxAgeMs,
});
export const InstancesQuery = v.object({ service: filter('Only of this service'), node: filter('Only on this node') });
export const EventsQuery = v.object({
  after: between(0, Number.MAX_SAFE_INTEGER, 'Only events after the one with this id'),
  limit: between(1, MAX_JOURNAL, 'The newest so many; 200 unless told'),
  type: filter('Only of this type'),
  node: filter('Only about the node of this name'),
  service: filter('Only about this service'),
  level: v.pipe(v.optional(v.picklist(LEVELS)), v.description('Only of this level and above')),
});
export const HistoryQuery = v.object({
  service: name('Of which service'),
  node: filter('Of which node; of each without it'),
  from: between(0, Number.MAX_SAFE_INTEGER, 'Begin, ms since 1970; an hour ago unless told'),
  to: between(0, Number.MAX_SAFE_INTEGER, 'End, ms since 1970; now unless told'),
  points: between(1, MAX_POINTS, 'How many points at most; 300 unless told'),
});

const callMsInBody = v.pipe(
  v.optional(v.pipe(v.number(), v.minValue(MIN_CALL_MS), v.maxValue(MAX_CALL_MS))),
  v.description('How long it may take, ms; 3000 unless told'),
);
export const WriteBody = v.strictObject({ value: v.unknown(), timeoutMs: callMsInBody });
export const CallBody = v.strictObject({
  args: v.pipe(v.optional(v.unknown()), v.description('What the operation takes: any JSON')),
  timeoutMs: callMsInBody,
});
