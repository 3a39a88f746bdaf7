/**
 * The routes of the API about the cluster: nodes, services, instances, events, history, and faults in a simulated one.
 * What reads and calls is in `resources.ts`.
 *
 * @module
 */
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import * as v from 'valibot';
import { TdosError } from '../base/errors.ts';
import type { Os } from '../os/os.ts';
import type { Decisions } from '../os/why/record.ts';
import type { Calls } from './calls.ts';
import type { FaultPort } from './faults.ts';
import { historyOf } from './history.ts';
import { isWanted, type Journal } from './journal.ts';
import type { Live } from './live.ts';
import { ApiError } from './problems.ts';
import { type Http, type Route, route } from './route.ts';
import * as schemas from './schemas.ts';
import { messageOf, type Streams } from './streams.ts';
import { instanceView, type NodeView, nodeView } from './views.ts';

/** What the routes work on. */
export interface Parts {
  readonly os: Os;
  /** Of TDOS. */
  readonly version: string;
  readonly journal: Journal;
  readonly streams: Streams;
  readonly live: Live;
  readonly calls: Calls;
  /** What this node remembers, to say why. */
  readonly decisions: Decisions;
  readonly faults: FaultPort | undefined;
}

/** Events that are given unless told. */
const EVENTS = 200;

export function clusterRoutes({ os, version, journal, streams, live, calls, faults }: Parts): Route[] {
  const wall = (): number => os.clock.wallClock();
  const nodes = (): NodeView[] => os.nodes().map((info) => nodeView(info, wall()));
  const session = (http: Http): v.InferOutput<typeof schemas.Session> => ({
    ...{ name: os.name, version, role: http.get('role'), faults: faults !== undefined },
  });
  return [
    route({
      ...{
        method: 'get',
        address: '/session',
        tag: 'cluster',
        summary: 'Who answers here, and what this token allows',
      },
      gives: schemas.Session,
      run: ({ http }) => session(http),
    }),
    route({
      ...{ method: 'get', address: '/cluster', tag: 'cluster', summary: 'All nodes and all instances' },
      gives: schemas.Cluster,
      run: () => ({
        ...{ name: os.name, version, time: wall(), complete: os.complete, nodes: nodes() },
        instances: os.list().map((info) => instanceView(info, wall())),
      }),
    }),
    route({
      ...{ method: 'get', address: '/nodes', tag: 'cluster', summary: 'All nodes, dead ones too' },
      gives: v.array(schemas.Node),
      run: nodes,
    }),
    route({
      ...{ method: 'get', address: '/nodes/{node}', tag: 'cluster', summary: 'One node' },
      takes: { path: schemas.NodePath },
      gives: schemas.Node,
      run: ({ path }) => {
        const found = nodes().find(({ name, id }) => name === path.node || id === path.node);
        if (found === undefined) throw new TdosError('NOT_FOUND', `There is no node ${path.node} in this cluster.`);
        return found;
      },
    }),
    route({
      ...{ method: 'get', address: '/services', tag: 'cluster', summary: 'All services, each with its instances' },
      gives: v.array(schemas.Service),
      run: () =>
        [...new Set(os.list().map(({ service }) => service))].flatMap((service) => serviceOf(os, service) ?? []),
    }),
    route({
      ...{ method: 'get', address: '/services/{service}', tag: 'cluster', summary: 'One service' },
      takes: { path: schemas.ServicePath },
      gives: schemas.Service,
      run: ({ path }) => {
        const found = serviceOf(os, path.service);
        if (found === undefined) throw new TdosError('NOT_FOUND', `No node offers \`${path.service}\`.`);
        return found;
      },
    }),
    route({
      ...{ method: 'get', address: '/instances', tag: 'cluster', summary: 'Services on nodes, one by one' },
      takes: { query: schemas.InstancesQuery },
      gives: v.array(schemas.Instance),
      run: ({ query }) =>
        os
          .list()
          .filter(({ service, node }) => (query.service ?? service) === service && (query.node ?? node) === node)
          .map((info) => instanceView(info, wall())),
    }),
    route({
      ...{ method: 'get', address: '/history', tag: 'readings', summary: 'What was measured, from the storage' },
      takes: { query: schemas.HistoryQuery },
      gives: schemas.History,
      run: ({ query }) => calls.run(() => historyOf(os, query)),
    }),
    route({
      ...{ method: 'get', address: '/events', tag: 'events', summary: 'What happened, in words' },
      takes: { query: schemas.EventsQuery },
      gives: schemas.Events,
      run: ({ query: { after = 0, limit = EVENTS, ...filter } }) => journal.after(after, limit, filter),
    }),
    route({
      ...{ method: 'get', address: '/events/stream', tag: 'events', summary: 'What happens, as it happens' },
      takes: { query: v.omit(schemas.EventsQuery, ['limit']) },
      gives: { event: schemas.Event },
      run: ({ query: { after = journal.newest, ...filter }, http }) => {
        const seen = Number(http.req.header('last-event-id') ?? after);
        const subscriber = streams.begin(http.env.outgoing);
        const past = journal.after(Number.isSafeInteger(seen) ? seen : after, EVENTS, filter).events;
        for (const event of past) subscriber.send(messageOf('event', event, event.id));
        const off = journal.on((event) => {
          if (isWanted(event, filter)) subscriber.send(messageOf('event', event, event.id));
        });
        subscriber.gone.addEventListener('abort', off);
        return RESPONSE_ALREADY_SENT;
      },
    }),
    route({
      ...{ method: 'get', address: '/live', tag: 'events', summary: 'The whole cluster, then what changes in it' },
      gives: {
        session: schemas.Session,
        cluster: schemas.Change,
        events: schemas.Events,
        readings: v.object({ readings: v.array(schemas.LiveReading) }),
        faults: schemas.Faults,
      },
      run: ({ http }) => {
        const who = session(http);
        live.add(streams.begin(http.env.outgoing), who);
        return RESPONSE_ALREADY_SENT;
      },
    }),
    ...faultRoutes(faults),
  ];
}

function faultRoutes(faults: FaultPort | undefined): Route[] {
  const port = (): FaultPort => {
    if (faults === undefined) throw new ApiError('NO_FAULTS');
    return faults;
  };
  const active = (): v.InferOutput<typeof schemas.Faults> => ({ active: port().active() });
  return [
    route({
      ...{ method: 'get', address: '/faults', tag: 'faults', summary: 'Faults on purpose, in a simulated cluster' },
      gives: schemas.Faults,
      run: active,
    }),
    route({
      ...{ method: 'post', address: '/faults', tag: 'faults', role: 'write', summary: 'Begin a fault' },
      takes: { body: schemas.FaultOrder },
      gives: schemas.Faults,
      run: ({ body }) => {
        port().begin(body);
        return active();
      },
    }),
    route({
      ...{ method: 'delete', address: '/faults/{fault}', tag: 'faults', role: 'write', summary: 'End a fault' },
      takes: { path: schemas.FaultPath },
      gives: schemas.Faults,
      run: ({ path }) => {
        port().end(path.fault);
        return active();
      },
    }),
  ];
}

function serviceOf(os: Os, service: string): v.InferOutput<typeof schemas.Service> | undefined {
  const info = os.info(service);
  if (info === undefined) return undefined;
  const wall = os.clock.wallClock();
  return {
    service,
    operations: info.operations.map(({ name, safe }) => ({ name, safe })),
    instances: info.instances.map((instance) => instanceView(instance, wall)),
  };
}
