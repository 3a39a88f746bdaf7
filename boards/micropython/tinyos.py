"""The functions of the original `tinyos.py`, on TDOS: programs written for it run as they are.

What asks the network waits for it. In between, a timer keeps this board in the cluster, also while the program sleeps.
Settings come from config.json; its Wi-Fi is used if there is any, and what is open already if not.
"""

import time

import machine

import tdos

node = None
_display = None
_handles = {}
_wifi = None
_busy = False


def _turn(_=None):
    # Takes what came and does what is due. Never within itself: the timer may ring while the program waits.
    global _busy
    if _busy:
        return
    _busy = True
    try:
        next(_wifi)
        for door in node.sockets:
            node.take(*door)
        node.advance()
    except Exception as error:
        node.failed(error)
    finally:
        _busy = False


def _wait(is_done, ms):
    # Goes on until something is done, or the time is over.
    until = tdos._in(ms)
    while not is_done() and not tdos._is_due(until):
        _turn()
        time.sleep_ms(2)


def init(**settings):
    """Joins the cluster, and waits until it has a kernel, at most 3 s."""
    global node, _wifi
    if node:
        return
    node = tdos.Node(**settings)
    _wifi = tdos.wifi(node)
    machine.Timer(mode=machine.Timer.PERIODIC, period=20, callback=_turn)
    print("Discovering services...")
    _wait(lambda: node.joined, 10000)
    for name in ("temp_sensor", "humidity_sensor", "light_sensor", "display"):
        _handles[name] = tdos.Handle(node, name)
    _wait(lambda: all(handle.choices for handle in _handles.values()), 1000)
    print("Available services:")
    for name in list_services():
        print("  " + name)


def _find(name):
    handle = _handles.get(name)
    if handle is None:
        _handles[name] = handle = tdos.Handle(node, name)
    _wait(lambda: handle.choices, 500)
    return handle if handle.choices else None


def open_display():
    """`display` when this board, or the cluster, has one; else `console`."""
    return "display" if _display or _find("display") else "console"


def use_display(write):
    """This board's own display: a function that shows a text."""
    global _display
    _display = write


def open_sensor(name):
    """A handle, which is the name. RuntimeError when no board offers it."""
    if not _find(name):
        raise RuntimeError("Sensor %s not available" % name)
    return name


def open_temp_sensor():
    return open_sensor("temp_sensor")


def open_humidity_sensor():
    return open_sensor("humidity_sensor")


def open_light_sensor():
    return open_sensor("light_sensor")


def _ask(name, op, args):
    handle = _handles.get(name) or tdos.Handle(node, name)
    call = node.call(handle, op, args, 3000)
    _wait(call.done.is_set, 3500)
    if call.error:
        print("Error: %s %s: %s" % (op, name, call.error))
        return None
    handle.last = call.node
    return call.value


def read(handle):
    """The value of a sensor; None when it cannot be had."""
    value = _ask(handle, "read", [])
    return value.get("value") if isinstance(value, dict) else value


def write(handle, message):
    """Shows a message."""
    if handle == "console":
        print("DISPLAY: %s" % message)
    elif _display:
        _display(str(message))
    else:
        _ask(handle, "write", [str(message)])


def list_services():
    """Names of the services that are there, of those that were asked for."""
    return sorted(name for name, handle in _handles.items() if handle.choices)


def get_service_info(name):
    handle = _handles.get(name)
    return {"nodes": list(handle.choices)} if handle and handle.choices else None


def shutdown():
    node.withdraw()
