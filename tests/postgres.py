"""A PostgreSQL server of the test's own: in a temporary folder, on a free port of this machine, gone afterwards."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import servers

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
        user = servers.unprivileged("postgres")
        if user is not None:
            shutil.chown(home, user)
        data, port = home / "data", servers.free_port()
        auth = ("--auth-local=trust", "--auth-host=scram-sha-256")
        servers.run(folder / "initdb", "-D", data, "-U", SUPER, *auth, "-N", user=user)
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} -c fsync=off"
        pg_ctl = folder / "pg_ctl"
        servers.run(pg_ctl, "-D", data, "-o", options, "-l", home / "log", "-w", "-t", "60", "start", user=user)
        try:
            server = Server(port=port, psql=folder / "psql", folder=home)
            server.run(f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'; GRANT USAGE ON SCHEMA public TO {USER};")
            yield server
        finally:
            servers.run(pg_ctl, "-D", data, "-m", "immediate", "-w", "stop", user=user)
