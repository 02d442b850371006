"""Runs a program at a terminal of 24 rows and 80 columns, with this process's stdin as keyboard and its stdout as screen.

Prints on stderr the process id of the program and, at the end, "cooked" if the terminal echoes typed text again.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios

pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])
print(pid, file=sys.stderr, flush=True)

sources = [terminal, 0]
while terminal in sources:
    for ready in select.select(sources, [], [])[0]:
        try:
            data = os.read(ready, 65536)
        except OSError:  # Linux reports a closed terminal as an error.
            data = b""
        if not data:
            sources.remove(ready)
        else:
            os.write(1 if ready == terminal else terminal, data)

_, status = os.waitpid(pid, 0)
flags = termios.tcgetattr(terminal)[3]
print("cooked" if flags & termios.ECHO and flags & termios.ICANON else "raw", file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status) % 256)
