import { beforeEach, expect, test } from 'vitest';
import { codec } from '../../../test/vectors/codec.ts';
import { Random } from '../../base/random.ts';
import { instant } from '../../base/time.ts';
import type { Message } from '../../wire/message.ts';
import { configure } from '../config.ts';
import { Trust, type TrustPort, type Verdict } from './trust.ts';

const at = instant;
const OWN_EPOCH = 30;
const HOME = '10.0.0.7:5000';
const AWAY = '10.6.6.6:666';

interface Challenge {
  readonly to: string;
  readonly nonce: number;
  readonly sequence: number;
  readonly epoch: number;
}

let trust: Trust;
let challenges: Challenge[];
let introduced: number[];
let facts: {
  known: number;
  doubted: boolean;
  begins: boolean;
  refuses: boolean;
  awaited: number[];
  announcement: number;
};

beforeEach(() => {
  challenges = [];
  introduced = [];
  facts = { known: 0, doubted: false, begins: false, refuses: false, awaited: [], announcement: 0 };
  trust = make();
});

/** Every challenge of this node has the number 1000 and more, and is remembered for as long as the test lasts. */
function make(changes: Parameters<typeof configure>[0] = {}): Trust {
  const port: TrustPort = {
    sentLately: (sequence) => sequence >= 1000,
    awaits: (callId) => facts.awaited.includes(callId),
    isDoubted: () => facts.doubted,
    refuses: () => facts.refuses,
    begins: () => facts.begins,
    matters: () => true,
    knownEpoch: () => facts.known,
    ownEpoch: () => OWN_EPOCH,
    population: () => 1,
    challenge: (_node, to, nonce, sequence, epoch) => challenges.push({ to, nonce, sequence, epoch }),
    introduce: (_node, _address, _sequence, maxBytes) => {
      introduced.push(maxBytes);
      return facts.announcement;
    },
    met: () => undefined,
  };
  return new Trust(
    { config: configure(changes), codec, random: new Random(5), secret: new Uint8Array(32), now: at(0) },
    port,
  );
}

const heartbeat: Message = { type: 'heartbeat', generation: 1, intervalMs: 800, lease: false, load: 0 };
const alive = (id: number, value = 1000): Message => ({ type: 'ack', id, kind: 'alive', value });

interface Said {
  readonly message?: Message;
  readonly epoch?: number;
  readonly from?: string;
  readonly addressed?: boolean;
  readonly size?: number;
  readonly sender?: number;
}

function say(sequence: number, now: number, said: Said = {}): Verdict {
  const { message = heartbeat, epoch = 50, from = HOME, addressed = true, size = 100, sender = 7 } = said;
  return trust.judge({ sender, epoch, sequence, addressed, key: 1 }, message, size, from, at(now));
}

const last = (): Challenge => challenges.at(-1) ?? { to: '', nonce: 0, sequence: 0, epoch: 0 };

/** The sender has proved its epoch by the answer to a challenge, with the number 10. */
function proved(now = 0, from = HOME): void {
  say(9, now, { from });
  expect(say(10, now, { message: alive(last().nonce), from })).toBe('believed');
}

test('A sender is challenged, and believed once it answers; each number counts once', () => {
  expect([say(9, 0), challenges]).toEqual(['unproved', [{ to: HOME, nonce: last().nonce, sequence: 9, epoch: 50 }]]);
  const answer = { message: alive(last().nonce) };
  expect([say(10, 1, answer), say(11, 2), say(11, 3), say(10, 4, answer), say(9, 5)]).toEqual([
    'believed',
    'believed',
    'replayed',
    'replayed',
    'replayed',
  ]);
});

