"""TDOS for MicroPython: this board as a node of the cluster. Copy this one file to the board.

    import tdos

    node = tdos.Node()  # what config.json says
    node.provide("temp_sensor", lambda: {"value": 21.5, "unit": "°C"})
    tdos.run(node)

The order is that of a datagram's way up: wire, seal, peers (who is it, and is it fresh), joining, serving, calls,
handles, v1, and at the end the board with its Wi-Fi. PROTOCOL.md has the bytes. One core, two sockets, and nothing
blocks but what an operation does itself. Every table has a limit; what goes beyond is dropped and counted in
`node.counts`. The code is plain and repeats little, because all of it lives in the board's heap.
"""

import asyncio
import gc
import hashlib
import json
import machine
import os
import random
import socket
import struct
import time
from array import array
from collections import namedtuple
from time import ticks_add, ticks_diff, ticks_ms

from micropython import const

# --- wire ---------------------------------------------------------------------------------------------------------

_ANNOUNCE = const(1)
_QUERY = const(2)
_REQUEST = const(3)
_RESPONSE = const(4)
_HEARTBEAT = const(5)
_ERROR = const(6)
_ACK = const(7)
_PROBE = const(9)
_CHALLENGE = const(11)
_WELCOME = const(12)
_BLOCK = const(14)

_SEALED = const(2)
_ADDRESSED = const(4)

_MAX_BODY = const(1000)
_BLOCK_BYTES = const(989)
_TAKES_KIB = const(4)

_ALIVE = const(2)  # a kind of ACK; 0: working, 1: the blocks below a number arrived


class TdosError(Exception):
    """A fault with a code to switch on (`error.code`) and a sentence to show."""

    def __init__(self, code, words=None):
        super().__init__(words or code)
        self.code = code


def dumps(value):
    """Compact JSON, as bytes."""
    return json.dumps(value, separators=(",", ":")).encode()


def inflate(data, kind, size):
    """Inflates what a board takes at most; ValueError or OSError for more, or for damaged data."""
    import deflate
    import io

    data = deflate.DeflateIO(io.BytesIO(data), kind, size).read(_TAKES_KIB * 1024 + 1)
    if len(data) > _TAKES_KIB * 1024:
        raise ValueError
    return data


def _u32():
    """A random number that is not 0: nonces, call ids, where sequence numbers begin."""
    return _first(os.urandom(4)) or 1


def _first(body):
    return struct.unpack_from(">I", body)[0]


def _in(ms):
    return ticks_add(ticks_ms(), int(ms))


def _since(at):
    return ticks_diff(ticks_ms(), at)


def _is_due(at):
    return at is not None and ticks_diff(at, ticks_ms()) <= 0


def _backoff(tries, ms):
    """ms before the next try: doubling from 0.2 s, jittered."""
    return min(200 << min(tries, 8), ms) * (205 + random.getrandbits(6)) >> 8


# --- seal ---------------------------------------------------------------------------------------------------------


def hmac(key, data):
    """HMAC-SHA256; the key has at most 64 bytes."""
    key = int.from_bytes(key + bytes(64 - len(key)), "big")
    for pad in b"6\\":
        data = hashlib.sha256((key ^ int.from_bytes(bytes((pad,)) * 64, "big")).to_bytes(64, "big") + data).digest()
    return data


class Seal:
    """The seal of one cluster key. `text` is the key's text form: 14 groups of 4 characters."""

    def __init__(self, text):
        key = count = 0
        for part in text.upper():
            value = "0123456789ABCDEFGHJKMNPQRSTVWXYZOIL".find(part)
            if value >= 0:
                # O is read as 0, I and L as 1.
                key = key << 5 | (value if value < 32 else value > 32)
                count += 1
        root = hmac(b"tdos", (key >> 24).to_bytes(32, "big"))
        tag = int.from_bytes(hmac(root, b"check\x01")[:3], "big") >> 4
        if count != 56 or key & 0xFFFFFF != tag:
            raise TdosError("BAD_CONFIG", "The cluster key has a typing error: copy it again.")
        self.id = 1 + hmac(root, b"key id\x01")[0] % 255
        self.key = hmac(root, b"seal v2\x01")

    def tag(self, data, receiver):
        """The tag of a header and body; `receiver` is the node id of who it is for, 0 for everybody."""
        return hmac(self.key, data + struct.pack(">I", receiver) if receiver else data)[:8]


# --- peers --------------------------------------------------------------------------------------------------------

# The table of peers holds 32; calls, calls that came in and choices have their limits where they are made. A name for each
# would stand in the heap for ever.
#
# What is known of a node are twelve words of 32 bits: 64 bytes of heap, where an object would take 200.
_EPOCH = const(0)
_IP = const(1)
_DOOR = const(2)  # port << 16 | flags
_HIGH = const(3)  # the highest sequence number addressed to this board,
_SEEN = const(4)  # which of the 32 up to it came,
_FLOOR = const(5)  # and what was the highest 2 to 4 s ago: nothing up to that is taken
_NEXT = const(6)
_TURNED_AT = const(7)
_HIGH_ALL = const(8)  # the highest sequence number of a broadcast: these are taken upwards only
_PROVED_AT = const(9)
_HEARD_AT = const(10)
_LINK = const(11)  # unanswered tries << 8 | KiB it takes

_PROVED = const(1)  # its epoch echoed a nonce of ours
_DOWN = const(2)  # suspect, dead or left
_NEW_KEY = const(4)  # heard under the newest key
_SPEAKS_V1 = const(8)  # a board with the original programs


def _address(peer):
    ip = peer[_IP]
    return "%d.%d.%d.%d" % (ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255), peer[_DOOR] >> 16


def _place(peer, address):
    a, b, c, d = address[0].split(".")
    peer[_IP] = int(a) << 24 | int(b) << 16 | int(c) << 8 | int(d)
    peer[_DOOR] = address[1] << 16 | peer[_DOOR] & 0xFFFF


