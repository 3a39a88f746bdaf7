/**
 * The living map: every node, who serves what, how it is, and how good its link is. Each node is a link to its page, so the
 * map can be walked by keyboard and read aloud. Positions are set on the drawing itself, frame by frame, without drawing the
 * page again.
 *
 * @module
 */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { isCrowd as isCrowded, Layout } from './layout.ts';
import { type InstanceView, instanceKey, type NodeView, type Shown, type State } from './model.ts';
import { nodeLink } from './route.ts';
import { useLive } from './store.ts';
import { readingText, roundTrip } from './words.ts';

const selectNodes = (state: State) => state.nodes;
const selectInstances = (state: State) => state.instances;
const selectReadings = (state: State) => state.readings;

/** Every kernel has it: it tells nothing of a node. */
const WHY = 'why';
/** ms: a round trip of this is poor. */
const POOR_MS = 120;

export function ClusterMap() {
  const known = useLive(selectNodes);
  const instances = useLive(selectInstances);
  const nodes = useMemo(
    () =>
      [...known.values()]
        .filter(({ state }) => state !== 'left')
        .sort((a, b) => Number(b.kernel) - Number(a.kernel) || a.name.localeCompare(b.name)),
    [known],
  );
  const byNode = useMemo(() => groupByNode(instances.values()), [instances]);
  const svg = useRef<SVGSVGElement>(null);
  const size = useSize(svg, nodes.length);
  const layout = useLayout(svg, nodes, size);
  const middle = nodes.find(({ kernel, state }) => kernel && state !== 'dead');
  const isCrowd = isCrowded(nodes.length, size);
  if (nodes.length === 0)
    return (
      <div class="empty">
        <p>No nodes yet. The map fills by itself as boards appear.</p>
      </div>
    );
  return (
    <svg
      ref={svg}
      class={isCrowd ? 'map crowd' : 'map'}
      style={{ height: `${size.height}px` }}
      viewBox={`0 0 ${size.width} ${size.height}`}
      role="group"
      aria-label={`${nodes.length} nodes`}
    >
      <g>
        {middle !== undefined &&
          nodes
            .filter(({ id }) => id !== middle.id)
            .map((node) => (
              <line
                key={node.id}
                data-from={middle.id}
                data-to={node.id}
                class={`link ${node.state}`}
                style={linkStyle(byNode.get(node.id))}
              />
            ))}
      </g>
      {nodes.map((node) => (
        <MapNode key={node.id} node={node} instances={byNode.get(node.id) ?? NONE} layout={layout} isCrowd={isCrowd} />
      ))}
    </svg>
  );
}

const NONE: readonly InstanceView[] = [];

interface MapNodeProps {
  readonly node: NodeView;
  readonly instances: readonly InstanceView[];
  readonly layout: Layout;
  readonly isCrowd: boolean;
}

function MapNode({ node, instances: all, layout, isCrowd }: MapNodeProps) {
  const instances = all.filter(({ service }) => service !== WHY);
  const spot = layout.spots.get(node.id);
  const radius = isCrowd ? (node.kernel ? 11 : 6) : node.kernel ? 19 : 14;
  const what =
    node.kernel && instances.length === 0
      ? 'kernel'
      : instances.map(({ service }) => service).join(', ') || 'no service';
  const rtt = rttOf(instances);
  const isNamed = !isCrowd || node.kernel || node.state !== 'alive';
  return (
    <g
      class={`node ${node.state}${node.kernel ? ' kernel' : ''}`}
      data-node={node.id}
      data-name={node.name}
      transform={spot === undefined ? undefined : at(spot)}
    >
      <title>{`${node.name}: ${what}${rtt === null ? '' : `, ${roundTrip(rtt)}`}`}</title>
      <a
        href={nodeLink(node.id)}
        aria-label={`${node.name}, ${node.state}, ${what}${rtt === null ? '' : `, round trip ${roundTrip(rtt)}`}`}
      >
        <circle class="touch" r={Math.max(radius + 6, isCrowd ? 10 : 22)} />
        <circle class="body" r={radius} />
        {node.kernel && <circle class="ring" r={radius - 6} />}
        {node.state === 'dead' && (
          <path
            class="cross"
            d={`M${-radius / 2.4} ${-radius / 2.4}L${radius / 2.4} ${radius / 2.4}M${-radius / 2.4} ${radius / 2.4}L${radius / 2.4} ${-radius / 2.4}`}
          />
        )}
      </a>
      {isNamed && (
        <text class="name" y={radius + 16}>
          {node.name}
        </text>
      )}
      {!isCrowd && <Caption instances={instances} y={radius + 31} isDead={node.state === 'dead'} />}
    </g>
  );
}

