import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codec } from '../../../test/vectors/codec.ts';
import { Random } from '../../base/random.ts';
import { instant } from '../../base/time.ts';
import { decode } from '../../wire/decode.ts';
import type { NodeId, V1Message } from '../../wire/message.ts';
import { type Config, configure } from '../config.ts';
import { Boards } from './boards.ts';

/** A datagram that an original program sent. */
function vector(name: string): V1Message {
  const text = readFileSync(new URL(`../../../test/vectors/v1/${name}.json`, import.meta.url), 'utf8');
  const decoded = decode(Uint8Array.from(Buffer.from(JSON.parse(text).hex, 'hex')), codec);
  if (!decoded.ok || decoded.protocol !== 1) throw new Error(`${name} is no v1 message`);
  return decoded.message;
}

const message = (type: number, payload: Record<string, unknown>): V1Message => ({
  ...{ type, id: 'a', ts: 0, replyTo: undefined },
  payload,
});
const announce = (service: string, port = 5000, more = {}) => message(1, { service, port, ...more });
const beat = (service: string) => message(5, { service, status: 'healthy' });

/** The boards seen, and a log: what is new in full, signs of life, and who is gone. */
function setUp(changes: Partial<Config> = {}, taken: readonly NodeId[] = []) {
  const log: string[] = [];
  const sent: unknown[] = [];
  const ids = new Map<string, NodeId>();
  const boards = new Boards(configure(changes), codec, new Random(1), {
    heard({ id, address, announce: said }, changed) {
      ids.set(address, id);
      const [offer] = said.services;
      const labels = JSON.stringify(offer?.labels);
      const news = `${offer?.name} ${offer?.capabilities} ${labels} at ${address}, generation ${said.generation}`;
      log.push(changed ? `${said.name}: ${news}` : `${said.name} lives`);
    },
    gone: (id) => log.push(`gone: ${[...ids].find((entry) => entry[1] === id)?.[0]}`),
    taken: (id) => taken.includes(id),
    broadcast: (draft) => sent.push(draft),
  });
  return {
    ...{ boards, ids, sent },
    took: () => log.splice(0),
    hear: (what: V1Message, from: string, ms = 0) => boards.receive(what, from, instant(ms)),
  };
}

test('Boards takes a board with the original program for a node, at the port that it announces', () => {
  const { boards, hear, took, ids } = setUp();
  expect(hear(vector('announce_temp'), '10.77.0.11:46612')).toBe(true);
  expect(hear(vector('heartbeat_temp'), '10.77.0.11:46612')).toBe(true);
  expect(hear(vector('announce_temp'), '10.77.0.11:46612')).toBe(true);
  expect(took()).toEqual([
    'v1-10.77.0.11: temp_sensor read {"sensor_type":"simulated"} at 10.77.0.11:5000, generation 1',
    'v1-10.77.0.11 lives',
    'v1-10.77.0.11 lives',
  ]);
  expect([boards.size, boards.at('10.77.0.11:5000')]).toEqual([1, ids.get('10.77.0.11:5000')]);
  expect([boards.at('10.77.0.11:46612'), boards.has(1)]).toEqual([undefined, false]);
});

test('Boards describes a board as one that speaks v1 only and takes one datagram', () => {
  const seen: unknown[] = [];
  const port = { gone: () => undefined, taken: () => false, broadcast: () => undefined };
  const boards = new Boards(configure(), codec, new Random(1), {
    ...port,
    heard: (board) => seen.push(board),
  });
  boards.receive(vector('announce_temp'), '10.77.0.11:46612', instant(0));
  const abilities = { kernel: false, helper: false, inflates: false, v1: true, takesKiB: 1, window: 1 };
  const service = { index: 0, name: 'temp_sensor', version: '1.0.0', labels: { sensor_type: 'simulated' } };
  const said = {
    type: 'announce',
    nonce: 0,
    generation: 1,
    part: 0,
    parts: 1,
    protocol: { min: 1, max: 1 },
    abilities,
  };
  expect(seen).toEqual([
    {
      // FNV-1a of "v1 10.77.0.11:5000".
      id: 0x865f6ad6,
      address: '10.77.0.11:5000',
      announce: {
        ...said,
        intervalMs: 5000,
        name: 'v1-10.77.0.11',
        services: [{ ...service, capabilities: ['read'] }],
      },
    },
  ]);
});

test('Boards tells two boards with one service apart, and two ports of one machine', () => {
  const { hear, took, boards } = setUp();
  hear(announce('temp'), '10.0.0.1:40000');
  hear(announce('temp'), '10.0.0.2:40000');
  hear(announce('temp', 5001), '10.0.0.2:40001');
  hear(beat('temp'), '10.0.0.2:40001');
  hear(beat('temp'), '10.0.0.2:40000');
  hear(beat('temp'), '10.0.0.1:40000');
  expect(took().slice(3)).toEqual(['v1-10.0.0.2-5001 lives', 'v1-10.0.0.2 lives', 'v1-10.0.0.1 lives']);
  expect(boards.size).toBe(3);
});

