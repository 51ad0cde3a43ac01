"""Runs before the program, out of the unpacked file: whether this Python is one that what is compiled in it was made for."""

import sys

MINORS = "@MINORS@".split()  # noqa: SIM905 - the build puts several there
RUNNING = "%d.%d" % sys.version_info[:2]  # noqa: UP031 - a Python that is too old has to understand this, too

if RUNNING not in MINORS:
    sys.stderr.write(
        "upgradecheck: this file is for Python %s, and %s is %s. Run it with one of them (python%s FILE), or install the wheel.\n"  # noqa: UP031
        % (", ".join(MINORS), sys.executable, RUNNING, MINORS[0])
    )
    sys.exit(1)