/** The first value that the node measures, or what it serves. */
function Caption({
  instances,
  y,
  isDead,
}: {
  readonly instances: readonly InstanceView[];
  readonly y: number;
  readonly isDead: boolean;
}) {
  const readings = useLive(selectReadings);
  const [first] = instances;
  if (first === undefined) return null;
  const shown = readings.get(instanceKey(first));
  return (
    <text class="caption" y={y}>
      {isDead ? 'dead' : captionOf(first, shown)}
    </text>
  );
}

function captionOf({ service }: InstanceView, shown: Shown | undefined): string {
  if (shown === undefined || shown.reading.quality === 'none' || typeof shown.reading.value !== 'number')
    return service;
  return readingText(shown.reading);
}

const at = ({ x, y }: { readonly x: number; readonly y: number }): string =>
  `translate(${x.toFixed(1)} ${y.toFixed(1)})`;

function groupByNode(instances: Iterable<InstanceView>): ReadonlyMap<string, readonly InstanceView[]> {
  const groups = new Map<string, InstanceView[]>();
  for (const instance of instances) {
    const known = groups.get(instance.nodeId);
    if (known === undefined) groups.set(instance.nodeId, [instance]);
    else known.push(instance);
  }
  return groups;
}

const rttOf = (instances: readonly InstanceView[]): number | null =>
  instances.reduce<number | null>(
    (best, { rttMs }) => (rttMs === null ? best : best === null ? rttMs : Math.min(best, rttMs)),
    null,
  );

/** A good link is strong; a slow one is faint, and one with unanswered tries is broken. */
function linkStyle(instances: readonly InstanceView[] = []): Readonly<Record<string, string>> {
  const rtt = rttOf(instances);
  const quality = rtt === null ? 0.5 : 1 - Math.min(1, rtt / POOR_MS);
  const unanswered = Math.max(0, ...instances.map((instance) => instance.unanswered));
  return {
    'stroke-width': (1 + 1.6 * quality).toFixed(1),
    'stroke-opacity': (0.35 + 0.45 * quality).toFixed(2),
    ...(unanswered > 0 ? { 'stroke-dasharray': '3 5' } : {}),
  };
}

/** As wide as its place; higher where there are many. */
function useSize(svg: { readonly current: SVGSVGElement | null }, count: number) {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const place = svg.current?.parentElement;
    if (!place) return;
    const look = (): void => setWidth(Math.max(240, Math.floor(place.clientWidth)));
    look();
    const sizes = new ResizeObserver(look);
    sizes.observe(place);
    return () => sizes.disconnect();
  }, [svg.current === null]);
  const heightAs = (shape: number): number => Math.round(Math.min(620, Math.max(340, (width || 600) * shape)));
  const size = { width: width || 600, height: heightAs(width < 500 ? 1.02 : 0.5) };
  return width >= 500 && isCrowded(count, size) ? { ...size, height: heightAs(0.62) } : size;
}

function useLayout(
  svg: { readonly current: SVGSVGElement | null },
  nodes: readonly NodeView[],
  size: { readonly width: number; readonly height: number },
): Layout {
  const layout = useMemo(() => new Layout(() => svg.current !== null && show(svg.current, layout)), []);
  useLayoutEffect(() => {
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (layout.place(nodes, size, isCalm) && svg.current !== null) show(svg.current, layout);
  });
  useEffect(() => () => layout.stop(), [layout]);
  return layout;
}

/** Moves what is drawn to where it stands now. */
function show(svg: SVGSVGElement, { spots }: Layout): void {
  for (const element of svg.querySelectorAll<SVGElement>('.node')) {
    const spot = spots.get(element.dataset.node ?? '');
    if (spot !== undefined) element.setAttribute('transform', at(spot));
  }
  for (const line of svg.querySelectorAll<SVGLineElement>('.link')) {
    const [from, to] = [spots.get(line.dataset.from ?? ''), spots.get(line.dataset.to ?? '')];
    if (from === undefined || to === undefined) continue;
    line.setAttribute('x1', from.x.toFixed(1));
    line.setAttribute('y1', from.y.toFixed(1));
    line.setAttribute('x2', to.x.toFixed(1));
    line.setAttribute('y2', to.y.toFixed(1));
  }
}