test('An answer counts only when it is addressed, comes from where it was asked, and names a number sent lately', () => {
  say(9, 0);
  const { nonce } = last();
  const message = alive(nonce);
  expect(say(10, 1, { message, addressed: false })).toBe('unproved');
  expect(say(10, 1, { message, from: AWAY })).toBe('unproved');
  expect(say(10, 1, { message: alive(nonce, 999) })).toBe('unproved');
  expect(say(10, 1, { message: alive(nonce + 1) })).toBe('unproved');
  expect(say(10, 1, { message, epoch: 51 })).toBe('unproved');
  expect(say(10, 1, { message, sender: 8 })).toBe('unproved');
  expect(say(10, 1, { message })).toBe('believed');
});

test('An answer that is not addressed confirms nobody who is known either', () => {
  facts.begins = true;
  proved();
  say(11, 2000);
  const message = alive(last().nonce);
  say(12, 2001, { message, addressed: false });
  expect(say(13, 2002)).toBe('stale');
  expect([say(14, 2003, { message }), say(15, 2004)]).toEqual(['believed', 'believed']);
});

test('A challenge counts for the slot of time in which it was asked and the next', () => {
  say(9, 1999);
  const message = alive(last().nonce);
  expect(say(10, 3999, { message })).toBe('believed');
  trust = make();
  say(9, 1999);
  expect(say(10, 4000, { message: alive(last().nonce) })).toBe('unproved');
});

test('A CHALLENGE proves its sender when it names a number sent lately, and this epoch or a higher one', () => {
  const challenge = (sequence: number, epoch: number): Message => ({ type: 'challenge', nonce: 1, sequence, epoch });
  expect(say(1, 0, { message: challenge(999, OWN_EPOCH) })).toBe('unproved');
  expect(say(2, 0, { message: challenge(1000, OWN_EPOCH - 1) })).toBe('unproved');
  expect(say(3, 0, { message: challenge(1000, OWN_EPOCH), addressed: false })).toBe('unproved');
  expect(say(4, 0, { message: challenge(1000, OWN_EPOCH) })).toBe('believed');
});

test('An answer to what this node asked proves its sender; to what it did not ask, nothing', () => {
  trust.sent(7, { type: 'probe', nonce: 77 });
  facts.awaited = [5];
  const welcome = { type: 'welcome', generation: 1, version: 1, term: 1, heartbeatMs: 800, time: 0 } as const;
  const proofs: [Message, Verdict][] = [
    [{ ...welcome, nonce: 78 }, 'unproved'],
    [{ ...welcome, nonce: 77 }, 'believed'],
    [{ ...welcome, nonce: 1000 }, 'believed'],
    [alive(77), 'believed'],
    [alive(77, 3), 'unproved'],
    [{ type: 'ack', id: 77, kind: 'vouched', value: 3 }, 'believed'],
    [{ type: 'ack', id: 77, kind: 'working', value: 0 }, 'unproved'],
    [{ type: 'ack', id: 5, kind: 'working', value: 0 }, 'believed'],
    [{ type: 'response', callId: 6, value: 1 }, 'unproved'],
    [{ type: 'response', callId: 5, value: 1 }, 'believed'],
    [{ type: 'error', callId: 5, code: 'BUSY', message: '' }, 'believed'],
    [{ type: 'goodbye', generation: 1, services: undefined }, 'unproved'],
  ];
  for (const [place, [message, verdict]] of proofs.entries()) {
    // Another epoch each time, which is to be proved anew.
    expect([message, say(1, 0, { message, epoch: 60 + place, addressed: false })]).toEqual([message, 'unproved']);
    expect([message, say(2, 0, { message, epoch: 60 + place })]).toEqual([message, verdict]);
  }
});

test('What begins something unsafe is taken within 1 s of the answer to a challenge, and of no other proof', () => {
  facts.begins = true;
  trust.sent(7, { type: 'probe', nonce: 77 });
  expect(say(1, 0, { message: alive(77) })).toBe('believed');
  expect([say(2, 1), last()]).toEqual(['stale', { to: HOME, nonce: last().nonce, sequence: 2, epoch: 50 }]);
  say(3, 2, { message: alive(last().nonce) });
  expect([say(4, 3), say(5, 1002), say(6, 1003)]).toEqual(['believed', 'believed', 'stale']);
});

