import { beforeEach, expect, test } from 'vitest';
import { instant } from '../../base/time.ts';
import type { Event, PeerState } from '../../wire/message.ts';
import type { NodeRecord } from '../model.ts';
import { NOBODY, Verdicts } from './verdicts.ts';

const at = instant;
const [SELF, HIGHER, LOWER, NODE] = [50, 60, 40, 7];
const abilities = { kernel: false, helper: true, inflates: true, v1: false, takesKiB: 4, window: 1 };

let said: string[];
let watched: Set<number>;

function record(id: number, judge: number, heardAt: number, kernel = false): NodeRecord {
  return {
    id,
    epoch: 1,
    name: `n${id}`,
    address: '10.0.0.1:1',
    generation: 1,
    abilities: { ...abilities, kernel },
    protocol: { min: 2, max: 2 },
    services: [],
    state: 'alive',
    since: at(0),
    heardAt: at(heardAt),
    intervalMs: 1000,
    judge,
    load: 0,
    version: 0,
  };
}

function event(judge: number, state: PeerState, silentMs: number): Event {
  const part = { version: 2, previous: 1, part: 0, parts: 1, heldMs: 0, load: 9, intervalMs: 700, name: 'n' };
  const { epoch, generation, protocol, address } = record(NODE, judge, 0);
  return {
    type: 'event',
    node: NODE,
    epoch,
    generation,
    protocol,
    address,
    abilities,
    services: [],
    judge,
    state,
    reason: 'too quiet',
    silentMs,
    ...part,
  };
}

function make(kernel: boolean, nodes: readonly NodeRecord[] = []): Verdicts {
  return new Verdicts({
    self: () => SELF,
    kernel,
    watch: (node) => {
      watched.add(node.id);
      said.push(`watch ${node.id}`);
    },
    watching: (id) => watched.has(id),
    inquire: (node) => {
      watched.add(node.id);
      said.push(`ask ${node.id}`);
    },
    release: (id) => watched.delete(id),
    nodes: () => nodes,
    touch: (node) => said.push(`tell ${node.id}`),
    setState: (node, state, reason, _since, by) => {
      node.state = state;
      said.push(`${state}: ${reason} by ${by}`);
    },
  });
}

beforeEach(() => {
  said = [];
  watched = new Set();
});

const teller = (id: number): NodeRecord => record(id, SELF, 0, true);

test('A node that reports to this kernel is judged here from now on, and others are told', () => {
  const node = record(NODE, HIGHER, 0);
  const verdicts = make(true);
  verdicts.claim(node, at(1));
  verdicts.claim(node, at(2));
  expect([node.judge, said]).toEqual([SELF, [`watch ${NODE}`, `tell ${NODE}`]]);
});

test('A follower takes what its kernel says, whoever judges', () => {
  const node = record(NODE, SELF, 900);
  make(false).adopt(node, teller(HIGHER), event(LOWER, 'suspect', 4000), at(1000));
  expect([node.judge, node.state, node.load, said]).toEqual([
    LOWER,
    'suspect',
    9,
    [`suspect: too quiet by n${HIGHER}`],
  ]);
});

test('A verdict is told in the name of its judge, whoever passes it on', () => {
  const node = record(NODE, SELF, 900);
  make(false, [teller(LOWER)]).adopt(node, teller(HIGHER), event(LOWER, 'dead', 4000), at(1000));
  expect(said).toEqual([`dead: too quiet by n${LOWER}`]);
});

test('The reason is noted with a verdict that is known already', () => {
  const node = record(NODE, HIGHER, 900);
  make(false).adopt(node, teller(HIGHER), event(HIGHER, 'alive', 10), at(1000));
  expect([node.reason, said]).toEqual(['too quiet', []]);
});

test('The verdict of another kernel counts when it missed fewer beats of the node', () => {
  const node = record(NODE, SELF, 301);
  watched.add(NODE);
  // An interval is 700 ms, by the latest promise.
  make(true).adopt(node, teller(HIGHER), event(HIGHER, 'alive', 50), at(1000));
  expect([node.judge, [...watched], said]).toEqual([SELF, [NODE], [`tell ${NODE}`]]);
  make(true).adopt(node, teller(HIGHER), event(HIGHER, 'alive', 50), at(1001));
  expect([node.judge, node.heardAt, [...watched], said]).toEqual([HIGHER, 951, [], [`tell ${NODE}`, `tell ${NODE}`]]);
});

test('When this kernel heard the node later it keeps it, and tells the other', () => {
  const node = record(NODE, SELF, 900);
  make(true).adopt(node, teller(LOWER), event(LOWER, 'dead', 5000), at(1000));
  expect([node.judge, node.state, said]).toEqual([SELF, 'alive', [`tell ${NODE}`]]);
});

test('Of two that missed as many the lower id judges', () => {
  for (const silentMs of [0, 600])
    for (const [other, judge] of [
      [LOWER, LOWER],
      [HIGHER, SELF],
    ] as const) {
      const node = record(NODE, SELF, 700);
      make(true).adopt(node, teller(other), event(other, 'alive', silentMs), at(1000));
      expect([other, node.judge]).toEqual([other, judge]);
    }
});

test('A kernel that has an old word on a node of this one is told again, one that has the newest is not', () => {
  const node = record(NODE, SELF, 990);
  for (const state of ['alive', 'dead'] as const)
    make(true).adopt(node, teller(HIGHER), event(SELF, state, 0), at(1000));
  expect([said, node.state]).toEqual([[`tell ${NODE}`], 'alive']);
});

