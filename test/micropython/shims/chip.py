# What every board has and this build of MicroPython has not: a clock that sleeps, chance, and an asyncio that waits for
# sockets. The scheduler is MicroPython's own; only what wakes it is replaced.

import asyncio
import gc
import os
import time
from time import ticks_add, ticks_diff, ticks_ms

import _board

# --- time: whole seconds, from 2021 on, as on a board without a clock ---

time.time = lambda: 1609459200 + ticks_ms() // 1000

background = []  # what goes on while the main program blocks; each gives the ms until it is due


def block(until, is_done=None):
    """Sleeps until a moment (None: for ever), or until something is done. False when the time is over."""
    while True:
        if is_done and is_done():
            return True
        left = 1000 if until is None else ticks_diff(until, ticks_ms())
        if left <= 0:
            return False
        for run in background:
            left = min(left, run())
        if is_done and is_done():
            return True
        _board.sleep(left)


thread = None  # the stand-in of a thread that runs now


def sleep_ms(ms):
    if thread:
        thread.sleep(ms)
    else:
        block(ticks_add(ticks_ms(), int(ms)))


time.sleep_ms = sleep_ms
time.sleep = lambda seconds: sleep_ms(seconds * 1000)


def urandom(count):
    data = b""
    while len(data) < count:
        data += (_board.random() & 0x7FFFFFFF).to_bytes(4, "little")[:3]
    return data[:count]


os.urandom = urandom

# --- asyncio ---

core = asyncio.core
_waiting = []


class _Readers:
    def queue_read(self, sock):
        core.cur_task.data = self
        _waiting.append((sock, core.cur_task))

    def remove(self, task):
        _waiting[:] = [entry for entry in _waiting if entry[1] is not task]


def step():
    """One turn of the scheduler. Gives the ms until the next; -1 when nothing is to come."""
    for entry in _waiting[:]:
        if entry[0].ready():
            _waiting.remove(entry)
            core._task_queue.push(entry[1])
    core._run_iter()
    for entry in _waiting:
        if entry[0].ready():
            return 0
    task = core._task_queue.peek()
    if task:
        return max(0, ticks_diff(task.ph_key, ticks_ms()))
    return 1000 if _waiting else -1


def _run(main):
    # The thread around goes on with the scheduler, and collects the garbage in between.
    asyncio.create_task(main)
    raise SystemExit


core._io_queue = _Readers()
core._schedule_run_iter = lambda ms: None
asyncio.run = _run

# --- memory ---


def collect():
    gc.collect()


def in_use():
    return gc.mem_alloc()