test('An answer to a challenge counts once, and nothing sent before it is taken after it', () => {
  facts.begins = true;
  proved();
  say(12, 2000);
  const message = alive(last().nonce);
  expect(say(15, 2001, { message })).toBe('believed');
  expect([say(14, 2002), say(13, 2003), say(16, 2004)]).toEqual(['replayed', 'replayed', 'believed']);
  facts.begins = false;
  expect(say(17, 3500, { message })).toBe('believed');
  facts.begins = true;
  expect(say(18, 3501)).toBe('stale');
});

test('An old answer that met a nonce by chance opens nothing: windows never go back within an epoch', () => {
  proved();
  expect([say(20, 1), say(30, 2), say(31, 2)]).toEqual(['believed', 'believed', 'believed']);
  facts.begins = true;
  say(40, 3000);
  const message = alive(last().nonce);
  expect([say(20, 3001, { message }), say(31, 3002, { message })]).toEqual(['replayed', 'replayed']);
  expect([say(25, 3002), say(30, 3002), say(41, 3002)]).toEqual(['replayed', 'replayed', 'stale']);
});

test('From another address nothing is taken; once the old one is silent the new one is asked, and no number is used up', () => {
  proved();
  expect([say(11, 1499, { from: AWAY }), challenges.length]).toEqual(['moved', 1]);
  expect([say(11, 1500, { from: AWAY }), last().to]).toEqual(['moved', AWAY]);
  // The datagram itself arrives after the copy that somebody sent on.
  expect(say(11, 1501)).toBe('believed');
  const message = alive(last().nonce);
  expect(say(12, 1502, { message, from: AWAY })).toBe('moved');
  expect([say(13, 3100, { message, from: AWAY }), say(14, 3101, { from: AWAY })]).toEqual(['believed', 'believed']);
});

test('Who seemed dead is heard again by what it says now, not by what somebody kept', () => {
  proved();
  facts.doubted = true;
  expect([say(11, 2000), last().sequence]).toEqual(['stale', 11]);
  expect(say(12, 2001, { message: alive(last().nonce) })).toBe('believed');
  expect(say(13, 2002)).toBe('believed');
});

test('An old epoch is told the higher one that is known, here or to others', () => {
  proved();
  expect([say(99, 100, { epoch: 49 }), last().epoch]).toEqual(['old-epoch', 50]);
  facts.known = 60;
  expect([say(99, 200), last().epoch]).toEqual(['old-epoch', 60]);
});

test('A node that took an epoch twice, with numbers that went back, is told to begin above', () => {
  const high = 0x20_0000;
  say(high, 0);
  expect(say(high + 1, 0, { message: alive(last().nonce) })).toBe('believed');
  expect([say(3, 5000), last()]).toEqual(['replayed', { to: HOME, nonce: last().nonce, sequence: 3, epoch: 50 }]);
  expect([say(4, 5001, { message: alive(last().nonce) }), last()]).toEqual([
    'replayed',
    { to: HOME, nonce: last().nonce, sequence: 4, epoch: 51 },
  ]);
});

test('Nobody is asked for what it said a while ago, however often that is repeated', () => {
  proved(0);
  for (let time = 0; time < 100; time++) say(time % 11, 100 * time);
  expect(challenges).toHaveLength(1);
});

test('A flood of repeated datagrams takes no challenge from those who are known', () => {
  proved();
  for (let node = 100; node < 5000; node++) say(1, 2000, { sender: node, from: `${AWAY}${node}` });
  const asked = challenges.length;
  say(1, 2000, { sender: 99, from: AWAY });
  expect(challenges.length).toBe(asked);
  facts.begins = true;
  expect([say(11, 2000), last().sequence]).toEqual(['stale', 11]);
});

