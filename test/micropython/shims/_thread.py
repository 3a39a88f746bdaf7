# A stand-in for threads, for the original programs alone: this build has none. The loop of a thread runs inside the main
# program's blocking calls. Where it would block itself, it is left (by an exception that no program catches) and begun
# again when its wait is over. That is the same for loops that keep nothing between two rounds, as theirs do.

from time import ticks_add, ticks_diff, ticks_ms

import chip


class Parked(BaseException):
    pass


class _Thread:
    def __init__(self, function, args):
        self._function = function
        self._args = args
        self._until = ticks_ms()
        self._socket = None
        self._slept = False
        chip.background.append(self.run)

    def run(self):
        if chip.thread:
            return 1000
        left = 1000 if self._until is None else ticks_diff(self._until, ticks_ms())
        if left > 0 and not (self._socket and self._socket.ready()):
            return left
        chip.thread = self
        try:
            self._function(*self._args)
            chip.background.remove(self.run)
        except Parked:
            pass
        finally:
            chip.thread = None
        return 1 if self._until is None else max(0, ticks_diff(self._until, ticks_ms()))

    def acts(self):
        """It does something: the sleep that it was left in lies behind it."""
        self._slept = False

    def sleep(self, ms):
        if self._slept:
            self._slept = False
            return
        self.park(ticks_add(ticks_ms(), int(ms)), None)

    def park(self, until, socket):
        self._until = until
        self._socket = socket
        self._slept = socket is None
        raise Parked


def start_new_thread(function, args):
    _Thread(function, args)