test('Two kernels that each took the node for the other’s do not leave it to nobody', () => {
  for (const [other, judge] of [
    [HIGHER, SELF],
    [LOWER, LOWER],
  ] as const) {
    const node = record(NODE, other, 990);
    make(true).adopt(node, teller(other), event(SELF, 'alive', 0), at(1000));
    expect([other, node.judge]).toEqual([other, judge]);
    // The one has it now, and the other says again whose it is: its word may have come too early.
    expect(said.splice(0)).toContain(`tell ${NODE}`);
  }
});

test('A kernel that gave the node to another one passes that on; one that never had it does not', () => {
  const given = record(NODE, HIGHER, 0);
  make(true).adopt(given, teller(HIGHER), event(LOWER, 'dead', 9000), at(1000));
  expect([given.judge, given.state]).toEqual([LOWER, 'dead']);
  const other = record(NODE, 99, 0);
  make(true).adopt(other, teller(HIGHER), event(LOWER, 'dead', 0), at(1000));
  expect([other.judge, other.state]).toEqual([99, 'alive']);
});

test('A goodbye counts whoever heard it', () => {
  const node = record(NODE, SELF, 999);
  make(true).adopt(node, teller(HIGHER), event(HIGHER, 'left', 9000), at(1000));
  expect(node.state).toBe('left');
});

test('A kernel is judged by whoever hears its beacons, not by hearsay', () => {
  const kernel = record(NODE, SELF, 999, true);
  watched.add(NODE);
  make(false).adopt(kernel, teller(HIGHER), event(HIGHER, 'dead', 0), at(1000));
  expect(kernel.state).toBe('alive');
});

test('Since when a kernel is alive it tells itself, though it is judged here; of a dead one nobody does', () => {
  const kernel = record(NODE, SELF, 999, true);
  watched.add(NODE);
  make(false).adopt(kernel, teller(HIGHER), { ...event(HIGHER, 'alive', 0), heldMs: 50_000 }, at(1000));
  expect(kernel.since).toBe(0);
  make(true).adopt(kernel, kernel, { ...event(NODE, 'alive', 0), heldMs: 50_000 }, at(1000));
  expect([kernel.since, kernel.judge, said]).toEqual([-49_000, SELF, []]);
  kernel.state = 'dead';
  make(false).adopt(kernel, kernel, { ...event(NODE, 'alive', 0), heldMs: 7 }, at(1000));
  expect([kernel.since, kernel.state]).toEqual([-49_000, 'dead']);
});

test('The nodes of a lost kernel are judged here for the time being, but for the kernel itself and those who left: nobody is told', () => {
  const nodes = [record(1, HIGHER, 0), record(HIGHER, HIGHER, 0, true), record(2, LOWER, 0), record(3, HIGHER, 0)];
  Object.assign(nodes[3] as NodeRecord, { state: 'left' });
  const verdicts = make(true, nodes);
  verdicts.adoptOrphans(HIGHER, at(5));
  expect([nodes.map(({ judge }) => judge), said]).toEqual([[SELF, HIGHER, LOWER, HIGHER], ['watch 1']]);
  // It reports here now: that is told, once.
  for (const now of [6, 7]) verdicts.claim(nodes[0] as NodeRecord, at(now));
  expect(said).toEqual(['watch 1', 'tell 1']);
});

test('A node that answered a question and has no judge here goes to the kernel that says it is its own, or to this one in the end', () => {
  const [own, others] = [record(1, NOBODY, 0), record(NODE, NOBODY, 9_000)];
  const teller = record(HIGHER, SELF, 0, true);
  const verdicts = make(true, [own, others, teller]);
  verdicts.adopt(others, teller, event(HIGHER, 'alive', 9_000), at(9_001));
  expect([others.judge, said]).toEqual([HIGHER, [`tell ${NODE}`]]);
  said.length = 0;
  for (const now of [9_001, 9_400]) verdicts.awaitJudge(at(now));
  verdicts.advance(at(9_500));
  expect([own.judge, verdicts.nextWake()]).toEqual([NOBODY, 9_501]);
  verdicts.advance(at(9_501));
  expect([own.judge, others.judge, said]).toEqual([SELF, HIGHER, ['watch 1', 'tell 1']]);
});

test('A kernel asks the nodes of another that fell silent, and gives them back when that one is heard again', () => {
  const gone = record(HIGHER, SELF, 0, true);
  const nodes = [gone, record(1, HIGHER, 0), record(2, LOWER, 0), record(3, HIGHER, 0), record(4, HIGHER, 0)];
  const [, asked, , dead, board] = nodes as [NodeRecord, NodeRecord, NodeRecord, NodeRecord, NodeRecord];
  dead.state = 'dead';
  Object.assign(board, { abilities: { ...abilities, v1: true } });
  gone.state = 'suspect';
  make(false, nodes).kernelChanged(gone, at(5));
  expect(said).toEqual([]);
  const verdicts = make(true, nodes);
  verdicts.kernelChanged(gone, at(5));
  expect([said, asked.judge]).toEqual([['ask 1'], HIGHER]);
  gone.state = 'alive';
  asked.state = 'suspect';
  said = [];
  verdicts.kernelChanged(gone, at(6));
  verdicts.kernelChanged(gone, at(7));
  expect([said, [...watched], dead.state]).toEqual([[`alive: its judge is heard again by n${HIGHER}`], [], 'dead']);
});
