"""Runs a program with its output on a pseudo terminal, and copies what it writes to stdout."""

import os
import pty
import subprocess
import sys

ours, theirs = pty.openpty()
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs)
os.close(theirs)
while True:
    try:
        written = os.read(ours, 1 << 16)
    except OSError:  # Linux says so when the other end is closed.
        break
    if not written:
        break
    sys.stdout.buffer.write(written)
sys.stdout.flush()
sys.exit(child.wait())