test('Boards knows a board that restarted by its ip and service, when only one fits', () => {
  const { hear, took } = setUp();
  hear(announce('temp'), '10.0.0.1:40000');
  hear(announce('light', 5001), '10.0.0.1:40001');
  took();
  hear(beat('light'), '10.0.0.1:50000');
  expect(took()).toEqual(['v1-10.0.0.1-5001 lives']);
  hear(announce('temp', 5002), '10.0.0.1:40002');
  took();
  expect(hear(beat('temp'), '10.0.0.1:50001')).toBe(false);
  expect(took()).toEqual([]);
});

test('Boards tells the services of one program apart, and forgets the socket that it had before', () => {
  const { hear, took, boards } = setUp();
  hear(announce('temp'), '10.0.0.1:40000');
  hear(announce('light', 5001), '10.0.0.1:40000');
  hear(announce('temp', 5002), '10.0.0.1:40000');
  expect(boards.size).toBe(3);
  took();
  hear(beat('light'), '10.0.0.1:40000');
  hear(announce('temp', 5002), '10.0.0.1:40000');
  hear(announce('temp', 5002), '10.0.0.1:40001');
  expect(took()).toEqual(['v1-10.0.0.1-5001 lives', 'v1-10.0.0.1-5002 lives', 'v1-10.0.0.1-5002 lives']);
  expect(hear(beat('temp'), '10.0.0.1:40000')).toBe(false);
});

test('Boards assumes no further board where several may have sent the heartbeat', () => {
  const { hear, boards } = setUp();
  hear(announce('temp', 5001), '10.0.0.1:40000');
  hear(announce('temp', 5002), '10.0.0.1:40001');
  expect([hear(beat('temp'), '10.0.0.1:40002'), boards.size]).toEqual([false, 2]);
});

test('Boards takes the newest announcement on a port for what is served there', () => {
  const { hear, took, boards } = setUp();
  hear(announce('temp'), '10.0.0.1:40000');
  hear(announce('light'), '10.0.0.1:40001');
  expect(took()[1]).toBe('v1-10.0.0.1: light read {} at 10.0.0.1:5000, generation 2');
  expect(hear(beat('temp'), '10.0.0.1:40000')).toBe(false);
  hear(beat('light'), '10.0.0.1:40001');
  expect([took(), boards.size]).toEqual([['v1-10.0.0.1 lives'], 1]);
});

test('Boards learns a board from its heartbeat, and assumes the usual port', () => {
  const { hear, took } = setUp();
  hear(vector('heartbeat_temp'), '10.0.0.1:40000');
  hear(vector('heartbeat_temp'), '10.0.0.1:40000');
  hear(vector('announce_temp'), '10.0.0.1:40000');
  expect(took()).toEqual([
    'v1-10.0.0.1: temp_sensor read {"port":"assumed"} at 10.0.0.1:5000, generation 1',
    'v1-10.0.0.1 lives',
    'v1-10.0.0.1: temp_sensor read {"sensor_type":"simulated"} at 10.0.0.1:5000, generation 2',
  ]);
});

test('Boards drops what it assumed when the announcement names another port', () => {
  const { hear, took, boards } = setUp();
  hear(beat('temp'), '10.0.0.1:40000');
  took();
  hear(announce('temp', 6000), '10.0.0.1:40000');
  expect(took()).toEqual(['gone: 10.0.0.1:5000', 'v1-10.0.0.1-6000: temp read {} at 10.0.0.1:6000, generation 1']);
  hear(beat('temp'), '10.0.0.1:40000');
  expect([took(), boards.size]).toEqual([['v1-10.0.0.1-6000 lives'], 1]);
});

test('Boards holds on to an assumed board once it has announced itself', () => {
  const { hear, took, boards } = setUp();
  hear(beat('temp'), '10.0.0.1:40000');
  hear(announce('temp'), '10.0.0.1:40000');
  took();
  hear(announce('temp', 6000), '10.0.0.1:40000');
  expect([took(), boards.size]).toEqual([['v1-10.0.0.1-6000: temp read {} at 10.0.0.1:6000, generation 1'], 2]);
});

test('Boards assumes nothing about a heartbeat from a machine whose usual port serves something else', () => {
  const { hear, boards } = setUp();
  hear(announce('temp'), '10.0.0.1:40000');
  expect([hear(beat('light'), '10.0.0.1:40001'), boards.size]).toEqual([false, 1]);
});

test('Boards holds only `read` for safe, and passes a mark on', () => {
  const { hear, took } = setUp();
  hear(announce('pump', 5000, { capabilities: ['read', 'run', 'stop!', 7, '', 'run'] }), '10.0.0.1:40000');
  expect(took()).toEqual(['v1-10.0.0.1: pump read,run!,stop! {} at 10.0.0.1:5000, generation 1']);
});

test('Boards cuts an announcement that no v2 datagram could pass on to what matters', () => {
  const { hear, took } = setUp();
  const capabilities = Array.from({ length: 32 }, (_, at) => `${at}${'x'.repeat(60)}`);
  hear(announce('pump', 5000, { capabilities, sensor_type: 'big' }), '10.0.0.1:40000');
  expect(took()).toEqual(['v1-10.0.0.1: pump read {} at 10.0.0.1:5000, generation 1']);
});

