import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { Board } from './board.ts';
import type { Version } from './messages.ts';
import { KEY, library } from './programs.ts';

interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly refusal?: string;
  readonly deflated?: boolean;
  readonly receiver?: number;
}

const folder = new URL('../vectors/v2/', import.meta.url);
const vectors = readdirSync(folder).map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Vector);
/** These boards take no bundles, and so get none. */
const sealed = vectors.filter(
  ({ name, refusal }) => name.startsWith('sealed-') && name !== 'sealed-bundle' && refusal === undefined,
);
const open = vectors.filter(
  ({ name, refusal }) => !name.startsWith('sealed-') && name !== 'bundle' && refusal === undefined,
);
const refused = vectors.filter(({ refusal }) => refusal !== undefined);

const boards: Board[] = [];
afterAll(() => Promise.all(boards.map((board) => board.powerOff())));

/** Runs Python with the library until it is through, and gives what it printed. */
async function run(program: string, version: Version = '1.27', files = {}): Promise<string[]> {
  const board = new Board({ discoveryPort: 4000, flash: { ...library(), ...files }, program, version, heap: 'grows' });
  boards.push(board);
  board.powerOn();
  await board.until(() => board.ended !== undefined, 10_000, 'end');
  expect(board.ended).toEqual({ error: undefined });
  return board.lines;
}

const files = {
  'sealed.json': JSON.stringify(sealed),
  'open.json': JSON.stringify(open),
  'refused.json': JSON.stringify(refused),
};

const HELPERS = `
import json
from binascii import hexlify, unhexlify

import tdos

KEY = "${KEY}"


class Air:
    """A socket that keeps what is sent, and gives what is put in."""

    def __init__(self):
        self.sent = []
        self.waiting = []
        self.address = ("192.168.4.2", 4001)

    def sendto(self, data, address):
        self.sent.append(bytes(data))

    def recvfrom(self, size):
        if not self.waiting:
            raise OSError(11)
        return self.waiting.pop(0), self.address


def make(**settings):
    node = tdos.Node(None, **settings)
    air = Air()
    node.sockets = [(air, None)]
    return node, air


def load(name):
    with open(name) as file:
        return json.load(file)
`;

const SEAL = `${HELPERS}
text = lambda data: hexlify(data).decode()
print(text(tdos.hmac(b"\\x0b" * 20, b"Hi There")))
print(text(tdos.hmac(b"Jefe", b"what do ya want for nothing?")))
print(tdos.Seal(KEY).id, tdos.Seal(KEY.lower().replace("-", " ").replace("0", "o").replace("1", "l")).id)
for wrong in ("", KEY[:-1], KEY[:-1] + "X", KEY.replace("P", "Q")):
    try:
        print("taken", tdos.Seal(wrong))
    except tdos.TdosError as error:
        print(error.code)
`;

test('HMAC is that of RFC 4231, and a key is read as people type it', async () => {
  expect(await run(SEAL, '1.23')).toEqual([
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    '214 214',
    ...Array.from({ length: 4 }, () => 'BAD_CONFIG'),
  ]);
});

const WRITE = `${HELPERS}
for name, settings in (("open.json", {"open": True}), ("sealed.json", {"key": KEY})):
    for vector in load(name):
        if vector.get("deflated"):
            continue
        node, air = make(**settings)
        data = unhexlify(vector["hex"])
        node.id, node.epoch = 0x0A0B0C0D, 7
        node._sequence = 0x01020303
        node._send(data[1], data[16 : -8 if data[2] & 2 else 1024], ("192.168.4.2", 4001), vector.get("receiver", 1) if data[2] & 4 else 0)
        if air.sent != [data]:
            print(vector["name"], hexlify(air.sent[0]), vector["hex"])
print("done")
`;

test('Headers and seals are written as in the vectors', async () => {
  expect(await run(WRITE, '1.25', files)).toEqual(['done']);
});

const READ = `${HELPERS}
for vector in load("open.json"):
    node, air = make(open=True)
    air.waiting.append(unhexlify(vector["hex"]))
    node.take(air, None)
    # Its block holds no whole request.
    if node.fault and vector["name"] != "block-request":
        print(vector["name"], repr(node.fault))
for vector in load("sealed.json"):
    node, air = make(key=KEY)
    data = bytearray(unhexlify(vector["hex"]))
    node.id = vector.get("receiver", node.id)
    good = bytes(data)
    for at in range(len(data)):
        data[at] ^= 1
        air.waiting.append(bytes(data))
        data[at] ^= 1
    while air.waiting:
        node.take(air, None)
    unmoved = not node.peers and not air.sent
    air.waiting.append(good)
    node.take(air, None)
    # Nobody who merely has the key is believed: it is asked to prove that it is there, or is not answered at all.
    print(vector["name"], unmoved, len(node.peers), [data[1] for data in air.sent])
node, air = make(open=True)
node.provide("temp_sensor", lambda: 21)
for vector in load("refused.json"):
    air.waiting.append(unhexlify(vector["hex"]))
    node.take(air, None)
air.sent = []
air.waiting.append(unhexlify("d20204000b0b0b0b00000007010203040000002a000000000000000000"))
node.take(air, None)
node.advance()
while node._answer:
    node.advance()
print("answers", air.sent[-1][1], hexlify(air.sent[-1][16:20]).decode())
`;

