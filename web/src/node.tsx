/**
 * One node: how it is, what it serves, what happened to it, and in a simulated cluster what can be done to it.
 *
 * @module
 */
import { EventList } from './events.tsx';
import { FaultButtons } from './faults.tsx';
import { instanceKey, type State } from './model.ts';
import { instanceLink } from './route.ts';
import { StateMark } from './state-mark.tsx';
import { useLive, useNow } from './store.ts';
import { readingText, roundTrip, span } from './words.ts';

const selectNodes = (state: State) => state.nodes;
const selectInstances = (state: State) => state.instances;
const selectReadings = (state: State) => state.readings;
const selectSession = (state: State) => state.session;

export function NodePage({ id }: { readonly id: string }) {
  const node = useLive(selectNodes).get(id);
  const instances = [...useLive(selectInstances).values()].filter(({ nodeId }) => nodeId === id);
  const readings = useLive(selectReadings);
  const session = useLive(selectSession);
  const now = useNow();
  if (node === undefined)
    return (
      <section class="narrow">
        <h1 tabIndex={-1}>This node is not known</h1>
        <p>It may have left long ago, or never have been here.</p>
        <p>
          <a href="#/">Back to the cluster</a>
        </p>
      </section>
    );
  return (
    <>
      <p class="crumbs">
        <a href="#/">Cluster</a>
      </p>
      <h1 tabIndex={-1}>
        {node.name} <StateMark state={node.state} word />
      </h1>
      <div class="columns">
        <div>
          <section class="card" aria-label="Facts">
            <dl class="facts">
              <dt>{node.state} since</dt>
              <dd>{span(now - node.since)}</dd>
              <dt>Address</dt>
              <dd>{node.address}</dd>
              <dt>Role</dt>
              <dd>
                {node.kernel ? 'kernel' : 'node'}
                {node.v1 ? ', original protocol' : ''}
                {node.own ? ', you look through it' : ''}
              </dd>
              <dt>Sign of life</dt>
              <dd>{node.intervalMs > 0 ? `every ${(node.intervalMs / 1000).toFixed(1)} s` : '–'}</dd>
              <dt>Load</dt>
              <dd>{Math.round((node.load / 255) * 100)} %</dd>
              <dt>Id, epoch</dt>
              <dd>
                {node.id}, {node.epoch}
              </dd>
            </dl>
          </section>
          {session?.faults && session.role === 'write' && (
            <section class="card" aria-label="Faults">
              <h2>Do it harm</h2>
              <FaultButtons node={node.name} />
            </section>
          )}
          <section class="card" aria-labelledby="serves">
            <h2 id="serves">What it serves</h2>
            {instances.length === 0 && <p class="quiet">Nothing.</p>}
            <ul class="rows">
              {instances.map((instance) => {
                const shown = readings.get(instanceKey(instance));
                return (
                  <li key={instance.service}>
                    <a href={instanceLink(instance.service, id)}>
                      <span class="name">{instance.service}</span>
                      <span class="number">
                        {shown === undefined || typeof (shown.reading as { value?: unknown }).value === 'string'
                          ? roundTrip(instance.rttMs)
                          : readingText(shown.reading)}
                      </span>
                    </a>
                  </li>
                );
              })}
            </ul>
          </section>
        </div>
        <section class="card" aria-labelledby="happened">
          <h2 id="happened">What happened to it</h2>
          <EventList limit={40} nodeId={id} />
        </section>
      </div>
    </>
  );
}
