/**
 * The first view: how the cluster is in one sentence, its map, what it measures, its screens, and what happens.
 *
 * @module
 */
import { EventList } from './events.tsx';
import { FaultBar } from './faults.tsx';
import { byService } from './groups.ts';
import { ClusterMap } from './map.tsx';
import type { State } from './model.ts';
import { Screens } from './screens.tsx';
import { ServiceCards } from './services.tsx';
import { useLive } from './store.ts';
import { summary } from './words.ts';

const selectNodes = (state: State) => state.nodes;
const selectInstances = (state: State) => state.instances;
const selectSession = (state: State) => state.session;

export function Overview() {
  const nodes = useLive(selectNodes);
  const instances = useLive(selectInstances);
  const session = useLive(selectSession);
  const { text, mood } = summary(nodes.values());
  const services = byService(instances.values());
  const kernels = [...nodes.values()].filter(({ kernel, state }) => kernel && state !== 'left' && state !== 'dead');
  return (
    <>
      <div class="headline">
        <h1 tabIndex={-1} class={mood} aria-live="polite">
          {text}
        </h1>
        <p class="quiet">
          {services.size} {services.size === 1 ? 'service' : 'services'}
          {kernels.length > 0
            ? `; kernel: ${kernels.map(({ name }) => name).join(', ')}`
            : '; no kernel: each looks after itself'}
        </p>
      </div>
      {session?.faults && <FaultBar />}
      <div class="overview">
        <section class="card map-card" aria-labelledby="map-title">
          <h2 id="map-title" class="hidden">
            Map of the nodes
          </h2>
          <ClusterMap />
        </section>
        <div class="main-column">
          <ServiceCards />
        </div>
        <div class="side-column">
          <Screens />
          <section class="card events-card" aria-labelledby="events-title">
            <div class="card-head">
              <h2 id="events-title">What happens</h2>
              <a href="#/events">All</a>
            </div>
            <EventList limit={14} least="notice" />
          </section>
        </div>
      </div>
    </>
  );
}
