"""A file is downloaded whole or not at all, however often the connection breaks."""

import hashlib
import shutil
from functools import partial

import pytest

from spoofjax.errors import RegistryError
from spoofjax.registry import fetching

fetch = partial(fetching.fetch, wait=0.0)


def digest(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "weights.bin"


def names(path):
    return sorted(file.name for file in path.parent.iterdir())


def test_a_file_arrives_with_its_hash(server, path):
    seen = []
    result = fetch(server.url(), path, progress=lambda done, total: seen.append((done, total)))
    assert result == digest(server.data)
    assert path.read_bytes() == server.data
    assert names(path) == ["weights.bin"]
    assert seen[0] == (0, len(server.data))
    assert seen[-1] == (len(server.data), len(server.data))


def test_a_broken_connection_is_continued_where_it_broke(server, path):
    server.cuts = [300_000] * 3
    fetch(server.url(), path, digest(server.data))
    assert path.read_bytes() == server.data
    assert [wanted for _, wanted in server.requests] == [
        None,
        "bytes=300000-",
        "bytes=600000-",
        "bytes=900000-",
    ]


def test_a_server_without_ranges_starts_again(server, path):
    server.has_ranges, server.cuts = False, [300_000] * 2
    fetch(server.url(), path)
    assert path.read_bytes() == server.data


def test_a_later_command_continues_what_an_earlier_one_left(server, path):
    server.cuts = [100_000, 0, 0, 0, 0]
    with pytest.raises(RegistryError, match="broke 5 times"):
        fetch(server.url(), path)
    assert names(path) == ["weights.bin.part", "weights.bin.version"]
    server.cuts = [400_000]
    fetch(server.url(), path)
    assert server.requests[-2:] == [
        ("/weights.bin", "bytes=100000-"),
        ("/weights.bin", "bytes=500000-"),
    ]
    assert path.read_bytes() == server.data
    assert names(path) == ["weights.bin"]


def test_a_part_of_an_older_version_is_not_continued(server, path):
    server.cuts = [300_000]
    path.parent.mkdir()
    path.with_name("weights.bin.part").write_bytes(b"old" * 1000)
    path.with_name("weights.bin.version").write_text('"0"')
    fetch(server.url(), path)
    assert path.read_bytes() == server.data


def test_a_wrong_hash_leaves_nothing(server, path):
    with pytest.raises(RegistryError, match="Nothing was kept"):
        fetch(server.url(), path, digest(b"something else"))
    assert names(path) == []


def test_redirections_are_followed(server, path):
    fetch(server.url("moved/weights.bin"), path)
    assert path.read_bytes() == server.data


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("status/404/weights.bin", "no longer has the file"),
        ("status/403/weights.bin", "does not allow"),
        ("status/503/weights.bin", "broke 5 times"),
        ("page/weights.bin", "is a web page"),
    ],
)
def test_a_refusal_says_why(name, message, server, path):
    with pytest.raises(RegistryError, match=message):
        fetch(server.url(name), path)
    assert names(path) == []


def test_without_a_network_the_error_names_the_host(path):
    with pytest.raises(RegistryError, match=r"127\.0\.0\.1 cannot be reached"):
        fetch("http://127.0.0.1:9/weights.bin", path)


def test_the_proxy_of_the_environment_is_used(server, path, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url(""))
    fetch("http://weights.example/weights.bin", path)
    assert server.requests == [("http://weights.example/weights.bin", None)]


def test_a_full_disk_is_told_before_anything_is_downloaded(server, path, monkeypatch):
    usage = shutil.disk_usage(path.parents[1])
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage._replace(free=1_000))
    with pytest.raises(RegistryError, match=r"1\.00 kB free, but 1\.02 MB are still to come"):
        fetch(server.url(), path)
    assert names(path) == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://host/file",
        "weights.bin",
        "https://host/",
        "https://host/..",
        "https://host/%2e%2e",
        "https://host/a%2fb",
        "https://[host/file",
    ],
)
def test_only_web_addresses_of_files_are_downloaded(url, path):
    with pytest.raises(RegistryError, match="address"):
        fetch(url, path)
    assert not path.parent.exists()


def test_two_processes_do_not_write_to_one_file(server, path):
    path.parent.mkdir()
    part = path.with_name("weights.bin.part")
    with part.open("ab") as file, fetching._locked(file, path):
        with pytest.raises(RegistryError, match="another process"):
            fetch(server.url(), path)
