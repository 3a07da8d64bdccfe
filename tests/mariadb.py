"""A MariaDB server of the test's own: in a temporary folder, on a free port of this machine, gone afterwards."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import servers

USER, PASSWORD = "reader", "s3cr:et/p@ss w0rd%"
START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """port: on 127.0.0.1. Two users: root on the socket, and a reader with a password. The database is `crm`."""

    port: int
    socket: Path
    client: Path

    def run(self, sql: str) -> str:
        """Runs statements as root; what they print, without headers."""
        done = subprocess.run(
            [str(self.client), "--no-defaults", f"--socket={self.socket}", "-u", "root", "-N", "-B",
             "--default-character-set=utf8mb4", "crm"],
            input=sql, capture_output=True, text=True, encoding="utf-8", check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def _found(*names: str) -> Path | None:
    for name in names:
        for folder in (None, "/usr/sbin", "/usr/local/sbin"):
            path = shutil.which(name, path=folder)
            if path:
                return Path(path)
    return None


@contextmanager
def running() -> Iterator[Server]:
    """A started server. The test is skipped, by name, where MariaDB is not installed."""
    server, install, client = _found("mariadbd"), _found("mariadb-install-db"), _found("mariadb")
    if server is None or install is None or client is None:
        pytest.skip("MariaDB is not installed: no mariadbd (Debian: mariadb-server)")
    with tempfile.TemporaryDirectory(prefix="revops-my-", ignore_cleanup_errors=True) as name:
        home, user, port = Path(name), servers.unprivileged("mysql"), servers.free_port()
        if user is not None:
            shutil.chown(home, user)
        data, log = home / "data", home / "log"
        servers.run(
            install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
            "--skip-test-db", user=user,
        )  # fmt: skip
        started = Server(port=port, socket=home / "socket", client=client)
        process = subprocess.Popen(
            [str(server), "--no-defaults", f"--datadir={data}", f"--socket={started.socket}", f"--port={port}",
             "--bind-address=127.0.0.1", "--skip-name-resolve", f"--pid-file={home / 'pid'}", f"--log-error={log}",
             "--innodb-flush-log-at-trx-commit=0", "--sql-mode=NO_ENGINE_SUBSTITUTION", "--default-time-zone=+03:00"],
            user=user, extra_groups=[] if user else None, cwd="/", env=servers.environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _prepare(started, process, log)
            yield started
        finally:
            process.kill()
            process.wait()


def _prepare(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    """Waits for the server, then makes the database and the reader."""
    sql = (
        "CREATE DATABASE crm CHARACTER SET utf8mb4; "
        f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}'; GRANT SELECT, EXECUTE ON crm.* TO '{USER}'@'%';"
    )
    command = [str(server.client), "--no-defaults", f"--socket={server.socket}", "-u", "root", "-e", sql]
    end = time.monotonic() + START_SECONDS
    while True:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode == 0:
            return
        said = f"{done.stderr}\n{log.read_text(errors='replace') if log.is_file() else ''}"
        assert process.poll() is None, f"MariaDB did not start:\n{said}"
        assert time.monotonic() < end, f"MariaDB did not answer within {START_SECONDS} s:\n{said}"
        time.sleep(0.1)
