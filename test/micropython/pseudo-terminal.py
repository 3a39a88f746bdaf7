# A pseudo-terminal for a test: its name goes to stderr; what comes on stdin is what the board says, and what is written to
# the terminal comes out on stdout. It ends when stdin does.

import os
import pty
import sys
import threading
import tty

board, terminal = pty.openpty()
tty.setraw(terminal)
print(os.ttyname(terminal), file=sys.stderr, flush=True)


def pump(source, target):
    while data := os.read(source, 4096):
        while data:
            data = data[os.write(target, data) :]
    os._exit(0)


threading.Thread(target=pump, args=(board, 1), daemon=True).start()
pump(0, board)
