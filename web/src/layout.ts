/**
 * Where each node stands on the map: a drawing of forces, in the pixels of the place it has. Kernels stand in the middle,
 * and who serves the same stands together where there are many.
 *
 * @module
 */
import {
  forceCollide,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  type Simulation,
  type SimulationNodeDatum,
} from 'd3-force';
import type { NodeView } from './model.ts';

export interface Spot extends SimulationNodeDatum {
  readonly id: string;
  kernel: boolean;
  /** What it serves first: its neighbourhood. */
  group: string;
  x: number;
  y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** So many nodes are a crowd on any screen: names are shown only where something is wrong. */
const CROWD = 40;
/** Pixels that a node takes with its name and its value below. */
const ROOM = 88 * 72;
const MARGIN = { x: 52, top: 30, bottom: 54 };

/** Whether there is no place for the names of all. */
export const isCrowd = (nodes: number, { width, height }: Size): boolean =>
  nodes >= CROWD || nodes * ROOM > width * height;

export class Layout {
  readonly spots = new Map<string, Spot>();
  private readonly simulation: Simulation<Spot, undefined>;
  private size: Size = { width: 600, height: 400 };
  private isFirst = true;

  /** @param moved - called whenever the spots have moved. */
  constructor(moved: () => void) {
    this.simulation = forceSimulation<Spot>().alphaDecay(0.06).velocityDecay(0.45).stop();
    this.simulation.on('tick', () => {
      this.keepInside();
      moved();
    });
  }

  /**
   * Looks who is there now.
   *
   * @param isCalm - no movement is to be seen: the spots jump.
   * @returns whether anybody is to stand elsewhere.
   */
  place(nodes: readonly NodeView[], size: Size, isCalm: boolean): boolean {
    const isNew = this.take(nodes);
    const isOther = size.width !== this.size.width || size.height !== this.size.height;
    this.size = size;
    if (!isNew && !isOther) return false;
    this.pull();
    this.simulation.alpha(this.isFirst ? 1 : 0.7);
    if (this.isFirst || isCalm) {
      // The first picture is a finished one.
      this.isFirst = false;
      this.simulation.stop().tick(120);
      this.keepInside();
    } else this.simulation.restart();
    return true;
  }

  stop(): void {
    this.simulation.stop();
  }

  /** True when there are others than before, or they stand elsewhere now. */
  private take(nodes: readonly NodeView[]): boolean {
    let isNew = false;
    const present = new Set<string>();
    nodes.forEach((node, index) => {
      present.add(node.id);
      const group = node.services[0] ?? '';
      const known = this.spots.get(node.id);
      if (known === undefined) {
        isNew = true;
        const angle = (index / Math.max(1, nodes.length)) * 2 * Math.PI;
        const reach = node.kernel ? 0.02 : 0.36;
        this.spots.set(node.id, {
          ...{ id: node.id, kernel: node.kernel, group },
          x: this.size.width * (0.5 + reach * Math.cos(angle)),
          y: this.size.height * (0.5 + reach * Math.sin(angle)),
        });
      } else {
        isNew ||= known.kernel !== node.kernel || known.group !== group;
        known.kernel = node.kernel;
        known.group = group;
      }
    });
    for (const id of this.spots.keys())
      if (!present.has(id)) {
        isNew = true;
        this.spots.delete(id);
      }
    return isNew;
  }

  private pull(): void {
    const { width, height } = this.size;
    const spots = [...this.spots.values()];
    const room = Math.sqrt((width * height) / Math.max(1, spots.length));
    const crowd = isCrowd(spots.length, this.size);
    const places = placesOf(spots);
    // Of half the width and height: few stand on a ring, many fill the place around it.
    const reach = crowd ? 0.62 : 0.7;
    const pull = (spot: Spot): number => (spot.kernel ? 0.5 : crowd ? 0.09 : 0.2);
    const target = (spot: Spot, half: number, wave: (angle: number) => number): number => {
      const angle = places.get(spot.id);
      return half + (angle === undefined ? 0 : reach * half * wave(angle));
    };
    this.simulation
      .nodes(spots)
      .force('charge', forceManyBody<Spot>().strength(crowd ? -0.3 * room : -0.4 * room))
      .force('collide', forceCollide<Spot>(crowd ? Math.min(22, room * 0.42) : Math.min(56, room * 0.46)))
      .force('x', forceX<Spot>((spot) => target(spot, width / 2, Math.cos)).strength(pull))
      .force('y', forceY<Spot>((spot) => target(spot, height / 2, Math.sin)).strength(pull));
  }

  private keepInside(): void {
    const { width, height } = this.size;
    for (const spot of this.spots.values()) {
      spot.x = Math.min(width - MARGIN.x, Math.max(MARGIN.x, spot.x));
      spot.y = Math.min(height - MARGIN.bottom, Math.max(MARGIN.top, spot.y));
    }
  }
}

/** The direction from the middle in which each is to stand: who serves the same has a sector in common. Kernels have none. */
function placesOf(spots: readonly Spot[]): ReadonlyMap<string, number> {
  const others = spots.filter(({ kernel }) => !kernel);
  const groups = [...new Set(others.map(({ group }) => group))].sort();
  const sorted = others.toSorted((a, b) => groups.indexOf(a.group) - groups.indexOf(b.group) || (a.id < b.id ? -1 : 1));
  return new Map(sorted.map(({ id }, index) => [id, ((index + 0.5) / sorted.length - 0.25) * 2 * Math.PI]));
}