test('Strangers get no more bytes than they send, whatever they send', () => {
  let [sent, got] = [512, 0];
  const kinds: Message[] = [
    heartbeat,
    { type: 'probe', nonce: 1 },
    { type: 'goodbye', generation: 1, services: undefined },
  ];
  for (let time = 0; time < 3000; time++) {
    const before = challenges.length;
    const verdict = say(1, time * 20, { sender: time, size: 26 + (time % 4), message: kinds[time % 3] ?? heartbeat });
    sent += 26 + (time % 4);
    if (verdict === 'stranger') got += 33;
    got += 36 * (challenges.length - before);
  }
  expect(got).toBeLessThanOrEqual(sent);
  expect(got).toBeGreaterThan(sent / 4);
});

test('A probe of a stranger is answered, and a call for another epoch refused, not more often than challenges are', () => {
  const probe: Message = { type: 'probe', nonce: 1 };
  expect([say(1, 0, { message: probe }), say(2, 1, { message: probe }), say(3, 50, { message: probe })]).toEqual([
    'stranger',
    'unproved',
    'stranger',
  ]);
  facts.refuses = true;
  expect([say(4, 100), challenges]).toEqual(['stranger', []]);
});

test('A kernel that spoke to all is told who this node is, or asked when that would be more than it sent; six times at most', () => {
  const beacon: Message = {
    type: 'beacon',
    term: 1,
    version: 1,
    digest: 1,
    nodes: 1,
    beaconMs: 1000,
    heartbeatMs: 800,
    time: 0,
  };
  const run = (from: number, until: number): void => {
    for (let now = from; now < until; now++) trust.advance(at(now));
  };
  facts.announcement = 200;
  say(1, 0, { message: beacon, addressed: false, size: 54 });
  run(0, 100);
  expect([introduced, challenges]).toEqual([[566], []]);
  facts.announcement = 0;
  run(100, 5000);
  expect([introduced.slice(1), challenges.map(({ sequence }) => sequence)]).toEqual([
    [366, 330, 294, 258, 222],
    [1, 1, 1, 1, 1],
  ]);
  expect(say(2, 5001, { message: alive(last().nonce) })).toBe('believed');
});

test('More kernels than there is room for are left out, and a known one is not asked', () => {
  trust = make({ maxErrands: 3 });
  const query: Message = {
    type: 'query',
    nonce: 1,
    kernel: true,
    subscribe: false,
    sinceEpoch: 0,
    since: 0,
    service: '',
  };
  for (const sender of [1, 2, 3, 4, 5]) say(1, 0, { message: query, addressed: false, sender });
  trust.sent(2, { type: 'probe', nonce: 77 });
  expect(say(2, 1, { message: alive(77), sender: 2 })).toBe('believed');
  for (let now = 0; now < 150; now++) trust.advance(at(now));
  expect(challenges).toHaveLength(2);
});

test('Of more nodes than fit the longest silent is forgotten, and its old datagrams count for nothing then', () => {
  trust = make({ maxNodes: 2 });
  facts.awaited = [5];
  const answer: Message = { type: 'response', callId: 5, value: 1 };
  for (const sender of [1, 2, 3, 4, 5]) expect(say(10, sender, { message: answer, sender })).toBe('believed');
  facts.awaited = [];
  expect(say(11, 100, { sender: 2 })).toBe('believed');
  expect([say(11, 101, { sender: 1 }), say(12, 101, { message: answer, sender: 1 })]).toEqual(['unproved', 'unproved']);
});

test('A bundle proves what one of its messages proves, and is refused as a whole', () => {
  facts.awaited = [5];
  const answer = (callId: number) => ({ type: 'response', callId, value: 1 }) as const;
  const bundle = (...callIds: number[]): Message => ({ type: 'bundle', messages: callIds.map(answer) });
  expect(say(10, 1, { message: bundle(4, 6) })).toBe('unproved');
  expect(say(10, 2, { message: bundle(4, 5), addressed: false })).toBe('unproved');
  expect(say(10, 3, { message: bundle(4, 5) })).toBe('believed');
  expect(say(10, 4, { message: bundle(4, 5) })).toBe('replayed');
});
