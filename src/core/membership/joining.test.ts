import { beforeEach, expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { after, instant } from '../../base/time.ts';
import { configure } from '../config.ts';
import { Joining } from './joining.ts';

const at = instant;
const [FIRST, SECOND] = [7, 8];

let said: string[];
let generation: number;
let joining: Joining;
let clock: number;

beforeEach(() => {
  said = [];
  generation = 1;
  clock = 0;
  joining = new Joining(configure(), new Random(1), {
    announce: (kernel) => said.push(`announce to ${kernel ?? 'all'}`),
    heartbeat: (kernel, intervalMs, lease) =>
      said.push(`${lease ? 'lease' : 'beat'} ${intervalMs} to ${kernel ?? 'all'}`),
    generation: () => generation,
    population: () => 3,
    judgeChanged: (kernel, was) => said.push(`judge ${was ?? 'none'} to ${kernel ?? 'none'}`),
  });
});

/** Lets `ms` pass and returns what was said in that time. */
function pass(ms: number): string[] {
  said.length = 0;
  for (const end = clock + ms; clock < end; clock += 1) joining.advance(at(clock));
  return [...said];
}
const count = (lines: readonly string[], line: string): number => lines.filter((one) => one === line).length;

function join(kernel: number, heartbeatMs = 1000): void {
  joining.heardKernel(kernel, heartbeatMs, 10, at(clock));
  pass(500);
  joining.welcomed(kernel, generation, heartbeatMs, at(clock));
}

test('Alone it announces itself six times with growing pauses, and beats to everybody', () => {
  joining.start(1, at(0));
  const lines = pass(20_000);
  expect(count(lines, 'announce to all')).toBe(6);
  expect(count(lines, 'beat 1000 to all')).toBeGreaterThanOrEqual(20);
  expect(count(lines, 'beat 1000 to all')).toBeLessThanOrEqual(23);
});

test('It announces itself to the first kernel it hears until that welcomes it, then beats to that one alone', () => {
  joining.start(1, at(0));
  pass(100);
  joining.heardKernel(FIRST, 900, 10, at(clock));
  joining.heardKernel(SECOND, 900, 10, at(clock));
  const lines = pass(3000);
  expect(count(lines, `announce to ${FIRST}`)).toBeGreaterThan(2);
  expect(count(lines, `announce to ${SECOND}`)).toBe(0);
  said.length = 0;
  joining.welcomed(FIRST, generation, 900, at(clock));
  expect([said, joining.judge]).toEqual([[`judge none to ${FIRST}`, `beat 900 to ${FIRST}`], FIRST]);
  expect(new Set(pass(5000))).toEqual(new Set([`beat 900 to ${FIRST}`]));
});

test('A welcome to an older generation does not count', () => {
  joining.start(1, at(0));
  joining.heardKernel(FIRST, 900, 1, at(0));
  generation = 2;
  joining.welcomed(FIRST, 1, 900, at(1));
  expect(joining.judge).toBeUndefined();
});

test('A change of what it offers is announced at once to its judge, until that has it', () => {
  joining.start(1, at(0));
  join(FIRST);
  generation = 2;
  joining.changed(at(clock));
  expect(pass(1)).toEqual([`announce to ${FIRST}`]);
  expect(count(pass(1000), `announce to ${FIRST}`)).toBeGreaterThan(1);
  joining.welcomed(FIRST, 2, 1000, at(clock));
  expect(count(pass(5000), `announce to ${FIRST}`)).toBe(0);
});

test('When its judge is lost it goes to the next one, or shows everybody that it lives', () => {
  joining.start(1, at(0));
  join(FIRST);
  joining.lost(SECOND, undefined, at(clock));
  expect(joining.judge).toBe(FIRST);
  joining.lost(FIRST, SECOND, at(clock));
  expect(count(pass(500), `announce to ${SECOND}`)).toBeGreaterThan(0);
  joining.welcomed(SECOND, 1, 1000, at(clock));
  said.length = 0;
  joining.lost(SECOND, undefined, at(clock));
  expect(said).toEqual([`judge ${SECOND} to none`, 'beat 1000 to all']);
  expect(pass(1)).toEqual(['announce to all']);
});

test('Nodes whose kernel restarted do not announce themselves all at once', () => {
  const moments = Array.from({ length: 20 }, (_, seed) => {
    const port = { announce: () => undefined, heartbeat: () => undefined, judgeChanged: () => undefined };
    const one = new Joining(configure(), new Random(seed), { ...port, generation: () => 1, population: () => 50 });
    one.start(1, at(0));
    one.advance(at(50));
    one.heardKernel(FIRST, 1000, 50, at(50));
    one.welcomed(FIRST, 1, 1000, at(60));
    one.lost(FIRST, FIRST, at(100));
    return one.nextWake() ?? 0;
  });
  expect(Math.max(...moments) - Math.min(...moments)).toBeGreaterThan(50);
});

test('No kernel makes it beat more often than the floor, nor less than once a minute', () => {
  for (const [asked, kept] of [
    [0, 800],
    [1, 800],
    [2100, 2100],
    [0xffff_ffff, 60_000],
  ] as const) {
    joining.start(1, at(clock));
    joining.heardKernel(FIRST, asked, 1, at(clock));
    joining.welcomed(FIRST, 1, asked, at(clock));
    expect([asked, joining.intervalMs]).toEqual([asked, kept]);
    joining.heardKernel(FIRST, asked, 1, at(clock));
    expect([asked, joining.intervalMs]).toEqual([asked, kept]);
    joining.stop();
  }
});

test('While it sleeps it does not beat; it does when the lease ends or is given up', () => {
  joining.start(1, at(0));
  join(FIRST);
  said.length = 0;
  joining.lease(5000, at(clock));
  expect(said).toEqual([`lease 5000 to ${FIRST}`]);
  expect(pass(5000)).toEqual([`lease 4970 to ${FIRST}`, `lease 4940 to ${FIRST}`]);
  expect(pass(1000)).toContain(`beat 1000 to ${FIRST}`);
  joining.lease(5000, at(clock));
  said.length = 0;
  joining.lease(0, at(clock));
  expect(said).toEqual([`beat 1000 to ${FIRST}`]);
});

test('A lease is told three times to each new judge, with what is left of it, and again when one seems to have lost it', () => {
  joining.start(1, at(0));
  join(FIRST);
  joining.lease(60_000, at(clock));
  pass(1000);
  said.length = 0;
  joining.lost(FIRST, SECOND, at(clock));
  pass(500);
  said.length = 0;
  joining.welcomed(SECOND, generation, 1000, at(clock));
  expect(said).toEqual([`judge none to ${SECOND}`, `lease 58500 to ${SECOND}`]);
  expect(pass(1000)).toEqual([`lease 58470 to ${SECOND}`, `lease 58440 to ${SECOND}`]);
  said.length = 0;
  joining.refute(at(clock));
  expect([...said, ...pass(1000)]).toEqual([57_500, 57_470, 57_440].map((left) => `lease ${left} to ${SECOND}`));
  joining.changed(at(clock));
  pass(1);
  said.length = 0;
  joining.welcomed(SECOND, generation, 1000, at(clock));
  expect(said).toEqual([`lease 56499 to ${SECOND}`]);
  pass(100);
  said.length = 0;
  joining.lost(SECOND, undefined, at(clock));
  expect(said).toEqual([`judge ${SECOND} to none`, 'lease 56399 to all']);
  joining.lease(0, at(clock));
  expect(pass(100).filter((line) => line.startsWith('lease'))).toEqual([]);
});

test('Stopped, or never started, it says nothing', () => {
  joining.heardKernel(FIRST, 1000, 1, at(0));
  joining.changed(at(0));
  joining.refute(at(0));
  expect([pass(3000), joining.nextWake()]).toEqual([[], undefined]);
  joining.start(1, at(clock));
  joining.stop();
  expect([pass(3000), after(at(0), 0)]).toEqual([[], 0]);
});
