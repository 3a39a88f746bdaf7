/**
 * One service on one node: its value and how it went, what can be called on it, and what happened to it.
 *
 * @module
 */
import { Calls } from './calls.tsx';
import { EventList } from './events.tsx';
import { HistoryChart } from './history.tsx';
import type { State } from './model.ts';
import { nodeLink, serviceLink } from './route.ts';
import { QualityMark, StateMark } from './state-mark.tsx';
import { useLive, useNow } from './store.ts';
import { Why } from './why.tsx';
import { age, isOff, isWell, roundTrip, span, valueText } from './words.ts';

const selectInstances = (state: State) => state.instances;
const selectReadings = (state: State) => state.readings;

export function InstancePage({ service, id }: { readonly service: string; readonly id: string }) {
  const key = `${service}@${id}`;
  const instance = useLive(selectInstances).get(key);
  const shown = useLive(selectReadings).get(key);
  const now = useNow();
  if (instance === undefined)
    return (
      <section class="narrow">
        <h1 tabIndex={-1}>{service} is not offered there</h1>
        <p>Its node has withdrawn it, or is forgotten.</p>
        <p>
          <a href={serviceLink(service)}>Who else offers it</a>
        </p>
      </section>
    );
  const reading = shown?.reading;
  return (
    <>
      <p class="crumbs">
        <a href="#/">Cluster</a> <span aria-hidden="true">/</span> <a href={serviceLink(service)}>{service}</a>
      </p>
      <h1 tabIndex={-1}>
        {service} on {instance.node} <StateMark state={instance.state} word />
      </h1>
      <div class="columns">
        <div>
          {reading !== undefined && (
            <section class="card" aria-label="Value">
              <div class="card-head">
                <h2>Now</h2>
                <QualityMark quality={reading.quality} />
              </div>
              {reading.quality === 'none' ? (
                <p class="why">{reading.error.message}</p>
              ) : typeof reading.value === 'string' ? (
                <pre class="screen" tabIndex={0}>
                  {reading.value || ' '}
                </pre>
              ) : (
                <p class="big">
                  {valueText(reading.value)} <span class="unit">{reading.unit}</span>
                </p>
              )}
              <p class="quiet">
                {reading.quality === 'none' ? 'asked' : 'taken'} {age(now - (shown?.at ?? now))}
                {reading.quality !== 'none' && !reading.trusted && ', by a board that anybody could imitate'}
              </p>
              {reading.quality === 'stale' && reading.error !== undefined && <p class="why">{reading.error.message}</p>}
              {reading.quality !== 'none' && typeof reading.value === 'number' && (
                <HistoryChart service={service} node={instance.node} id={key} unit={reading.unit} />
              )}
            </section>
          )}
          <Why resource={`${service}@${instance.node}`} trouble={!isWell(instance) || isOff(shown)} />
          <Calls instance={instance} />
        </div>
        <div>
          <section class="card" aria-label="Facts">
            <dl class="facts">
              <dt>Node</dt>
              <dd>
                <a href={nodeLink(id)}>{instance.node}</a>
              </dd>
              <dt>{instance.state} since</dt>
              <dd>{span(now - instance.since)}</dd>
              <dt>Round trip</dt>
              <dd>{roundTrip(instance.rttMs)}</dd>
              <dt>Breaker</dt>
              <dd>{instance.breaker}</dd>
              <dt>Unanswered</dt>
              <dd>{instance.unanswered}</dd>
              <dt>Version</dt>
              <dd>{instance.version}</dd>
              <dt>Address</dt>
              <dd>{instance.address}</dd>
              {Object.entries(instance.labels).map(([name, value]) => (
                <>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </>
              ))}
            </dl>
          </section>
          <section class="card" aria-labelledby="happened">
            <h2 id="happened">What happened to it</h2>
            <EventList limit={30} nodeId={id} service={service} />
          </section>
        </div>
      </div>
    </>
  );
}
