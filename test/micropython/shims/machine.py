# The chip: pins that a test sets, a watchdog that is heard, timers that run while the program blocks.

from time import ticks_add, ticks_diff, ticks_ms

import _board
import chip


def unique_id():
    return bytes(int(part) for part in _board.ip().split(".")) + b"\x01\x02\x03\x04"


def reset():
    _board.reset()


class Pin:
    IN = 0
    OUT = 1
    PULL_UP = 1

    def __init__(self, id, *settings, **more):
        self.id = id


class ADC:
    levels = {26: 32768, 4: 14200}

    def __init__(self, pin):
        self._pin = pin.id if isinstance(pin, Pin) else pin

    def read_u16(self):
        return self.levels.get(self._pin, 0)


class I2C:
    devices = {}  # what hangs on the bus, by address: objects with read(register, count) and write(register, data)

    def __init__(self, id, **settings):
        pass

    def scan(self):
        return sorted(self.devices)

    def readfrom_mem(self, address, register, count):
        if address not in self.devices:
            raise OSError(5)
        return self.devices[address].read(register, count)

    def writeto_mem(self, address, register, data):
        if address not in self.devices:
            raise OSError(5)
        self.devices[address].write(register, data)


class WDT:
    def __init__(self, id=0, timeout=5000):
        pass

    def feed(self):
        _board.fed()


class Timer:
    PERIODIC = 1
    ONE_SHOT = 0

    def __init__(self, id=-1, **settings):
        self._running = False
        if settings:
            self.init(**settings)

    def init(self, mode=PERIODIC, period=1000, callback=None):
        self._period = period
        self._callback = callback
        self._due = ticks_add(ticks_ms(), period)
        self._running = True
        chip.background.append(self._run)

    def deinit(self):
        if self._running:
            self._running = False
            chip.background.remove(self._run)

    def _run(self):
        left = ticks_diff(self._due, ticks_ms())
        if left > 0:
            return left
        self._due = ticks_add(ticks_ms(), self._period)
        self._callback(self)
        return self._period