def _is_fresh(peer, sequence, addressed):
    """Whether the number was not there before. Each is taken once, and not long after later ones."""
    if not addressed:
        if sequence <= peer[_HIGH_ALL]:
            return False
        peer[_HIGH_ALL] = sequence
        return True
    since = _since(peer[_TURNED_AT])
    if not 0 <= since < 2000:
        peer[_FLOOR] = peer[_NEXT] if 0 <= since < 4000 else peer[_HIGH]
        peer[_NEXT] = peer[_HIGH]
        peer[_TURNED_AT] = ticks_ms()
    ahead = sequence - peer[_HIGH]
    if ahead > 0:
        peer[_SEEN] = (peer[_SEEN] << min(ahead, 32) | 1) & 0xFFFFFFFF
        peer[_HIGH] = sequence
        return True
    if ahead <= -32 or sequence <= peer[_FLOOR] or peer[_SEEN] >> -ahead & 1:
        return False
    peer[_SEEN] |= 1 << -ahead
    return True


# --- the node -----------------------------------------------------------------------------------------------------


class Node:
    """This board in the cluster.

    The settings come from the file `config` and from keyword arguments, which win: `name`; `key`, the cluster key as
    text, or a list of two of them, the newest first; `open=True` for a cluster without a key; `allow_v1`; `wifi`.
    """

    def __init__(self, config="config.json", **settings):
        self.settings = config and read_json(config) or {}
        self.settings.update(settings)
        keys = self.settings.get("key") or [None]
        self._seals = [text and Seal(text) for text in ([keys] if isinstance(keys, str) else keys)]
        if not self._seals[0] and not self.settings.get("open"):
            raise TdosError("BAD_CONFIG", "config.json has no `key`: put in the cluster's, or `open`: true.")
        self._v1 = self.settings.get("allow_v1")
        self.counts = {"faults": 0}
        self.fault = None  # the last thing that went wrong
        self.services = {}
        self.generation = 1
        self.peers = {}
        self._challenges = []  # (nonce, node, when, address): ours, not answered yet
        self._sequence = _u32() >> 1
        self._marks = self._sequence, self._sequence  # what it was 10 to 20 s, and up to 10 s ago
        self._mark_at = _in(10000)
        self._announces = []  # the sequence numbers of the last announcements
        # The id is the chip's, so that a copied file makes no twin. The epoch grows with every start; where it is lost,
        # it begins anywhere, and others tell what it was.
        self.id = _first(hashlib.sha256(machine.unique_id()).digest()) or 1
        state = read_json("tdos.state")
        kept = state and state[0] == self.id and 0 < state[1] < 0xFFFF0000
        self._restart(state[1] + 1 + random.getrandbits(10) if kept else _u32() >> 1 or 1)
        self.name = self.settings.get("name") or "board-%08x" % self.id
        self.sockets = []  # (socket, the service it is for, in v1)
        # Joining: the kernel that judges this board, if there is one.
        self.kernel = 0
        self.joined = False
        self._beacon = self._version = self._tries = 0
        self._beat_ms = 800
        self._kernel_until = self._beat_at = self._announce_at = self._v1_at = ticks_ms()
        self._answer = self._rest_until = None
        # Exchange.
        self._served = {}
        self._running = 0
        self._calls = {}
        self._handles = []
        self._sending = self._arriving = None

    def _restart(self, epoch):
        """Goes on under another epoch."""
        if epoch >= 0xFFFF0000:
            self.id, epoch = _u32(), 1
        self.epoch = epoch
        try:
            # Whole or not at all: a power cut leaves the old file.
            with open("tdos.tmp", "w") as file:
                json.dump([self.id, epoch], file)
            os.rename("tdos.tmp", "tdos.state")
        except OSError as error:
            self.fault = error  # the flash is full

    def count(self, name):
        self.counts[name] = self.counts.get(name, 0) + 1

    def failed(self, error):
        """What went wrong is kept to be looked at. It may be that there is no memory, so this needs none."""
        self.fault = error
        self.count("faults")
        gc.collect()

    # --- the way out ----------------------------------------------------------------------------------------------

    def _send(self, kind, body, to=None, node=0):
        """One message: to everybody, or to the address `to`, where `node` is."""
        if self._sequence > 0xFFFFFF00:
            self._sequence = _u32() >> 1
            self._marks = self._sequence, self._sequence
            self._restart(self.epoch + 1)
            self._lose_kernel()
        keys = self._seals
        if to and len(keys) > 1:
            # The newest key that the node was heard to use.
            peer = self.peers.get(node)
            keys = keys[:1] if peer and peer[_DOOR] & _NEW_KEY else keys[1:]
        for seal in keys:
            self._sequence += 1
            if kind == _ANNOUNCE:
                self._announces = self._announces[-3:] + [self._sequence]
            flags = (_ADDRESSED if node else 0) | (_SEALED if seal else 0)
            key = seal.id if seal else 0
            data = struct.pack(">BBBBIII", 0xD2, kind, flags, key, self.id, self.epoch, self._sequence) + body
            self.transmit(data + seal.tag(data, node) if seal else data, to)

    def _send_to(self, node, kind, body):
        peer = self.peers.get(node)
        if peer:
            self._send(kind, body, _address(peer), node)

    def transmit(self, data, to, service=None):
        """Bytes, by the node's own socket or by that of a service. What cannot go is as good as lost on the air."""
        for sock, name in self.sockets:
            if name == service:
                try:
                    sock.sendto(data, to or ("255.255.255.255", 4000))
                except OSError:
                    self.count("not-sent")

    # --- the way up -----------------------------------------------------------------------------------------------

    def take(self, sock, service):
        """What waits in a socket, a few at once: time must go on too. Nothing that comes does harm."""
        for _ in range(8):
            try:
                data, address = sock.recvfrom(1024)
            except OSError:
                return
            except MemoryError as error:
                return self.failed(error)
            try:
                if data[0] == 0xD2:
                    self._receive(data, address)
                elif self._v1:
                    self._receive_v1(data, address, service)
            except Exception as error:
                # What makes no sense, or needs more memory than there is.
                self.failed(error)

    def _receive(self, data, address):
        _, kind, flags, key, sender, epoch, sequence = struct.unpack_from(">BBBBIII", data)
        if not 0 < kind < 16 or flags > 7 or not sender or not epoch:
            raise ValueError
        end = len(data)
        seal = self._seals[0]
        if seal:
            end -= 8
            for seal in self._seals:
                if seal.id == key:
                    break
            receiver = self.id if flags & _ADDRESSED else 0
            if end < 16 or not flags & _SEALED or seal.tag(data[:end], receiver) != data[end:]:
                return self.count("sealed")
        elif flags & _SEALED or key:
            return self.count("sealed")
        if sender == self.id:
            if epoch > self.epoch:
                self.id = _u32()  # a twin
            return
        body = data[16:end]
        if flags & 1:  # deflated
            body = inflate(body, 1, 10)
        self._sequence_heard = sequence
        peer = self._meet(kind, sender, epoch, flags & _ADDRESSED, address, body)
        if peer:
            peer[_HEARD_AT] = ticks_ms()
            peer[_LINK] &= 255
            peer[_DOOR] = peer[_DOOR] & ~_DOWN | (_NEW_KEY if seal is self._seals[0] else 0)
        elif kind != _PROBE and kind != _CHALLENGE:
            return
        take = _TAKE[kind]
        if take:
            take(self, sender, address, body)

    def _meet(self, kind, sender, epoch, addressed, address, body):
        """Who is it, and is it fresh? Gives the peer, or None for what must not be believed."""
        sequence = self._sequence_heard
        peer = self.peer(sender, epoch, address)
        known = peer[_EPOCH]
        proved = peer[_DOOR] & _PROVED
        if not self._seals[0]:
            if epoch >= known:
                peer[_EPOCH] = epoch
                _place(peer, address)
                return peer
        else:
            proof = addressed and not (proved and epoch < known) and self._proves(kind, sender, address, body)
            if proved and epoch == known:
                if not _is_fresh(peer, sequence, addressed):
                    return self.count("replay")
                # Who was taken for dead shows first that it speaks now.
                if proof or _address(peer) == address and not peer[_DOOR] & _DOWN:
                    _place(peer, address)
                    if proof and kind == _ACK:
                        peer[_FLOOR] = sequence
                    return peer
            elif proof:
                _place(peer, address)
                peer[_DOOR] |= _PROVED
                peer[_EPOCH] = epoch
                peer[_HIGH] = peer[_HIGH_ALL] = peer[_FLOOR] = peer[_NEXT] = sequence
                peer[_SEEN] = 0xFFFFFFFF
                peer[_TURNED_AT] = ticks_ms()
                return peer
        if kind == 15 and not self.kernel:  # a beacon
            # An announcement that echoes it is the quickest way to know each other.
            self._answer = _in(random.getrandbits(6)), address, sender, sequence
        elif kind != _PROBE and kind != _CHALLENGE:
            self._challenge(sender, address, known if epoch < known and (proved or not self._seals[0]) else epoch)

    def _proves(self, kind, sender, address, body):
        """Whether it echoes what this board said lately: proof that it is of now."""
        nonce = _first(body)
        if kind == _CHALLENGE:
            return self._said(_first(body[4:]))
        if kind == _ACK and body[4] == _ALIVE or kind == _ANNOUNCE:
            for challenge in self._challenges:
                if challenge[0] == nonce and challenge[1] == sender and challenge[3] == address:
                    self._challenges.remove(challenge)
                    self.peers[sender][_PROVED_AT] = ticks_ms()
                    return _since(challenge[2]) < 10000
        if kind == _WELCOME and nonce in self._announces:
            return True
        if kind == _WELCOME or kind == _ANNOUNCE:
            for handle in self._handles:
                if handle.nonce == nonce:
                    return True
        if kind == _RESPONSE or kind == _ERROR or kind == _BLOCK or kind == _ACK and body[4] != _ALIVE:
            return nonce in self._calls and sender in self._calls[nonce].sends

    def _said(self, sequence):
        """Whether it is the number of something that this board sent in the last 10 to 20 s."""
        return self._marks[0] < sequence <= self._sequence

    def peer(self, node, epoch, address):
        """The record of a node. The longest silent one makes room for a new one."""
        peer = self.peers.get(node)
        if peer is None:
            if len(self.peers) >= 32:
                best = -1
                for id, peer in self.peers.items():
                    since = _since(peer[_HEARD_AT])
                    if since > best and id != self.kernel:
                        best, last = since, id
                del self.peers[last]
            self.peers[node] = peer = array("I", bytes(48))
            peer[_EPOCH] = epoch
            peer[_HEARD_AT] = ticks_ms()
            _place(peer, address)
        return peer

    def _challenge(self, node, address, known):
        """Asks who cannot be believed yet to prove that it is there, in its latest epoch."""
        for challenge in self._challenges:
            if challenge[1] == node and 0 <= _since(challenge[2]) < 50:
                return
        nonce = _u32()
        self._challenges = self._challenges[-7:] + [(nonce, node, ticks_ms(), address)]
        self._send(_CHALLENGE, struct.pack(">III", nonce, self._sequence_heard, known), address, node)

    def _challenged(self, sender, address, body):
        nonce, sequence, known = struct.unpack(">III", body)
        if not self._said(sequence) or 0 < known < self.epoch:
            return
        if known > self.epoch:
            self._restart(known + 1)
            return self._lose_kernel()
        self._probed(sender, address, body)
        if sender == self.kernel or not self.joined:
            self._announce(address, sender, nonce)
        # What it did not take is sent again.
        for call in self._calls.values():
            if call.at == sender:
                call.next_at = ticks_ms()
        for handle in self._handles:
            if handle.tries:
                handle.next_at = ticks_ms()

    def _probed(self, sender, address, body):
        self._send(_ACK, body[:4] + struct.pack(">BI", _ALIVE, self._sequence_heard), address, sender)

    # --- joining --------------------------------------------------------------------------------------------------

    def provide(self, name, ops, version="1.0.0", labels=None):
        """Offers a service: a function that reads it, or operations by name: `{"read": f, "calibrate!": g}`.

        An operation gets what the caller sent along, if anything, and gives JSON; it may be async. `!` marks one that
        is not safe to run twice."""
        if callable(ops):
            ops = {"read": ops}
        self.services[name] = (ops, dumps([name, version, labels or {}, sorted(ops)]))
        self._offers_changed()
        if self.sockets:
            self.open_sockets()

    def withdraw(self, name=None):
        """No longer offers a service; without a name: says goodbye."""
        if name:
            del self.services[name]
            self._offers_changed()
        self._send(8, struct.pack(">H", self.generation) + (dumps([name]) if name else b""))

    def _offers_changed(self):
        self.generation = self.generation % 0xFFFF + 1
        self._tries = 0
        self._announce_at = ticks_ms()

    def _announce(self, to=None, node=0, nonce=0):
        """All offers: in one datagram, or in one for each."""
        services = []
        for index, (_, offer) in enumerate(self.services.values()):
            services.append(b"[%d," % index + offer[1:])
        name = dumps(self.name)
        body = b",".join(services)
        if len(body) + len(name) < 970:
            services = [body]
        for part, body in enumerate(services):
            data = struct.pack(
                ">IHBBBBBBBI", nonce, self.generation, part, len(services), 2, 2, 4, _TAKES_KIB, 1, self._interval()
            )
            self._send(_ANNOUNCE, data + b"[" + name + b",[" + body + b"]]", to, node)

    def _interval(self):
        return self._beat_ms if self.joined else max(1000, 36 * len(self.peers))

    def _beat(self):
        rest = self._rest_until is not None
        beat = max(0, -_since(self._rest_until)) if rest else self._interval()
        body = struct.pack(">HIBB", self.generation, beat, rest, min(255, 32 * self._running))
        if self.joined:
            self._send_to(self.kernel, _HEARTBEAT, body)
        else:
            self._send(_HEARTBEAT, body)

    def rest(self, ms):
        """Says that this board will be silent for `ms`: before a deep sleep, or long work. 0 ends it."""
        self._rest_until = _in(ms) if ms else None
        self._beat()

    def _join(self, kernel, ms):
        self._lose_kernel()
        self.kernel = kernel
        self._kernel_until = _in(4000)
        self._announce_at = _in(random.getrandbits(8) * ms >> 8)

    def _lose_kernel(self):
        self.kernel = 0
        self.joined = False
        self._tries = self._version = self._beacon = 0
        self._announce_at = self._beat_at = ticks_ms()
        for handle in self._handles:
            handle.refresh()

    def _heard_beacon(self, sender, address, body):
        _, version, _, count, ms, beat = struct.unpack_from(">IIIHII", body)
        if not self.kernel:
            self._join(sender, min(3 * count, 400))
        if sender != self.kernel:
            return
        self._beacon = self._sequence_heard
        self._kernel_until = _in(min(7 * ms // 2, 60000))
        if self.joined:
            self._beat_ms = min(max(beat, 800), 60000)
        if version != self._version:
            self._version = version
            for handle in self._handles:
                handle.refresh(random.getrandbits(8))

    def _welcomed(self, sender, address, body):
        nonce, generation, _, _, beat = struct.unpack_from(">IHIII", body)
        if not self.kernel:
            self._join(sender, 0)
        if sender != self.kernel:
            return
        self._kernel_until = _in(4000)
        if generation == self.generation:
            self._beat_ms = min(max(beat, 800), 60000)
            self._announce_at = None
            if not self.joined:
                self.joined = True
                self._beat_at = ticks_ms()
        for handle in self._handles:
            if handle.nonce == nonce:
                handle.complete()

    def _queried(self, sender, address, body):
        nonce, flags = struct.unpack_from(">IB", body)
        if len(body) > 13 and json.loads(body[13:]) not in self.services:
            return
        # Where a kernel is heard, it answers for all, except to another kernel.
        if flags & 1 or not self.joined:
            self._answer = _in(random.getrandbits(4)), address, sender, nonce

    def _left(self, sender, address, body):
        if len(body) == 2:
            self.peers[sender][_DOOR] |= _DOWN
            if sender == self.kernel:
                self._lose_kernel()
        for handle in self._handles:
            handle.refresh()

    # --- knowing others -------------------------------------------------------------------------------------------

    def _announced(self, sender, address, body):
        if self._handles:
            name, services = json.loads(body[17:])[:2]
            self.learn(sender, self.peers[sender][_EPOCH], address, name, services, body[11])
        for handle in self._handles:
            if handle.nonce == _first(body):
                handle.complete()

    def _told(self, sender, address, body):
        """A record of the kernel's registry."""
        version, _, node, epoch, _, state, flags, takes = struct.unpack_from(">IIIIHBBB", body)
        if sender != self.kernel or node == self.id or flags & 8 and not self._v1:
            return
        for handle in self._handles:
            handle.since = max(handle.since, version)
        name, at, services = json.loads(body[43:])[:3]
        if node != sender:
            ip, _, port = at.partition(":")
            address = ip, int(port)
        peer = self.learn(node, epoch, address, name, services, takes)
        if peer and peer[_EPOCH] == epoch:
            if flags & 8:
                peer[_DOOR] |= _SPEAKS_V1
            # Whoever was heard a moment ago lives, whatever others think.
            if state and _since(peer[_HEARD_AT]) > 1000:
                peer[_DOOR] |= _DOWN
            elif not state:
                peer[_DOOR] &= ~_DOWN

    def learn(self, node, epoch, address, name, services, takes):
        """What a node offers. It is kept where a handle of this board means it."""
        peer = self.peers.get(node)
        for handle in self._handles:
            if handle.means(node, name, services):
                peer = self.peer(node, epoch, address)
        if peer:
            peer[_LINK] = peer[_LINK] & 0xFF00 | takes
            if not peer[_DOOR] & _PROVED and epoch >= peer[_EPOCH]:
                peer[_EPOCH] = epoch
                _place(peer, address)
        return peer

    # --- serving --------------------------------------------------------------------------------------------------

    def _requested(self, sender, address, body):
        call, epoch, left, takes, _ = struct.unpack_from(">IIHBB", body)
        peer = self.peers[sender]
        asked = json.loads(body[12:])
        if self._seals[0] and not 0 <= _since(peer[_PROVED_AT]) < 1000:
            proof = address
        else:
            proof = None
        code = "WRONG_EPOCH" if epoch not in (0, self.epoch) else None if left else "EXPIRED"
        entry = Served(sender, call, left, takes)
        op = asked[1] if len(asked) > 1 else "read"
        self.serve_call((sender, peer[_EPOCH], call), entry, asked[0], op, asked[2:], code, proof)

    def serve_call(self, key, entry, name, op, args, code=None, proof=None):
        """Runs an operation, at most once. `proof`: where it must prove first that it is of now, if it is not safe."""
        known = self._served.get(key)
        if known:
            known.until = entry.until
            return self._reply(known)
        try:
            ops = self.services[name][0] if name in self.services else {}
            run = ops.get(op) or ops.get(op + "!")
            if code or not run:
                raise TdosError(code or ("BAD_OPERATION" if ops else "NOT_FOUND"))
            entry.safe = op in ops
            if proof and not entry.safe:
                return self._challenge(entry.node, proof, key[1])
            if len(self._served) >= 24:
                # The oldest answer of a safe operation makes room: running a read twice harms nobody.
                best = None
                for id, known in self._served.items():
                    if known.safe and known.body and (not best or _since(known.until) > _since(best.until)):
                        best, last = known, id
                if not best:
                    raise TdosError("BUSY")
                del self._served[last]
            self._served[key] = entry
            value = run(*args)
            if hasattr(value, "send"):
                entry.next_at = _in(20)
                self._running += 1
                asyncio.create_task(self._finish(entry, value))
                return
            entry.end(value)
        except Exception as error:
            entry.end(None, error)
        self._reply(entry)

    async def _finish(self, entry, value):
        try:
            entry.end(await value)
        except Exception as error:
            entry.end(None, error)
        self._running -= 1
        self._reply(entry)

    def _reply(self, entry):
        """The answer; or the word that there will be one."""
        if not entry.body:
            if _is_due(entry.next_at):
                entry.next_at = _in(250)
                self._send_to(entry.node, _ACK, struct.pack(">IBI", entry.call, 0, 0))
        elif entry.door:
            self._send_v1(entry.kind, entry.body, entry.node, None, entry.call, entry.door)
        else:
            size = len(entry.body)
            if size > entry.takes * 1024:
                entry.end(None, TdosError("TOO_LARGE"))
            if size > _MAX_BODY and entry.kind == _RESPONSE:
                # In blocks, one at a time. One message goes so at once; others are asked for again.
                self._sending = self._sending or [entry.node, entry.call, _RESPONSE, entry.body, 0, 0, ticks_ms()]
            else:
                self._send_to(entry.node, entry.kind, entry.body)

    # --- blocks ---------------------------------------------------------------------------------------------------

    def _block(self, sender, address, body):
        """Puts a message together, one at once; when it is whole it is taken like any other."""
        call, kind, number, size = struct.unpack_from(">IBHI", body)
        last = (size - 1) // _BLOCK_BYTES
        data = body[11:]
        if number > last or len(data) != min(_BLOCK_BYTES, size - number * _BLOCK_BYTES) or size > _TAKES_KIB * 1024:
            raise ValueError
        if kind == _RESPONSE and call not in self._calls:
            return
        key = [sender, call, kind, size]
        if not self._arriving or self._arriving[0] != key:
            if self._arriving and self._arriving[1] and _since(self._arriving[2]) < 2000:
                return
            self._arriving = [key, bytearray(), 0, 0]
        _, buffer, _, missing = self._arriving
        self._arriving[2] = ticks_ms()
        if number == missing:
            buffer.extend(data)
            self._arriving[3] = missing = missing + 1
        self._send(_ACK, struct.pack(">IBI", call, 1, missing), address, sender)
        if missing > last and (buffer or kind == _REQUEST and number == last):
            # Blocks that come again when all are here ask for the answer again.
            self._arriving[1] = None
            entry = self._served.get((sender, self.peers[sender][_EPOCH], call))
            if buffer:
                _TAKE[kind](self, sender, address, bytes(buffer))
            elif entry:
                self._reply(entry)

    def _acknowledged(self, sender, address, body):
        id, kind, value = struct.unpack_from(">IBI", body)
        call = self._calls.get(id)
        if kind == 0 and call and call.at == sender:
            # What may be asked of another waits for the answer of a slow one once.
            if not (call.slow and call.safe and len(call.handle.choices) > len(call.out) + 1):
                call.next_at = _in(500)
            call.slow = True
        sending = self._sending
        if kind == 1 and sending and sending[:2] == [sender, id] and value > sending[4]:
            sending[4:] = [value, 0, ticks_ms()]
            if value * _BLOCK_BYTES >= len(sending[3]):
                self._sending = None
                if call:
                    call.next_at = _in(400)

    # --- calling --------------------------------------------------------------------------------------------------

    def call(self, handle, op, args, timeout_ms):
        """Begins a call. It ends by itself: `call.done`."""
        if len(self._calls) >= 16:
            raise TdosError("LIMIT")
        call = Call(handle, op, args, timeout_ms)
        self._calls[call.id] = call
        self._ask(call)
        return call

    def _ask(self, call):
        """Sends the call to whoever is the best now, or ends it."""
        left = -_since(call.until)
        best = fewest = 0
        for id in call.handle.choices:
            peer = self.peers.get(id)
            if peer and id not in call.out:
                # One try without an answer is often only a lost datagram: whoever served last is not left for that.
                tries = (peer[_LINK] >> 8) + (0 if id == call.handle.last else 1)
                rank = (peer[_DOOR] & _DOWN, call.sends.get(id, 0), tries > 1, tries)
                if not best or rank < fewest:
                    best, fewest = id, rank
        if not call.safe and call.at:
            # It may run already: it stays where it is.
            best = call.at
            if best in self.peers and self.peers[best][_EPOCH] != call.epoch:
                left = 0
        if left <= 0 or not best and call.fault:
            return self._end(call, call.expired())
        call.next_at = _in(min(left, 100))
        if not best:
            if not call.handle.tries:
                call.handle.refresh()
            return
        peer = self.peer(best, call.epoch, ("0.0.0.0", 1))
        sends = call.sends[best] = min(call.sends.get(best, 0) + 1, 4)
        call.at, call.epoch, call.sent_at = best, peer[_EPOCH], ticks_ms()
        call.first = call.first or best
        call.tries += 1
        call.next_at = _in(min(left, _backoff(sends - 1, 800) >> 1))
        if peer[_DOOR] & _SPEAKS_V1:
            body = {"op": call.op}
            if call.args:
                body["args"] = call.args[0]
            return self._send_v1(3, body, _address(peer), "%08x" % call.id)
        asked = [call.handle.service]
        if call.args or call.op != "read":
            asked += [call.op] + call.args
        body = struct.pack(">IIHBB", call.id, call.epoch, min(left, 0xFFFF), _TAKES_KIB, 1) + dumps(asked)
        if len(body) <= _MAX_BODY:
            self._send_to(best, _REQUEST, body)
        elif len(body) <= (peer[_LINK] & 255) * 1024:
            self._sending = self._sending or [best, call.id, _REQUEST, body, 0, 0, ticks_ms()]
        else:
            self._end(call, TdosError("TOO_LARGE"))

    def _responded(self, sender, address, body):
        call = self._calls.get(_first(body))
        if call and sender in call.sends:
            call.node = sender
            self._end(call, None, json.loads(body[4:]) if len(body) > 4 else None)

    def _failed(self, sender, address, body):
        call = self._calls.get(_first(body))
        if call and sender in call.sends:
            code, words = json.loads(body[4:])[:2]
            self.refused(call, sender, TdosError(code, words))

    def refused(self, call, node, error):
        """An ERROR came. Some are a reason to ask again, or to ask another."""
        code = error.code
        # Only the refusal of a single transmission proves that none of them ran.
        known = call.safe or call.tries == 1
        if code == "WRONG_EPOCH":
            # No node restarts within 100 ms, so none of it ran before.
            if not known or not call.safe and _since(call.sent_at) > 100:
                return self._end(call, call.expired())
            call.at = 0
        elif code == "BUSY":
            call.fault = error
            if call.safe and len(call.handle.choices) > 1:
                call.at = 0
            else:
                return  # asked again when its time comes
        elif code == "NOT_FOUND" or code == "FAILED" and call.safe:
            if not known:
                return
            call.fault = error
            call.out.append(node)
            call.at = 0
        elif code != "EXPIRED" or known:
            return self._end(call, error)
        if call.tries < 32:
            call.next_at = ticks_ms()

    def _end(self, call, error, value=None):
        self._calls.pop(call.id, None)
        call.error = error
        call.value = value
        call.ms += _since(call.until)
        call.done.set()

    # --- time -----------------------------------------------------------------------------------------------------

    def advance(self):
        """Does what is due. Gives the ms after which it wants to be called again."""
        if _is_due(self._mark_at):
            self._mark_at = _in(10000)
            self._marks = self._marks[1], self._sequence
        if self.kernel and _is_due(self._kernel_until):
            self._lose_kernel()
        if _is_due(self._announce_at):
            wait = _backoff(self._tries, self._beat_ms if self.kernel else 5000)
            self._tries += 1
            # Without a kernel six are enough: heartbeats tell the generation after that.
            self._announce_at = _in(wait) if self.kernel or self._tries < 6 else None
            if self.kernel in self.peers:
                # It echoes the beacon, so that the kernel need not ask whether it is of now.
                self._announce(_address(self.peers[self.kernel]), self.kernel, self._beacon)
            else:
                self._announce()
        if _is_due(self._beat_at):
            if _is_due(self._rest_until):
                self._rest_until = None
            if self._rest_until is None:
                self._beat()
            # A little before it is due, lest boards beat as one.
            self._beat_at = _in(self._interval() * (256 - random.getrandbits(5)) >> 8)
        if self._answer and _is_due(self._answer[0]):
            self._announce(*self._answer[1:])
            self._answer = None
        for handle in self._handles:
            if _is_due(handle.next_at):
                self._query(handle)
        for call in list(self._calls.values()):
            if _is_due(call.next_at):
                peer = self.peers.get(call.at)
                if peer and peer[_LINK] < 0xFF00:
                    peer[_LINK] += 256
                self._ask(call)
        sending = self._sending
        if sending and _is_due(sending[6]):
            node, call, carries, body, number, tries, _ = sending
            sending[5] += 1
            sending[6] = _in(_backoff(tries, 400) >> 1)
            data = body[number * _BLOCK_BYTES :][:_BLOCK_BYTES]
            self._send_to(node, _BLOCK, struct.pack(">IBHI", call, carries, number, len(body)) + data)
            if tries > 24:
                self._sending = None
        for key, entry in list(self._served.items()):
            if not entry.body:
                self._reply(entry)
            elif _is_due(entry.until):
                del self._served[key]
        if self._v1 and _is_due(self._v1_at):
            self._v1_at = _in(5000)
            self._v1 += 1
            if self._v1 % 6 == 2 or self._v1 < 5:  # the first thrice: broadcasts get lost
                self._announce_v1()
            for name in self.services:
                self._send_v1(5, {"service": name, "status": "healthy", "tdos": 2}, door=name)
        return 2 if self._calls or self._sending or self._answer else 20

    def _query(self, handle):
        handle.tries += 1
        handle.nonce = _u32()
        handle.next_at = _in(_backoff(handle.tries - 1, 5000))
        # Age is told by clocks that turn round after 12 days.
        if handle.kept and _since(handle.kept[1]) > 86400000:
            handle.kept = None
        kernel = self.peers.get(self.kernel)
        if kernel:
            # What did not come of the last answer is asked for from there: a board's queue holds few datagrams.
            body = struct.pack(">IBII", handle.nonce, 0, kernel[_EPOCH], handle.since) + dumps(handle.service)
            self._send_to(self.kernel, _QUERY, body)
        else:
            self._send(_QUERY, struct.pack(">IBII", handle.nonce, 0, 0, 0) + dumps(handle.service))

    # --- what apps use --------------------------------------------------------------------------------------------

    async def open(self, resource, timeout_ms=3000):
        """A Handle on `temp_sensor`, `temp_sensor@kitchen`, `temp_sensor@room=attic`. TdosError NOT_FOUND when there is none in time."""
        handle = Handle(self, resource)
        until = _in(timeout_ms)
        while not handle.choices:
            if _is_due(until):
                handle.close()
                raise handle.missing()
            await asyncio.sleep_ms(20)
        return handle

    # --- v1 -------------------------------------------------------------------------------------------------------

    # The original JSON format, for boards that speak nothing else. It cannot be sealed, so it is off unless asked for.
    # A request of it names no service: each service has a port of its own, from 5000 on.

    def _send_v1(self, kind, body, to=None, id=None, asked=None, door=None):
        message = {"v": 1, "t": kind, "id": id or "%08x" % _u32(), "ts": time.time(), "p": body}
        if asked:
            message["r"] = asked
        data = json.dumps(message).encode()
        if len(data) > 1024:
            return self._send_v1(6, {"error": "too large"}, to, id, asked, door)
        self.transmit(data, to, door)

    def _announce_v1(self, to=None, asked=None, service=None):
        for number, (name, (ops, _)) in enumerate(self.services.items()):
            if not service or service == name:
                ops = [op.replace("!", "") for op in ops]
                offer = {"service": name, "port": 5000 + number, "capabilities": ops, "sensor_type": "tdos", "tdos": 2}
                self._send_v1(1, offer, to, None, asked, name)

    def _receive_v1(self, data, address, door):
        if data[0] & 15 == 8:
            data = inflate(data, 2, 15)
        message = json.loads(data)
        kind, body, id = message["t"], message["p"], str(message["id"])
        if message.get("v", 1) > 1:
            raise ValueError
        if kind == 3 and door:
            key = address, id, door
            entry = self._served.get(key)
            if entry:
                return self._reply(entry)
            args = [body["args"]] if "args" in body else []
            self.serve_call(key, Served(address, id, 2000, 0, door), door, body["op"], args)
        elif kind == 4 or kind == 6:
            for call in list(self._calls.values()):
                if "%08x" % call.id == message.get("r") and _address(self.peers[call.at]) == address:
                    self.peers[call.at][_LINK] &= 255
                    call.node = call.at
                    if kind == 4:
                        self._end(call, None, body)
                    else:
                        self.refused(call, call.at, TdosError("FAILED", str(body.get("error"))))
        elif "tdos" in body:
            pass  # a node that speaks v2 as well
        elif kind == 2:
            self._announce_v1(address, id, body.get("service"))
        elif kind == 1 or kind == 5:
            # A board that offers one service. Its id follows from where it serves.
            address = address[0], body.get("port", 5000)
            id = _first(hashlib.sha256(str(address).encode()).digest()) or 1
            offer = [0, body["service"], "1.0.0", {}, body.get("capabilities") or []]
            peer = self.learn(id, 1, address, "", [offer], 1)
            if peer:
                peer[_HEARD_AT] = ticks_ms()
                peer[_DOOR] = peer[_DOOR] & ~_DOWN | _SPEAKS_V1

    # --- sockets --------------------------------------------------------------------------------------------------

    def open_sockets(self):
        """Opens the sockets that are missing: its own, the shared one that hears broadcasts, and one a v1 service."""
        sockets = [(None, 4001), ("", 4000)]
        if self._v1:
            for number, name in enumerate(self.services):
                sockets.append((name, 5000 + number))
            self._v1_at = ticks_ms()
            self._v1 = 1
        for name, port in sockets[len(self.sockets) :]:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_BROADCAST", 32), 1)
            # Named in full: an empty host means IPv6 alone on new firmware.
            sock.bind(("0.0.0.0", port))
            sock.setblocking(False)
            self.sockets.append((sock, name))

    def _listen(self, door, known):
        # Takes what comes in by one socket as soon as it does, while it is open.
        try:
            while door in self.sockets:
                yield asyncio.core._io_queue.queue_read(door[0])
                if door in self.sockets:
                    self.take(*door)
        finally:
            known.remove(door)

    async def serve(self, wifi):
        """Is a node of the cluster, for ever. Nothing that goes wrong ends it."""
        known = []
        next_at = ticks_ms()
        while True:
            wait = 20
            try:
                if _is_due(next_at):
                    next_at = _in(250)
                    next(wifi)
                for door in self.sockets:
                    if door not in known:
                        known.append(door)
                        asyncio.create_task(self._listen(door, known))
                wait = self.advance()
            except Exception as error:
                self.failed(error)
            await asyncio.sleep_ms(wait)


class Served:
    """A call that came in: remembered until none of its transmissions can be on its way any more."""

    def __init__(self, node, call, left, takes, door=None):
        self.node = node  # who called; in v1, its address
        self.call = call
        self.takes = takes
        self.door = door  # the service, for a call in v1
        self.until = _in(left + 1000)
        self.safe = True
        self.next_at = self.body = None

    def end(self, value, error=None):
        """It has a result, or failed."""
        self.kind = _ERROR if error else _RESPONSE
        words = str(error) or type(error).__name__
        if self.door:
            self.body = {"error": words} if error else value if isinstance(value, dict) else {"value": value}
        else:
            if error:
                value = [getattr(error, "code", "FAILED"), words[:256]]
            self.body = struct.pack(">I", self.call) + (b"" if value is None else dumps(value))


class Call:
    """A call under way: whom it asked, how often, and how it ended."""

    def __init__(self, handle, op, args, timeout_ms):
        self.id = _u32()
        self.handle = handle
        self.op = op
        self.args = args
        self.safe = op not in handle.unsafe
        self.sent_at = self.next_at = ticks_ms()
        self.until = _in(timeout_ms)
        self.ms = timeout_ms  # in the end, those it took
        self.at = self.epoch = self.first = self.node = self.tries = 0
        self.sends = {}
        self.out = []  # nodes that failed
        self.slow = False
        self.fault = self.error = None
        self.done = asyncio.Event()

    def expired(self):
        if self.at and not self.safe:
            return TdosError("OUTCOME_UNKNOWN", "`%s` may have run: look first." % self.op)
        if self.fault:
            return self.fault
        if self.tries:
            return TdosError("TIMEOUT", "`%s` gave no answer in time." % self.handle.resource)
        return self.handle.missing()


# --- handles ------------------------------------------------------------------------------------------------------


# A value that says how fresh it is. `quality` is `live`, `sibling` (from another board than last time) or `stale`; `age` is
# in ms, and at most that; `node` is the id of who measured it.
Reading = namedtuple("Reading", ("value", "unit", "quality", "age", "node"))


class Handle:
    """A choice of boards that serve a resource. It survives the death of each of them."""

    def __init__(self, node, resource):
        self._node = node
        self.resource = resource
        self.service, _, self._place = resource.partition("@")
        self.choices = []
        self.unsafe = []  # operations that are not safe to repeat
        self.last = 0  # the node that served last
        self.kept = None  # the last reading, and when it was new
        self.nonce = 0
        self.refresh()
        node._handles.append(self)

    def means(self, node, name, services):
        """Whether that node is meant. Notes it."""
        for service in services:
            labels = service[3] if len(service) > 3 else {}
            key, _, value = self._place.partition("=")
            at = labels.get(key) == value if value else not key or key == name or key in labels.values()
            if service[1] == self.service and at:
                if node not in self.choices and len(self.choices) < 8:
                    self.choices.append(node)
                for op in service[4] if len(service) > 4 else ():
                    if op[-1] == "!":
                        self.unsafe.append(op[:-1])
                self.unsafe = list(set(self.unsafe))
                return node in self.choices
        if node in self.choices:
            self.choices.remove(node)

    def refresh(self, ms=0):
        """Asks who is there, all over again."""
        self.tries = self.since = 0
        self.next_at = _in(ms)

    def complete(self):
        """The question was answered in full."""
        self.since = 0
        if self.choices:
            self.tries = 0
            self.next_at = _in(30000)

    async def call(self, op, *args, timeout_ms=3000):
        """Runs an operation and gives its result. A safe one that gets no answer moves on to another board."""
        call = self._node.call(self, op, list(args), timeout_ms)
        await call.done.wait()
        if call.error:
            raise call.error
        self.last = call.node
        return call.value

    async def write(self, value, timeout_ms=3000):
        return await self.call("write", value, timeout_ms=timeout_ms)

    async def read(self, max_age=None, timeout_ms=3000):
        """A Reading. With `max_age` (ms) also the last one, if it is not older, where none can be had now."""
        call = self._node.call(self, "read", [], timeout_ms)
        await call.done.wait()
        return self.reading(call, max_age)

    def reading(self, call, max_age=None):
        """What a read that has ended gives."""
        error = call.error
        if not error:
            said = call.value if isinstance(call.value, dict) and "value" in call.value else {"value": call.value}
            quality = said.get("quality")
            if quality != "stale":
                quality = "live" if call.node == call.first and self.last in (0, call.node) else "sibling"
            age = call.ms + (said.get("age") or 0)
            self.last = call.node
            reading = Reading(said["value"], said.get("unit") or "", quality, age, call.node)
            self.kept = reading, ticks_ms()
            if age <= max_age if max_age is not None else quality != "stale":
                return reading
            error = TdosError("STALE", "The value of `%s` may be %d ms old." % (self.resource, age))
        if max_age is not None and self.kept:
            kept = self.kept[0]
            age = kept.age + _since(self.kept[1])
            if age <= max_age:
                return Reading(kept.value, kept.unit, "stale", age, kept.node)
        raise error

    def missing(self):
        return TdosError("NOT_FOUND", "No node offers `%s`." % self.resource)

    def close(self):
        if self in self._node._handles:
            self._node._handles.remove(self)


# What each type of datagram does.
_TAKE = (
    None,
    Node._announced,
    Node._queried,
    Node._requested,
    Node._responded,
    None,  # heartbeats are for kernels
    Node._failed,
    Node._acknowledged,
    Node._left,
    Node._probed,
    None,  # boards do not help to probe
    Node._challenged,
    Node._welcomed,
    Node._told,
    Node._block,
    Node._heard_beacon,
)


# --- the board ----------------------------------------------------------------------------------------------------


def read_json(path):
    """What a file holds; None when there is none, or it makes no sense."""
    try:
        with open(path) as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def wifi(node):
    """Holds the Wi-Fi, with the node's sockets and the watchdog. Each `next` of it is a look, due four times a second."""
    import network

    settings = node.settings.get("wifi")
    if not settings:
        raise TdosError("BAD_CONFIG", "config.json has no `wifi`: put in its `ssid` and `password`.")
    if "country" in settings:
        network.country(settings["country"])
    wlan = network.WLAN(network.STA_IF)
    watchdog = machine.WDT(timeout=8000) if node.settings.get("watchdog", True) else None
    known = None
    tries = 0
    next_at = ticks_ms()
    while True:
        try:
            if watchdog:
                watchdog.feed()
            ip = wlan.ifconfig()[0] if wlan.isconnected() else None
            if ip != known:
                known = ip
                tries = 0
                next_at = _in(8000)
                for sock, _ in node.sockets:
                    sock.close()
                node.sockets = []
                if ip:
                    node.open_sockets()
                    node._lose_kernel()
            if not ip and (_is_due(next_at) or wlan.status() <= 0):
                next_at = _in(8000)
                tries += 1
                if tries % 8 == 0:
                    wlan.active(False)  # the radio's own firmware may hang
                wlan.active(True)
                wlan.config(pm=0xA11140)  # power save off: it costs 100 ms, and datagrams
                wlan.connect(settings["ssid"], settings.get("password", ""))
        except Exception as error:
            node.failed(error)
        yield


def run(node, app=None):
    """Runs the node for ever, and an app beside it: `tdos.run(node, main())`."""
    gc.threshold(32768)  # collect early: a full heap is a torn one
    if app:
        asyncio.create_task(app)
    asyncio.run(node.serve(wifi(node)))
