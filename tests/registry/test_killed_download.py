"""A download that is killed leaves no file under the final name, and the next one continues it."""

import subprocess
import sys
import time

from spoofjax.cli import main
from spoofjax.registry.entries import add
from spoofjax.registry.entry import Entry, File


def test_a_killed_command_is_continued_by_the_next(server, registry):
    add(Entry(name="net", files=(File(server.url("net.pth")),)))
    path = registry / "models/net/net.pth"
    part = path.with_name("net.pth.part")
    server.pause.clear()
    command = [sys.executable, "-m", "spoofjax.cli", "models", "get", "net"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not part.exists() or part.stat().st_size < len(server.data) // 2:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.kill()
    server.pause.set()
    assert not path.exists()
    assert main(["models", "get", "net"]) == 0
    assert server.requests[-1] == ("/net.pth", f"bytes={len(server.data) // 2}-")
    assert path.read_bytes() == server.data
