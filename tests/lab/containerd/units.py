"""As much of systemd as upgradecheck asks of a node: a `systemctl` on the PATH that knows one unit, containerd.service.

`systemctl show` tells of it what Debian's unit has, and `systemctl restart` has the lab restart its containerd; of any other unit it says that
there is none. /run/systemd/system is there, as where systemd runs.
"""

import contextlib
import shlex
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from socket import AF_UNIX, socket

UNIT = "containerd.service"
RUNS = Path("/run/systemd/system")
_KNOWN = {"LoadState": "loaded", "ActiveState": "active", "KillMode": "process"}
"""And MainPID, which is another one after each restart."""
_UNKNOWN = {"LoadState": "not-found", "ActiveState": "inactive"}


def answer(words: list[str], restart: Callable[[], None], main_pid: Callable[[], int]) -> tuple[int, str]:
    """Exit code and output of `systemctl` with these words; restart is what restarting the unit does."""
    verb, unit = words[0], words[-1]
    if verb == "show":
        known = {**_KNOWN, "MainPID": str(main_pid())} if unit == UNIT else _UNKNOWN
        return 0, "".join(f"{key}={value}\n" for key, value in _shown(words[1:-1], known))
    if verb == "restart" and unit == UNIT:
        restart()
        return 0, ""
    return 1, f"the lab's systemctl does not know {shlex.join(words)}\n"


def _shown(options: list[str], properties: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    wanted = [option.removeprefix("--property=") for option in options if option not in {"-p", "--"}]
    return ((key, properties[key]) for key in wanted if key in properties)


@contextlib.contextmanager
def systemctl(at: Path, restart: Callable[[], None], main_pid: Callable[[], int]) -> Iterator[Path]:
    """The folder with the program, which is to stand first on the PATH; made in the folder `at`."""
    RUNS.mkdir(parents=True)
    folder, line = at / "bin", at / "systemctl.sock"
    folder.mkdir()
    program = folder / "systemctl"
    program.write_text(f'#!/bin/sh\nexec {shlex.join((sys.executable, "-m", __name__, str(line)))} "$@"\n')
    program.chmod(0o755)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            code, said = answer(shlex.split(self.rfile.readline().decode()), restart, main_pid)
            self.wfile.write(f"{code}\n{said}".encode())

    with socketserver.UnixStreamServer(str(line), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield folder
        finally:
            server.shutdown()


def main(line: str, *words: str) -> int:
    """`systemctl WORDS`: asks the lab, and says what it says."""
    with socket(AF_UNIX) as asked:
        asked.connect(line)
        asked.sendall(shlex.join(words).encode() + b"\n")
        with asked.makefile() as answers:
            code, said = int(answers.readline()), answers.read()
    print(said, end="", file=sys.stderr if code else sys.stdout)
    return code


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
