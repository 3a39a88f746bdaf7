/**
 * Services: one card each on the first view, with the value that an app gets now and every instance below; and a page each.
 *
 * @module
 */

import { byService, isScreen } from './groups.ts';
import { type InstanceView, instanceKey, type Shown, type State, type Trail } from './model.ts';
import { instanceLink, nodeLink, serviceLink } from './route.ts';
import { Sparkline } from './sparkline.tsx';
import { QualityMark, StateMark } from './state-mark.tsx';
import { useLive, useNow } from './store.ts';
import { Why } from './why.tsx';
import { age, isOff, isWell, readingText, roundTrip, valueText } from './words.ts';

const selectInstances = (state: State) => state.instances;
const selectReadings = (state: State) => state.readings;
const selectTrails = (state: State) => state.trails;

/** Instances shown on a card; the page of the service shows all. */
const ON_CARD = 6;
/** Cards on the first view before the rest is a list. */
const CARDS = 24;

export function ServiceCards() {
  const all = byService(useLive(selectInstances).values());
  const services = [...all].filter(([, instances]) => !instances.some(isScreen)).sort(byInterest);
  if (all.size === 0)
    return (
      <section class="card empty">
        <h2>No services yet</h2>
        <p>
          They appear here as soon as a board or a PC offers one. To start one on this machine:{' '}
          <code>npx tdos sensor temp_sensor</code>
        </p>
      </section>
    );
  return (
    <section aria-labelledby="services-title">
      <h2 id="services-title" class="hidden">
        Services
      </h2>
      <ul class="cards">
        {services.slice(0, CARDS).map(([service, instances]) => (
          <li key={service}>
            <ServiceCard service={service} instances={instances} />
          </li>
        ))}
      </ul>
      {services.length > CARDS && (
        <p class="quiet">
          And{' '}
          {services.slice(CARDS).map(([service]) => (
            <>
              <a href={serviceLink(service)}>{service}</a>{' '}
            </>
          ))}
        </p>
      )}
    </section>
  );
}

const isReadable = (instances: readonly InstanceView[]): boolean =>
  instances.some(({ operations }) => operations.some(({ name }) => name === 'read'));

/** What measures comes first, and of that what most measure. */
const byInterest = ([, a]: CardEntry, [, b]: CardEntry): number =>
  Number(isReadable(b)) - Number(isReadable(a)) || b.length - a.length;
type CardEntry = readonly [string, readonly InstanceView[]];

interface CardProps {
  readonly service: string;
  readonly instances: readonly InstanceView[];
}

function ServiceCard({ service, instances }: CardProps) {
  const shown = useLive(selectReadings).get(service);
  const trail = useLive(selectTrails).get(service) ?? [];
  const unwell = instances.filter((instance) => !isWell(instance));
  const first = [...unwell, ...instances.filter(isWell)].slice(0, ON_CARD).sort((a, b) => a.node.localeCompare(b.node));
  return (
    <article class="card service" data-service={service}>
      <div class="card-head">
        <h3>
          <a href={serviceLink(service)}>{service}</a>
        </h3>
        {shown !== undefined && <QualityMark quality={shown.reading.quality} />}
      </div>
      {isReadable(instances) ? <BigReading shown={shown} trail={trail} /> : <Operations instances={instances} />}
      <InstanceRows instances={first} />
      {instances.length > first.length && (
        <a class="more" href={serviceLink(service)}>
          All {instances.length}
        </a>
      )}
    </article>
  );
}

function BigReading({ shown, trail }: { readonly shown: Shown | undefined; readonly trail: Trail }) {
  const now = useNow();
  if (shown === undefined) return <p class="big quiet">…</p>;
  const { reading } = shown;
  if (reading.quality === 'none')
    return (
      <p class="why" role="note">
        {reading.error.message}
      </p>
    );
  if (typeof reading.value === 'string')
    return <p class="clip quiet">{reading.value === '' ? 'empty' : reading.value}</p>;
  return (
    <div class="big-row">
      <p class="big">
        {valueText(reading.value)} <span class="unit">{reading.unit}</span>
      </p>
      <Sparkline trail={trail} />
      <p class="quiet from">
        from {reading.node}, {age(now - shown.at)}
      </p>
    </div>
  );
}

