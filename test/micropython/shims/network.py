# The Wi-Fi of a board. It connects a moment after it is told to; where there is no network, it gives up after a second.

from time import ticks_diff, ticks_ms

import _board

STA_IF = 0


def country(code=None):
    return code


class WLAN:
    def __init__(self, interface=STA_IF):
        self._active = False
        self._tried = None

    def active(self, on=None):
        if on is not None:
            self._active = on
            if not on:
                _board.disconnect()
        return self._active

    def config(self, **settings):
        pass

    def connect(self, ssid, password=None):
        if not self._active:
            raise OSError(1)
        self._tried = ticks_ms()
        _board.connect()

    def disconnect(self):
        _board.disconnect()

    def status(self):
        if _board.connected():
            return 3
        if self._tried is None:
            return 0
        return 1 if ticks_diff(ticks_ms(), self._tried) < 1000 else -2

    def isconnected(self):
        return _board.connected()

    def ifconfig(self):
        return (_board.ip(), "255.0.0.0", "127.0.0.1", "127.0.0.1") if _board.connected() else ("0.0.0.0",) * 4
