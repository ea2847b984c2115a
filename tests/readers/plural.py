"""The form of each number from 0 to 1000 as Python's gettext computes it: a line of expressions in, a line of forms out."""

import gettext
import sys

for line in sys.stdin:
    form = gettext.c2py(line.strip())
    print(*(int(form(n)) for n in range(1001)))
