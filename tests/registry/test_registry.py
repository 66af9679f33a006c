"""Weights have names: they are listed, downloaded once, added by users and found by models."""

import json
import re

import pytest

from spoofjax.cli import main
from spoofjax.config_paths import shipped_configs
from spoofjax.errors import RegistryError
from spoofjax.registry.downloading import download
from spoofjax.registry.entries import add, entries, entry_named
from spoofjax.registry.entry import Entry, File
from spoofjax.registry.published import PUBLISHED
from spoofjax.registry.resolving import resolve
from spoofjax.registry.store import Copy


@pytest.fixture
def entry(server):
    """Weights of two files, added to the user's registry."""
    files = (File(server.url("config.json")), File(server.url("model.safetensors")))
    entry = Entry(name="mine", files=files, licence="CC0")
    add(entry)
    return entry


def test_shipped_entries_are_complete():
    assert len({entry.name for entry in PUBLISHED}) == len(PUBLISHED)
    for entry in PUBLISHED:
        assert entry.what
        assert entry.owner.startswith("https://")
        assert entry.licence
        assert entry.input
        addresses = [entry.page] if entry.page else [file.url for file in entry.files]
        assert addresses
        assert all(address.startswith("https://") for address in addresses)
        assert set(entry.configs) <= set(shipped_configs())
        assert Entry.from_json(entry.name, entry.to_json()) == entry


def test_a_download_is_found_by_its_name(entry, registry):
    with pytest.raises(RegistryError, match="spoofjax models get mine"):
        resolve("mine")
    results = download(Copy(entry))
    assert all(one.is_new and not one.was_checked for one in results)
    assert resolve("mine") == registry / "models/mine"


def test_a_single_file_is_found_itself(server, registry):
    add(Entry(name="one", files=(File(server.url("one.pth")),)))
    download(Copy(entry_named("one")))
    assert resolve("one") == registry / "models/one/one.pth"


def test_a_path_comes_before_a_name(entry, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").write_bytes(b"")
    assert str(resolve("mine")) == "mine"


def test_an_unknown_name_suggests_others():
    with pytest.raises(RegistryError, match=r"Did you mean .*xls-r-300m"):
        resolve("xlsr-300m")
    with pytest.raises(RegistryError, match=r"no weights /models/none\.pt"):
        resolve("/models/none.pt")


def test_a_second_download_only_checks(entry, server):
    download(Copy(entry))
    count = len(server.requests)
    assert all(not one.is_new and one.was_checked for one in download(Copy(entry)))
    assert len(server.requests) == count


def test_a_file_that_changed_here_is_told(entry):
    copy = Copy(entry)
    download(copy)
    with (copy.folder / "model.safetensors").open("r+b") as file:
        file.write(b"other")
    with pytest.raises(RegistryError, match="has changed since"):
        download(copy)


def test_a_file_that_is_gone_must_come_back_as_it_was(entry, server):
    copy = Copy(entry)
    download(copy)
    (copy.folder / "model.safetensors").unlink()
    assert not copy.is_complete
    server.data = server.data[:-1]
    with pytest.raises(RegistryError, match="another content than expected"):
        download(copy)
    assert not (copy.folder / "model.safetensors").exists()


def test_a_published_hash_is_held(server):
    add(Entry(name="hashed", files=(File(server.url(), "0" * 64),)))
    with pytest.raises(RegistryError, match="another content than expected"):
        download(Copy(entry_named("hashed")))
    with pytest.raises(RegistryError, match="not on this machine"):
        resolve("hashed")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (Entry(name="aasist", files=()), "ships with spoofjax"),
        (Entry(name="../out", files=()), "slash"),
        (Entry(name="x", files=(File("file:///etc/passwd"),)), "address"),
        (Entry(name="x", files=(File("https://host/a", "abc"),)), "SHA-256"),
        (Entry(name="x", files=(File("https://host/a"), File("https://host/b/a"))), "same name"),
    ],
)
def test_an_impossible_entry_is_refused(entry, message):
    with pytest.raises(RegistryError, match=message):
        add(entry)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{",
        '{"x": {}}',
        '{"x": {"files": [{"url": "file:///etc/passwd"}]}}',
        '{"../x": {"files": []}}',
        '{"x": {"files": [{"url": "https://host/../.."}]}}',
    ],
)
def test_a_damaged_registry_is_told_with_its_file(text, registry):
    (registry / "registry.json").write_text(text)
    with pytest.raises(RegistryError, match=r"registry\.json is damaged"):
        entries()


