/**
 * Somebody without the key, who sees every datagram and may send any from any address, against real nodes: nothing gets in, and
 * nobody notices.
 *
 * @module
 */
import { atLeast, atMost, type Figure, type Proof, percentile, type Size } from './figure.ts';
import { makeLan, noMachines, spyAt } from './network.ts';
import type { Attack } from './programs/attacker.ts';
import type { Look } from './programs/member.ts';
import { type Actor, Scene } from './scene.ts';
import { timeUntil } from './until.ts';

const GROWTH_MB = 20;
const SETTLE_MS = 20_000;
const LONGEST_MS = 600_000;
/** ms. The small attack runs beside other tests. */
const P99_MS = { full: 50, small: 2000 } as const;
const SIZES = {
  full: { count: 1_000_000, warmUp: 100_000, rate: 9000 },
  small: { count: 20_000, warmUp: 5000, rate: 4000 },
} as const;
/** Share of what was sent that nodes may refuse besides, of each other. */
const SLACK = 0.001;
/** The kernel of the cluster, a server, and a reader. */
const TARGETS = ['10.94.0.1', '10.94.0.2', '10.94.0.3'] as const;

export const redteam: Proof = {
  name: 'An attacker on the network (redteam)',
  skipped: noMachines,
  run: (size) => Scene.play((scene) => attacked(scene, size)),
};

interface Stage {
  readonly members: readonly Actor[];
  readonly attacker: Actor;
}

async function attacked(scene: Scene, size: Size): Promise<Figure[]> {
  const { members, attacker } = await setUp(scene, size);
  const [, , reader] = members as [Actor, Actor, Actor];
  await attacker.ask<Attack>('warm', LONGEST_MS);
  const before = await looks(members);
  await reader.ask('report');
  const attack = await attacker.ask<Attack>('attack', LONGEST_MS);
  const account = await reader.ask<{ readonly failures: string[]; readonly latencies: number[] }>('report');
  let after = await looks(members);
  const growth = (): number => Math.max(...after.map(({ rss }, at) => (rss - (before[at]?.rss ?? 0)) / 2 ** 20));
  // The engine gives memory back when it has been idle for some seconds.
  const settled = await looks(members);
  await timeUntil(SETTLE_MS, async () => {
    after = await looks(members);
    return growth() < GROWTH_MB;
  });
  if (account.failures.length > 0) console.log(`  the first read that failed: ${account.failures[0]}`);
  for (const [at, { view }] of settled.entries())
    if (`${view}` !== `${before[at]?.view}`)
      console.log(`  ${TARGETS[at]} saw ${before[at]?.view}\n  and sees ${view}`);
  const reads = (settled[1]?.reads ?? 0) - (before[1]?.reads ?? 0);
  return [
    atLeast('hostile datagrams', sum(attack.sent), SIZES[size].count),
    atLeast('datagrams that the attacker recorded', attack.recorded, 500),
    atMost('views that changed', settled.filter(({ view }, at) => `${view}` !== `${before[at]?.view}`).length, 0),
    atMost('unsafe operations that ran', (settled[1]?.heats ?? 0) - (before[1]?.heats ?? 0), 0),
    atMost('reads that ran beside those of the reader', Math.abs(reads - account.latencies.length), reads / 50),
    atLeast('reads during the attack', account.latencies.length, Math.floor(attack.tookMs / 40)),
    atMost('failed reads', account.failures.length, 0),
    atMost('99 % of the reads are answered within', percentile(account.latencies, 0.99), P99_MS[size], 'ms'),
    atMost('the largest process has grown by, once settled', growth(), GROWTH_MB, 'MB'),
    ...TARGETS.flatMap((ip, at) => counted(ip, attack.sent[ip] ?? 0, before[at], settled[at])),
  ];
}

/** Lives that are over when the attack begins, for it to repeat them; then the members that it is to meet. */
async function setUp(scene: Scene, size: Size): Promise<Stage> {
  const lan = await makeLan(scene, 'bridge');
  const tap = spyAt(scene, lan);
  const attacker = scene.actor('attacker', { tap, targets: TARGETS, seed: 2, ...SIZES[size] }, lan.hub);
  await attacker.next();
  const [a, b, c] = lan.machines;
  const start = async (): Promise<Actor[]> => {
    const members = [
      scene.actor('member', { name: 'kernel', interface: 'eth0', kernel: true }, a),
      scene.actor('member', { name: 'server', interface: 'eth0', serves: true }, b),
      scene.actor('member', { name: 'reader', interface: 'eth0' }, c),
    ];
    for (const member of members) await member.next();
    await members[2]?.ask('call', LONGEST_MS);
    return members;
  };
  const visit = async (name: string): Promise<void> => {
    const guest = scene.actor('member', { name, interface: 'eth0' }, c);
    await guest.next();
    await guest.ask('call', LONGEST_MS);
    await guest.running.stop();
  };
  const lives = await start();
  // Nobody that begins anew will know it: what it said is a stranger's then.
  await visit('stranger');
  for (const member of lives) await member.running.stop();
  const members = await start();
  await visit('guest');
  await members[2]?.ask('beat');
  // The guest is dead by then, and all know it.
  await timeUntil(30_000, async () => (await looks(members)).every(({ view }) => `${view}`.includes('guest dead')));
  return { members, attacker };
}

const looks = (members: readonly Actor[]): Promise<Look[]> =>
  Promise.all(members.map((member) => member.ask<Look>('look')));

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((all, n) => all + n, 0);

/** What a machine was sent is what it refused, under one name or another, and what its sockets had no room for. */
function counted(ip: string, sent: number, before: Look | undefined, after: Look | undefined): Figure[] {
  const refused = sum(after?.refused ?? {}) - sum(before?.refused ?? {});
  const dropped = (after?.drops ?? 0) - (before?.drops ?? 0);
  const names = Object.entries(after?.refused ?? {}).map(
    ([name, times]) => `${name.slice('refused.'.length)} ${times - (before?.refused[name] ?? 0)}`,
  );
  console.log(`  ${ip}: sent ${sent}, no room for ${dropped}, refused ${refused}: ${names.join(', ')}`);
  return [
    atMost(`${ip}: hostile datagrams that are in no counter`, Math.max(0, sent - refused - dropped), 0),
    atMost(`${ip}: refused beside these`, Math.max(0, refused + dropped - sent), sent * SLACK + 10),
  ];
}
