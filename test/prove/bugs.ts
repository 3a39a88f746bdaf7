/**
 * Deliberate bugs: each is put into a copy of the source, and the search must find it within 200 seeds and make it small.
 * So it is shown that the rules of a trial see what they are there for.
 *
 * @module
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { program } from '../netns.ts';
import { atMost, type Figure, type Proof } from './figure.ts';
import type { SearchReport } from './programs/search.ts';

/** What is written in exactly one place of the source, and what stands there instead. */
type Change = readonly [from: string, to: string];

interface Bug {
  readonly name: string;
  readonly changes: readonly Change[];
}

const SEEDS = 200;
const MOST_NODES = 5;
const MOST_FAULTS = 3;
const SOURCE = fileURLToPath(new URL('../../src/', import.meta.url));
/** The floors that a world is made of. */
const FLOORS = ['base', 'wire', 'core', 'os', 'services', 'sim'];

const bugs: readonly Bug[] = [
  {
    name: 'dedupe off',
    changes: [['if (known !== undefined) this.repeat(known, from, request, now);', 'if (false) return;']],
  },
  {
    name: 'epoch ignored',
    changes: [
      ["if (request.serverEpoch !== 0 && request.serverEpoch !== ownEpoch) return 'WRONG_EPOCH';", ''],
      ['else if (instance.node.epoch !== bound.epoch) this.leaveOpen(call, bound, RESTARTED, now);', ''],
    ],
  },
  {
    name: 'response matched by id alone',
    changes: [
      [
        `const attempt = call?.at(from);
    // Only a node of another epoch`,
        `const attempt = call?.current;
    // Only a node of another epoch`,
      ],
      [
        'if (call === undefined || attempt === undefined || (attempt.epoch !== epoch) !== otherEpoch) {',
        'if (call === undefined || attempt === undefined) {',
      ],
    ],
  },
  {
    name: 'breaker never half-opens',
    changes: [
      ['return elapsed(entry.openedAt, now) >= entry.openMs;', 'return false;'],
      ["if (entry?.is === 'open' && !this.isOver(entry, now)) this.halfOpen(key, entry, 'a sign of life');", ''],
    ],
  },
  {
    name: 'no re-announce after a partition',
    changes: [
      ["if (this.state.kind === 'alone' && this.tries >= LONELY_ANNOUNCEMENTS) return;", 'return;'],
      ['if (mine) announcer.ask(header.sender, from, now);', ''],
    ],
  },
  {
    name: 'age counted from the answer',
    changes: [['age: said.age + outcome.tookMs,', 'age: said.age,']],
  },
  {
    name: 'a suspect never dies',
    changes: [['if (inquiry.rounds < rounds) {', 'if (inquiry.rounds < 1e9) {']],
  },
];

export const deliberateBugs: Proof = {
  name: 'Deliberate bugs are found by the search and made small',
  run: async (size) => {
    const figures: Figure[] = [];
    for (const bug of size === 'full' ? bugs : bugs.slice(0, 1)) figures.push(...(await hunt(bug)));
    return figures;
  },
};

async function hunt({ name, changes }: Bug): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tdos-bug-'));
  try {
    for (const floor of FLOORS) cpSync(join(SOURCE, floor), join(folder, floor), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    for (const change of changes) put(folder, change);
    const { tried, rule, nodes, faults, command } = await search(folder);
    console.log(`  ${name}: ${rule} after ${tried} seeds: ${command}`);
    return [
      atMost(`${name}: seeds until it is found (${rule})`, tried, SEEDS),
      atMost(`${name}: nodes of the smallest trial`, nodes, MOST_NODES),
      atMost(`${name}: faults of the smallest trial`, faults, MOST_FAULTS),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws Error when the text is not there, or more than once: the bug would not be what its name says. */
function put(folder: string, [from, to]: Change): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => join(folder, name));
  const holders = files.filter((file) => readFileSync(file, 'utf8').includes(from));
  const [file] = holders;
  const pieces = file === undefined ? [] : readFileSync(file, 'utf8').split(from);
  if (file === undefined || holders.length > 1 || pieces.length !== 2)
    throw new Error(`the source has not exactly one: ${from}`);
  writeFileSync(file, pieces.join(to));
}

/** Searches in a process of its own, which loads the changed source. */
async function search(folder: string): Promise<SearchReport> {
  const url = new URL('./programs/search.ts', import.meta.url).href;
  const env = { TDOS_PROOF: JSON.stringify({ source: folder, from: 1, count: SEEDS }) };
  const running = program(`import ${JSON.stringify(url)};`, [], env);
  const code = await running.exit;
  const last = running.lines.findLast((line) => line.startsWith('{'));
  if (code !== 0 || last === undefined) throw new Error(`the search ended with ${code}:\n${running.lines.join('\n')}`);
  // What the program prints is its promise.
  return JSON.parse(last) as SearchReport;
}