test('A bit that is not the sender’s is noticed, and nothing that is received stops a node', async () => {
  const lines = await run(READ, '1.27', files);
  const challenge = 11;
  expect(lines).toEqual([
    ...sealed.map(
      ({ name }) => `${name} True 1 [${name === 'sealed-challenge' || name === 'sealed-beacon' ? '' : challenge}]`,
    ),
    'answers 1 0000002a',
  ]);
});

const FRESH = `${HELPERS}
import struct

runs = []
node, air = make(key=KEY)
node.provide("soil_sensor", {"read": lambda: 41, "calibrate!": lambda: runs.append(1)})
seal = tdos.Seal(KEY)
sequence = 1000


def hear(kind, body, number=None):
    """What a PC says, under the next sequence number."""
    global sequence
    sequence += 1
    data = struct.pack(">BBBBIII", 0xD2, kind, 6, seal.id, 77, 5, number or sequence) + body
    air.waiting.append(data + seal.tag(data, node.id))
    air.sent = []
    node.take(air, None)
    return [(data[1], data[16:-8]) for data in air.sent]


def prove():
    nonce, about, epoch = struct.unpack(">III", challenge[0][1])
    return hear(7, struct.pack(">IBI", nonce, 2, node._sequence))


read = struct.pack(">IIHBB", 9, 0, 3000, 4, 1) + b'["soil_sensor"]'
calibrate = lambda call: struct.pack(">IIHBB", call, 0, 3000, 4, 1) + b'["soil_sensor","calibrate"]'
challenge = hear(3, read)
print("stranger", [kind for kind, _ in challenge])
prove()
print("proved", hear(3, read))
print("repeated", hear(3, read, sequence), node.counts["replay"])
print("unsafe", hear(3, calibrate(10)), len(runs))
print("twice", hear(3, calibrate(10)), len(runs))
tdos.time.sleep_ms(1100)
challenge = hear(3, calibrate(11))
print("later", [kind for kind, _ in challenge], len(runs))
sequence += 1
kept = sequence  # not heard before the next proof
air.address = ("192.168.4.3", 4001)
prove()
air.address = ("192.168.4.2", 4001)
tdos.time.sleep_ms(60)
challenge = hear(3, calibrate(11))
print("proof from elsewhere", tdos._address(node.peers[77])[0], [kind for kind, _ in challenge], len(runs))
prove()
print("proved", hear(3, calibrate(11)), len(runs))
print("from before", hear(3, read, kept), node.counts["replay"])
tdos.time.sleep_ms(1100)
prove()
print("proof twice", [kind for kind, _ in hear(3, calibrate(12))], len(runs))
tdos.time.sleep_ms(60)
flags = lambda: node.peers[77][2] & 2
node.peers[77][2] |= 2
challenge = hear(3, read)
print("suspect", [kind for kind, _ in challenge], flags())
prove()
print("alive", [kind for kind, _ in hear(3, read)], flags())
`;

test('A stranger proves that it is there before it is served, and again before what is not safe', async () => {
  expect(await run(FRESH)).toEqual([
    'stranger [11]',
    "proved [(4, b'\\x00\\x00\\x00\\t41')]",
    'repeated [] 1',
    "unsafe [(4, b'\\x00\\x00\\x00\\n')] 1",
    "twice [(4, b'\\x00\\x00\\x00\\n')] 1",
    'later [11] 1',
    'proof from elsewhere 192.168.4.2 [11] 1',
    "proved [(4, b'\\x00\\x00\\x00\\x0b')] 2",
    'from before [] 2',
    'proof twice [11] 2',
    'suspect [11] 2',
    'alive [4] 0',
  ]);
});

const ALONE = `${HELPERS}
node, air = make(open=True)
node._join(5, 0)
node.peer(5, 7, ("192.168.4.2", 4001))
node.advance()
print("joining", [(data[1], data[2]) for data in air.sent])
node.joined = True
node._announce_at = None
air.sent = []
node._beat_at = tdos._in(10000)
node._kernel_until = tdos._in(10000)
node.advance()
print("joined", node.kernel, [data[1] for data in air.sent])
node._kernel_until = tdos._in(0)
node.advance()
print("silent", node.kernel, node.joined, [(data[1], data[2]) for data in air.sent])
`;

test('A node whose kernel is silent shows itself to everybody', async () => {
  expect(await run(ALONE)).toEqual(['joining [(1, 4), (5, 0)]', 'joined 5 []', 'silent 0 False [(1, 0), (5, 0)]']);
});