function Operations({ instances }: { readonly instances: readonly InstanceView[] }) {
  const names = [...new Set(instances.flatMap(({ operations }) => operations.map(({ name }) => name)))];
  return <p class="quiet clip">{names.join(' · ')}</p>;
}

function InstanceRows({ instances }: { readonly instances: readonly InstanceView[] }) {
  const readings = useLive(selectReadings);
  return (
    <ul class="rows">
      {instances.map((instance) => {
        const shown = readings.get(instanceKey(instance));
        return (
          <li key={instanceKey(instance)} class={instance.state}>
            <a href={instanceLink(instance.service, instance.nodeId)}>
              <StateMark state={instance.state} />
              <span class="name">{instance.node}</span>
              {instance.breaker !== 'closed' && <span class="tag warn">breaker {instance.breaker}</span>}
              {instance.v1 && <span class="tag">v1</span>}
              <span class="number">{rowText(instance, shown)}</span>
            </a>
          </li>
        );
      })}
    </ul>
  );
}

function rowText(instance: InstanceView, shown: Shown | undefined): string {
  if (instance.state === 'dead' || instance.state === 'left') return instance.state;
  if (shown === undefined || shown.reading.quality === 'none' || typeof shown.reading.value === 'string')
    return roundTrip(instance.rttMs);
  return readingText(shown.reading);
}

export function ServicePage({ service }: { readonly service: string }) {
  const all = useLive(selectInstances);
  const readings = useLive(selectReadings);
  const trails = useLive(selectTrails);
  const now = useNow();
  const instances = byService(all.values()).get(service) ?? [];
  const [first] = instances;
  if (first === undefined)
    return (
      <section class="narrow">
        <h1 tabIndex={-1}>{service}</h1>
        <p>No node offers it, or no longer.</p>
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
      <h1 tabIndex={-1}>{service}</h1>
      {isReadable(instances) && (
        <section class="card service wide-card" aria-label="What an app reads now">
          <div class="card-head">
            <h2>What an app reads now</h2>
            {readings.has(service) && <QualityMark quality={readings.get(service)?.reading.quality ?? ''} />}
          </div>
          <BigReading shown={readings.get(service)} trail={trails.get(service) ?? []} />
        </section>
      )}
      <Why resource={service} trouble={!instances.every(isWell) || isOff(readings.get(service))} />
      <section class="card" aria-labelledby="instances-title">
        <h2 id="instances-title">Who serves it</h2>
        <div class="scroll" tabIndex={0} role="region" aria-labelledby="instances-title">
          <table>
            <thead>
              <tr>
                <th scope="col">Node</th>
                <th scope="col">Health</th>
                <th scope="col">Value</th>
                <th scope="col">Age</th>
                <th scope="col">Round trip</th>
                <th scope="col">Breaker</th>
                <th scope="col">Version</th>
                <th scope="col">Labels</th>
              </tr>
            </thead>
            <tbody>
              {instances.map((instance) => {
                const shown = readings.get(instanceKey(instance));
                return (
                  <tr key={instanceKey(instance)}>
                    <th scope="row">
                      <a href={instanceLink(service, instance.nodeId)}>{instance.node}</a>
                    </th>
                    <td>
                      <StateMark state={instance.state} word />
                    </td>
                    <td class="number">{shown === undefined ? '–' : readingText(shown.reading)}</td>
                    <td class="number">{shown === undefined ? '–' : age(now - shown.at)}</td>
                    <td class="number">{roundTrip(instance.rttMs)}</td>
                    <td>{instance.breaker}</td>
                    <td>{instance.version}</td>
                    <td class="quiet">
                      {Object.entries(instance.labels)
                        .map(([key, value]) => `${key}=${value}`)
                        .join(', ')}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      </section>
      <p class="quiet">
        The nodes:{' '}
        {instances.map(({ nodeId, node }) => (
          <>
            <a href={nodeLink(nodeId)}>{node}</a>{' '}
          </>
        ))}
      </p>
    </>
  );
}