test('Boards takes no node that speaks v2 for a board, nor what makes no sense', () => {
  const { hear, boards, took } = setUp();
  const refused = [
    announce('temp', 5000, { tdos: 2 }),
    message(5, { service: 'temp', tdos: 2 }),
    ...[announce(''), announce('temp', 0), announce('temp', 65_536), announce('temp', 1.5)],
    ...[message(1, {}), message(1, { service: 'temp', port: '5000' }), message(5, { service: 7 })],
    ...[message(2, { service: 'temp' }), message(9, { service: 'temp', port: 5000 })],
  ];
  expect(refused.map((what) => hear(what, '10.0.0.1:40000'))).toEqual(refused.map(() => false));
  expect([boards.size, took()]).toEqual([0, []]);
});

test('Boards never takes the id of a v2 node, and makes way for one', () => {
  const free = setUp();
  free.hear(announce('temp'), '10.0.0.1:40000');
  const id = free.ids.get('10.0.0.1:5000') ?? 0;
  const { hear, took, ids, boards } = setUp({}, [id, id + 1]);
  hear(announce('temp'), '10.0.0.1:40000');
  expect(ids.get('10.0.0.1:5000')).toBe(id + 2);
  took();
  boards.makeWay(id + 2, instant(0));
  expect(took()).toEqual(['gone: 10.0.0.1:5000', 'v1-10.0.0.1: temp read {} at 10.0.0.1:5000, generation 1']);
  expect([boards.has(id + 2), boards.size]).toEqual([false, 1]);
  hear(beat('temp'), '10.0.0.1:40000');
  expect(took()).toEqual(['v1-10.0.0.1 lives']);
});

test('Boards fills at most half of the registry, and drops only who is long silent for a new one', () => {
  const { hear, boards, took } = setUp({ maxNodes: 4 });
  hear(announce('temp'), '10.0.0.1:1');
  hear(announce('temp'), '10.0.0.2:1', 10_000);
  hear(beat('temp'), '10.0.0.1:1', 20_000);
  took();
  const early = [announce('temp'), beat('temp')].map((what) => hear(what, '10.0.0.3:1', 39_999));
  expect([...early, hear(announce('temp'), '10.0.0.3:1', 40_000)]).toEqual([false, false, true]);
  expect(took()).toEqual(['gone: 10.0.0.2:5000', 'v1-10.0.0.3: temp read {} at 10.0.0.3:5000, generation 1']);
  expect(boards.size).toBe(2);
});

test('Boards.forget() lets a board begin anew', () => {
  const { hear, boards, took, ids } = setUp();
  hear(announce('temp'), '10.0.0.1:1');
  boards.forget(ids.get('10.0.0.1:5000') ?? 0);
  boards.forget(12);
  expect(boards.size).toBe(0);
  took();
  hear(beat('temp'), '10.0.0.1:1');
  expect(took()).toEqual(['v1-10.0.0.1: temp read {"port":"assumed"} at 10.0.0.1:5000, generation 1']);
});

test('Boards asks once who is there, marked as a node of v2', () => {
  const { boards, sent } = setUp();
  boards.start();
  expect(sent).toEqual([
    { type: 2, id: expect.stringMatching(/^[0-9a-f]{8}$/), payload: { tdos: 2 }, replyTo: undefined },
  ]);
});

test('Boards stays in bounds and consistent, whatever comes', () => {
  const ip = fc.integer({ min: 1, max: 3 }).map((n) => `10.0.0.${n}`);
  const from = fc.tuple(ip, fc.integer({ min: 1, max: 3 })).map(([host, port]) => `${host}:${port}`);
  const service = fc.constantFrom('a', 'b', 'c');
  const what = fc.oneof(
    fc.tuple(service, fc.constantFrom(5000, 5001, 5002)).map(([name, port]) => announce(name, port)),
    service.map(beat),
    fc.tuple(fc.integer({ min: 0, max: 6 }), fc.dictionary(fc.string(), fc.jsonValue())).map(([t, p]) => message(t, p)),
    fc
      .record({
        service: fc.jsonValue(),
        port: fc.jsonValue(),
        capabilities: fc.jsonValue(),
        sensor_type: fc.jsonValue(),
      })
      .map((payload) => message(1, payload)),
    fc.jsonValue().map((capabilities) => announce('a', 5000, { capabilities: [capabilities, { toString: 1 }] })),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(what, from), { maxLength: 60 }), (steps) => {
      const live = new Set<NodeId>();
      const boards = new Boards(configure({ maxNodes: 10 }), codec, new Random(1), {
        heard: ({ id }, changed) => {
          expect(changed || live.has(id)).toBe(true);
          live.add(id);
        },
        gone: (id) => expect(live.delete(id)).toBe(true),
        taken: () => false,
        broadcast: () => undefined,
      });
      steps.forEach(([received, source], step) => {
        boards.receive(received, source, instant(step * 4000));
        expect([boards.size, [...live].every((id) => boards.has(id))]).toEqual([live.size, true]);
        expect(boards.size).toBeLessThanOrEqual(5);
      });
    }),
  );
});
