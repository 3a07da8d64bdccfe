"""A PostgreSQL server of the test's own: in a temporary folder, on a free port of this machine, gone afterwards."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

USER, PASSWORD = "reader", "s3cr:et/p@ss w0rd%"
SUPER = "owner"


@dataclass(frozen=True)
class Server:
    """port: on 127.0.0.1. Two users: the owner, trusted on the socket, and a reader with a password."""

    port: int
    psql: Path
    folder: Path

    def run(self, sql: str) -> str:
        """Runs statements as the owner; what they print, unaligned."""
        command = [str(self.psql), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder)]
        done = subprocess.run(
            [*command, "-p", str(self.port), "-U", SUPER, "postgres"],
            input=sql, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl as Debian's package installs them, the newest version; None without it."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(re.sub(r"\D", "", p.parts[-3])))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@contextmanager
def running() -> Iterator[Server]:
    """A started server. The test is skipped, by name, where PostgreSQL is not installed."""
    folder = binaries()
    if folder is None:
        pytest.skip("PostgreSQL is not installed: no initdb in /usr/lib/postgresql/*/bin (Debian: postgresql)")
    with tempfile.TemporaryDirectory(prefix="revops-pg-", ignore_cleanup_errors=True) as name:
        home = Path(name)
        if os.geteuid() == 0:
            shutil.chown(home, _unprivileged())
        data, port = home / "data", _free_port()
        _as_user(folder / "initdb", "-D", data, "-U", SUPER, "--auth-local=trust", "--auth-host=scram-sha-256", "-N")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} -c fsync=off"
        _as_user(folder / "pg_ctl", "-D", data, "-o", options, "-l", home / "log", "-w", "-t", "60", "start")
        try:
            server = Server(port=port, psql=folder / "psql", folder=home)
            server.run(f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'; GRANT USAGE ON SCHEMA public TO {USER};")
            yield server
        finally:
            _as_user(folder / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def _unprivileged() -> str:
    """Whom to run the server as: it refuses to run as root."""
    import pwd

    known = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _as_user(program: Path, *arguments: object) -> None:
    command = [str(program), *map(str, arguments)]
    user = _unprivileged() if os.geteuid() == 0 else None
    done = subprocess.run(
        command, user=user, group=None, extra_groups=[] if user else None, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/", timeout=120, check=False,
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode(errors="replace")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
