/**
 * `tdos top`: a live view of the cluster on a terminal; where it is piped, what there is once, and then what happens.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import type { ClusterEvent } from '../../core/model.ts';
import type { Os } from '../../os/os.ts';
import { isRemarkable, namesOf } from '../../os/words.ts';
import { clusterText } from '../cluster.ts';
import { describe } from '../events.ts';
import { seeCluster, stay, withOs } from '../join.ts';
import { addFor, type NetworkOptions } from '../options.ts';
import { print } from '../print.ts';
import { measureRoundTrip } from '../rtt.ts';
import { Screen } from '../screen.ts';
import { ShownReadings } from '../shown-readings.ts';
import { type ToldEvent, topLines } from '../top-view.ts';

interface TopOptions extends NetworkOptions {
  readonly for?: number;
}

/** ms between frames where nothing happens. */
const FRAME_MS = 500;
/** ms between two questions for a round trip, one node after the other: 10 a second are under 1 % of the airtime. */
const ROUND_TRIP_EVERY_MS = 100;
/** Events kept to be shown. */
const MAX_EVENTS = 100;

const EXAMPLES = `
Keys: q or Ctrl-C ends it.

Examples:
  tdos top
  tdos top --for 1h >> events.log      (plain lines: what there is, then what happens)`;

export function define(command: Command): void {
  addFor(command)
    .description('Shows nodes, services, their health, round trips and what happens, live.')
    .addHelpText('after', EXAMPLES)
    .action((_options: unknown, self: Command) => {
      const options = self.optsWithGlobals<TopOptions>();
      return withOs(options, (os) => (process.stdout.isTTY ? showLive(os, options) : showPlain(os, options)));
    });
}

async function showPlain(os: Os, options: TopOptions): Promise<void> {
  const stayed = stay(options.for, () => os.close());
  await seeCluster(os, options);
  print(clusterText({ services: os.list(), nodes: os.nodes() }));
  const nameOf = namesOf(() => os.nodes());
  os.on((event) => print(`${new Date().toISOString()}  ${describe(event, nameOf)}`));
  await stayed;
}

async function showLive(os: Os, options: TopOptions): Promise<void> {
  await seeCluster(os, options);
  const events: ToldEvent[] = [];
  const nameOf = namesOf(() => os.nodes());
  const left = Promise.withResolvers<void>();
  const screen = new Screen(process.stdout, process.stdin, left.resolve, () => draw());
  const shown = new ShownReadings(os);
  const draw = (): void => {
    const view = { services: os.list(), nodes: os.nodes(), readings: shown.look() };
    screen.draw(topLines(view, events, screen.size, options));
  };
  const leave = async (): Promise<void> => {
    clearInterval(frames);
    shown.stop();
    screen.close();
    await os.close();
  };
  os.on((event: ClusterEvent) => {
    if (!isRemarkable(event) && event.type !== 'node') return;
    events.push({ at: new Date(), text: describe(event, nameOf) });
    events.splice(0, events.length - MAX_EVENTS);
    draw();
  });
  const frames = setInterval(draw, FRAME_MS);
  draw();
  void measureInTurn(os);
  await Promise.race([left.promise, stay(options.for, leave)]);
  await leave();
}

/** One node after the other, for ever. */
async function measureInTurn(os: Os): Promise<void> {
  for (let turn = 0; !os.closed.aborted; turn++) {
    const nodes = os.nodes();
    const node = nodes[turn % nodes.length];
    if (node !== undefined) void measureRoundTrip(os, node);
    await setTimeout(ROUND_TRIP_EVERY_MS);
  }
}
