"""What the servers that tests start have in common: a free port, and somebody harmless to run them as."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def unprivileged(*wanted: str) -> str | None:
    """Whom to run a server as: it refuses to run as root. None: as whoever runs the test."""
    if os.geteuid() != 0:
        return None
    import pwd

    known = {user.pw_name for user in pwd.getpwall()}
    return next((name for name in wanted if name in known), "nobody")


def run(program: Path, *arguments: object, user: str | None = None) -> None:
    """Runs a program of the server's to its end; its complaints fail the test."""
    done = subprocess.run(
        [str(program), *map(str, arguments)], user=user, group=None, extra_groups=[] if user else None,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/", timeout=120, check=False,
        env=environment(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode(errors="replace")


def environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
