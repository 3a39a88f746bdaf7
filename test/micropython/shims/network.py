# The Wi-Fi of a board. It connects a moment after it is told to, if there is a network.

import _board

STA_IF = 0


def country(code=None):
    return code


class WLAN:
    def __init__(self, interface=STA_IF):
        self._active = False

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
        _board.connect()

    def disconnect(self):
        _board.disconnect()

    def isconnected(self):
        return _board.connected()

    def ifconfig(self):
        return (_board.ip(), "255.0.0.0", "127.0.0.1", "127.0.0.1") if _board.connected() else ("0.0.0.0",) * 4
