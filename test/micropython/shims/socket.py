# Sockets of a board: UDP on its own address, queues that hold few datagrams, errors by number.

import uctypes
from time import ticks_add, ticks_ms

import _board
import chip

AF_INET = 2
SOCK_DGRAM = 2
SOL_SOCKET = 0xFFF
SO_REUSEADDR = 4
SO_BROADCAST = 32

_EAGAIN = 11
_ETIMEDOUT = 110


class socket:
    def __init__(self, family=AF_INET, kind=SOCK_DGRAM, proto=0):
        self._id = _board.open()
        self._bound = False
        self._timeout = None

    def bind(self, address):
        if address[0] != "0.0.0.0":
            raise OSError(22)  # what an empty host does on new firmware
        self._bind(address[1])

    def _bind(self, port):
        self._bound = True
        _board.bind(self._id, port)

    def setsockopt(self, level, option, value):
        pass

    def settimeout(self, seconds):
        self._timeout = None if seconds is None else int(seconds * 1000)

    def setblocking(self, on):
        self._timeout = None if on else 0

    def ready(self):
        return _board.ready(self._id)

    def sendto(self, data, address):
        if chip.thread:
            chip.thread.acts()
        if not self._bound:
            self._bind(0)
        sent = _board.send(self._id, uctypes.addressof(data), len(data), address[0], address[1])
        if sent < 0:
            raise OSError(-sent)
        return sent

    def recvfrom(self, size):
        if not self.ready():
            if self._timeout == 0:
                raise OSError(_EAGAIN)
            until = None if self._timeout is None else ticks_add(ticks_ms(), self._timeout)
            if chip.thread:
                chip.thread.park(until, self)
            if not chip.block(until, self.ready):
                raise OSError(_ETIMEDOUT)
        if chip.thread:
            chip.thread.acts()
        buffer = bytearray(size)  # as on a board: a datagram needs this much heap before its size is known
        length = _board.receive(self._id, uctypes.addressof(buffer), size)
        return bytes(memoryview(buffer)[:length]), (_board.from_ip(), _board.from_port())

    def close(self):
        _board.close(self._id)
