/**
 * What Prometheus scrapes. Cardinality is bounded by what the cluster is bounded by: nodes, and services on them.
 *
 * @module
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Os } from '../os/os.ts';
import type { Journal } from './journal.ts';
import type { Streams } from './streams.ts';

const STATES = ['alive', 'suspect', 'dead', 'left'] as const;
/** Gauges of prom-client that are named as counters: `promtool check metrics` refuses them. What they count is told by type too. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];
/** Seconds: an answer of this machine takes one ms, one over Wi-Fi ten, a failover up to half a second. */
const BUCKETS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];

export class Metrics {
  readonly type = Registry.PROMETHEUS_CONTENT_TYPE;
  private readonly registry = new Registry();
  private readonly answers: Counter<'status'>;
  private readonly times: Histogram;

  constructor(os: Os, version: string, journal: Journal, streams: Streams) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
    clusterGauges(os, version, this.registry);
    instanceGauges(os, this.registry);
    cumulative('tdos_events_total', 'What happened in the cluster, by type.', 'type', this.registry, () =>
      Object.fromEntries(journal.counts),
    );
    cumulative('tdos_core_total', 'What the node counts: datagrams refused, late answers.', 'what', this.registry, () =>
      os.counters(),
    );
    cumulative('tdos_http_streams_dropped_total', 'Readers that were too slow.', undefined, this.registry, () => ({
      '': streams.dropped,
    }));
    new Gauge({
      ...{ name: 'tdos_http_streams', help: 'Streams that are open.', registers },
      collect() {
        this.set(streams.size);
      },
    });
    this.answers = new Counter({
      ...{
        name: 'tdos_http_requests_total',
        help: 'Requests to the API, by status.',
        labelNames: ['status'],
        registers,
      },
    });
    this.times = new Histogram({
      ...{ name: 'tdos_http_request_duration_seconds', help: 'How long answers took.', buckets: BUCKETS, registers },
    });
  }

  /** A request to the API was answered. */
  answered(status: number, ms: number): void {
    this.answers.inc({ status: String(status) });
    this.times.observe(ms / 1000);
  }

  /** In the text format of Prometheus. */
  text(): Promise<string> {
    return this.registry.metrics();
  }
}

function clusterGauges(os: Os, version: string, register: Registry): void {
  const registers = [register];
  new Gauge({
    ...{ name: 'tdos_build_info', help: 'Which TDOS this is; always 1.', labelNames: ['version', 'node'], registers },
  }).set({ version, node: os.name }, 1);
  new Gauge({
    ...{ name: 'tdos_nodes', help: 'Nodes known, by health.', labelNames: ['state'], registers },
    collect() {
      const nodes = os.nodes();
      for (const state of STATES) this.set({ state }, nodes.filter((node) => node.state === state).length);
    },
  });
  new Gauge({
    ...{ name: 'tdos_kernels', help: 'Kernels that are alive.', registers },
    collect() {
      this.set(os.nodes().filter(({ kernel, state }) => kernel && state === 'alive').length);
    },
  });
  new Gauge({
    ...{ name: 'tdos_node_up', help: '1 for a node that is alive, 0.5 for a suspect, 0 for a dead one.', registers },
    labelNames: ['node'],
    collect() {
      this.reset();
      for (const { node, state } of os.nodes())
        if (state !== 'left') this.set({ node }, state === 'alive' ? 1 : state === 'suspect' ? 0.5 : 0);
    },
  });
  new Gauge({
    ...{ name: 'tdos_node_silence_seconds', help: 'How long ago a node gave a sign of life.', registers },
    labelNames: ['node'],
    collect() {
      this.reset();
      for (const { node, heardMs, state } of os.nodes()) if (state !== 'left') this.set({ node }, heardMs / 1000);
    },
  });
}

function instanceGauges(os: Os, register: Registry): void {
  const registers = [register];
  new Gauge({
    ...{ name: 'tdos_service_instances', help: 'Nodes that offer a service, by health.', registers },
    labelNames: ['service', 'state'],
    collect() {
      this.reset();
      for (const { service, state } of os.list()) {
        for (const each of STATES) this.inc({ service, state: each }, each === state ? 1 : 0);
      }
    },
  });
  new Gauge({
    ...{ name: 'tdos_breaker_open', help: '1 where calls are held back: open, 0.5: half-open.', registers },
    labelNames: ['service', 'node'],
    collect() {
      this.reset();
      for (const { service, node, breaker } of os.list())
        this.set({ service, node }, breaker === 'open' ? 1 : breaker === 'half-open' ? 0.5 : 0);
    },
  });
  new Gauge({
    ...{ name: 'tdos_rtt_seconds', help: 'Round trip to an instance, smoothed.', registers },
    labelNames: ['service', 'node'],
    collect() {
      this.reset();
      for (const { service, node, rttMs } of os.list())
        if (rttMs !== undefined) this.set({ service, node }, rttMs / 1000);
    },
  });
}

/** Counts that are kept elsewhere. */
function cumulative(
  name: string,
  help: string,
  label: string | undefined,
  register: Registry,
  counts: () => Readonly<Record<string, number>>,
): void {
  new Counter({
    ...{ name, help, labelNames: label === undefined ? [] : [label], registers: [register] },
    collect() {
      this.reset();
      for (const [value, count] of Object.entries(counts()))
        this.inc(label === undefined ? {} : { [label]: value }, count);
    },
  });
}