def test_the_folders_of_the_user_are_those_of_xdg(monkeypatch, tmp_path):
    for variable in ("SPOOFJAX_MODELS", "SPOOFJAX_REGISTRY"):
        monkeypatch.delenv(variable)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    entry = Entry(name="mine", files=(File("https://host/a.pt"),))
    add(entry)
    assert (tmp_path / "config/spoofjax/models.json").is_file()
    assert Copy(entry).path == tmp_path / "data/spoofjax/models/mine/a.pt"


def test_the_command_adds_downloads_and_lists(server, capsys, registry):
    url = server.url("net.pth")
    assert main(["models", "add", "net", "--url", url, "--what", "a test", "--licence", "MIT"]) == 0
    assert main(["models", "get", "net"]) == 0
    captured = capsys.readouterr()
    assert "licence: MIT" in captured.err
    assert "net.pth: 1.02 MB of 1.02 MB, 100%" in captured.err
    assert 'use it as weights="net"' in captured.out
    assert main(["models", "list"]) == 0
    (row,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("net "))
    assert re.split(r"  +", row) == ["net", "unknown", "yes", "MIT", "a test"]
    assert main(["models", "show", "net", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["path"] == str(registry / "models/net/net.pth")


def test_the_command_downloads_to_another_folder(entry, tmp_path, capsys):
    assert main(["models", "get", "mine", "--out", str(tmp_path / "elsewhere")]) == 0
    assert (tmp_path / "elsewhere/model.safetensors").is_file()
    assert f'weights="{tmp_path}/elsewhere"' in capsys.readouterr().out


def test_a_detector_shows_how_it_is_imported(registry, capsys):
    assert main(["models", "show", "aasist-l"]) == 0
    path = registry / "models/aasist-l/AASIST-L.pth"
    command = f"spoofjax import {path} --as aasist_l --out runs/aasist-l"
    assert command in capsys.readouterr().out
    assert main(["models", "show", "rawnet2-la"]) == 0  # an archive
    assert "spoofjax import FILE --as rawnet2" in capsys.readouterr().out
    assert main(["models", "show", "wavlm-large"]) == 0  # an encoder
    assert "as a detector" not in capsys.readouterr().out


def test_what_only_a_browser_can_download_is_told_with_its_page(capsys, tmp_path):
    assert main(["models", "get", "ssl-aasist"]) == 1
    assert "Open https://drive.google.com/" in capsys.readouterr().err
    with pytest.raises(RegistryError, match="save the file, and give its path"):
        resolve("ssl-aasist")
    assert main(["models", "show", "ssl-aasist"]) == 0
    assert "page:           https://drive.google.com/" in capsys.readouterr().out
    assert main(["models", "list"]) == 0
    (row,) = (r for r in capsys.readouterr().out.splitlines() if r.startswith("ssl-aasist "))
    assert re.split(r"  +", row)[:3] == ["ssl-aasist", "unknown", "by hand"]


def test_the_command_shows_what_is_known(capsys):
    assert main(["models", "show", "xls-r-300m"]) == 0
    output = capsys.readouterr().out
    assert "Apache-2.0" in output
    assert "https://huggingface.co/facebook/wav2vec2-xls-r-300m/resolve/main/config.json" in output
    assert "spoofjax models get xls-r-300m" in output
    assert main(["models", "show", "xls-r"]) == 1
    assert "Did you mean" in capsys.readouterr().err
