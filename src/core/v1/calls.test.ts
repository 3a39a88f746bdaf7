import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { codec } from '../../../test/vectors/codec.ts';
import { Random } from '../../base/random.ts';
import { decode } from '../../wire/decode.ts';
import type { V1Message } from '../../wire/message.ts';
import { encodeV1 } from '../../wire/v1.ts';
import { type Config, configure } from '../config.ts';
import { BoardCalls } from './calls.ts';

const BOARD = '10.77.0.11:5000';
const OTHER = '10.77.0.12:5000';

/** What an original program answered, as the answer to message `replyTo`. */
function vector(name: string, replyTo: string | undefined): V1Message {
  const text = readFileSync(new URL(`../../../test/vectors/v1/${name}.json`, import.meta.url), 'utf8');
  const decoded = decode(Uint8Array.from(Buffer.from(JSON.parse(text).hex, 'hex')), codec);
  if (!decoded.ok || decoded.protocol !== 1) throw new Error(`${name} is no v1 message`);
  return { ...decoded.message, replyTo };
}

function setUp(changes: Partial<Config> = {}) {
  const sent: { readonly to: string; readonly id: string; readonly payload: unknown }[] = [];
  const answers: unknown[] = [];
  const calls = new BoardCalls(configure(changes), new Random(1), {
    send(to, draft) {
      if (encodeV1({ ...draft, ts: 0 }, codec) === undefined) return false;
      expect([draft.type, draft.replyTo]).toEqual([3, undefined]);
      sent.push({ to, id: draft.id, payload: draft.payload });
      return true;
    },
    answered: (callId, from, result) => answers.push([callId, from, result]),
  });
  return { calls, sent, answers, read: (callId: number, to = BOARD) => calls.call(to, callId, 'read', undefined) };
}

test('BoardCalls asks a board as the original kernel does, and takes its answer once', () => {
  const { calls, sent, answers, read } = setUp();
  expect(read(7)).toBeUndefined();
  const id = sent[0]?.id;
  expect(sent).toEqual([{ to: BOARD, id: expect.stringMatching(/^0007[0-9a-f]{4}$/), payload: { op: 'read' } }]);
  expect(calls.receive(vector('rp2like_rpc_response', id), BOARD)).toBe(true);
  expect(answers).toEqual([[7, BOARD, { ok: true, value: { value: 28, unit: '°C' } }]]);
  expect([calls.receive(vector('rp2like_rpc_response', id), BOARD), answers.length, calls.size]).toEqual([false, 1, 0]);
});

test('BoardCalls passes on the sentence of an error', () => {
  const { calls, sent, answers, read } = setUp();
  for (const callId of [1, 2]) read(callId);
  calls.receive(vector('error_unknown_operation', sent[0]?.id), BOARD);
  calls.receive({ type: 6, id: 'a', ts: 0, payload: { error: 7 }, replyTo: sent[1]?.id }, BOARD);
  expect(answers).toEqual([
    [1, BOARD, { ok: false, code: 'FAILED', message: 'Unknown operation' }],
    [2, BOARD, { ok: false, code: 'FAILED', message: 'The board reports an error without a sentence.' }],
  ]);
});

test('BoardCalls takes an answer only from where it asked, to a message that it sent, and of the two types', () => {
  const { calls, sent, answers, read } = setUp();
  read(7);
  const id = sent[0]?.id;
  const refused = [
    calls.receive(vector('rp2like_rpc_response', id), OTHER),
    calls.receive(vector('rp2like_rpc_response', id), '10.77.0.11:5001'),
    calls.receive(vector('rp2like_rpc_response', 'deadbeef'), BOARD),
    calls.receive(vector('rp2like_rpc_response', undefined), BOARD),
    calls.receive(vector('heartbeat_temp', id), BOARD),
  ];
  expect([refused, answers, calls.size]).toEqual([[false, false, false, false, false], [], 1]);
});

test('BoardCalls repeats a request under its message id, and asks another board under another', () => {
  const { calls, sent, answers, read } = setUp();
  for (const to of [BOARD, BOARD, OTHER]) read(7, to);
  expect(sent.map(({ to }) => to)).toEqual([BOARD, BOARD, OTHER]);
  expect(sent[0]?.id).toBe(sent[1]?.id);
  expect(sent[0]?.id).not.toBe(sent[2]?.id);
  // Either may answer; the call ends with the first.
  calls.receive(vector('rp2like_rpc_response', sent[2]?.id), OTHER);
  calls.receive(vector('rp2like_rpc_response', sent[0]?.id), BOARD);
  expect([answers.length, calls.size]).toEqual([1, 0]);
});

test('BoardCalls never uses a message id that is in use, however alike the call ids are', () => {
  const { sent, calls } = setUp({ maxCalls: 3000 });
  for (let call = 0; call < 3000; call += 1) calls.call(BOARD, call * 0x10000 + 9, 'read', undefined);
  expect(new Set(sent.map(({ id }) => id)).size).toBe(3000);
  expect(sent.every(({ id }) => /^0009[0-9a-f]{4}$/.test(id))).toBe(true);
});

test('BoardCalls sends arguments along, refuses what fits no datagram, and remembers nothing of it', () => {
  const { calls, sent } = setUp();
  expect(calls.call(BOARD, 1, 'write', { text: 'hi' })).toBeUndefined();
  expect(calls.call(BOARD, 2, 'write', 'x'.repeat(1000))).toBe('TOO_LARGE');
  expect([sent.map(({ payload }) => payload), calls.size]).toEqual([[{ op: 'write', args: { text: 'hi' } }], 1]);
});

test('BoardCalls remembers the newest so many, and forgets those that ended', () => {
  const { calls, read, sent, answers } = setUp({ maxCalls: 2 });
  for (const callId of [1, 2, 1, 3]) expect(read(callId)).toBeUndefined();
  expect(calls.size).toBe(2);
  calls.forget(3);
  calls.forget(3);
  const taken = sent.map(({ id }) => calls.receive(vector('rp2like_rpc_response', id), BOARD));
  expect([taken, answers.length, calls.size]).toEqual([[false, true, false, false], 1, 0]);
});
