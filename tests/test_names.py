"""A name never leads out of the folder that it is meant for, wherever it comes from."""

import json
import shutil

import numpy as np
import pytest

from spoofjax.cli import main
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.packed import Packed
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.errors import CorpusError, RunError
from spoofjax.names import check_name, leaves_folder, name_problem
from spoofjax.runs.folder import RunFolder

WRONG = ["", ".", "..", "../x", "/x", "a/b", "a\\b", "a\nb", "a\x00b", "n" * 300]


@pytest.mark.parametrize("name", WRONG)
def test_a_name_that_is_not_that_of_a_file_is_refused(name):
    assert name_problem(name)
    with pytest.raises(RunError, match="The name of the corpus"):
        check_name(name, "The name of the corpus", RunError)


@pytest.mark.parametrize(
    "name", ["asvspoof5", "asvspoof5+mlaad", "T_01", "my corpus, 2", "é", "a..b"]
)
def test_an_ordinary_name_is_accepted(name):
    assert check_name(name, "The name", RunError) == name


def test_relative_paths_that_lead_out_of_a_folder_are_found():
    paths = ["a", "b/c", "../a", "b/../../c", "/etc/passwd", "d..e", "f\tg"]
    assert leaves_folder(paths) == [2, 3, 4, 6]
    assert leaves_folder(["a", "b/c"]) == []


@pytest.mark.parametrize("name", ["../../x", "/tmp/x", "a/b"])
def test_scores_are_never_written_outside_the_run(tmp_path, name):
    for path in (RunFolder(tmp_path).scores, RunFolder(tmp_path).key):
        with pytest.raises(RunError, match="The name of the corpus"):
            path(name, "dev")


def test_a_corpus_with_such_a_name_is_refused_before_training(tiny_corpus, tmp_path, capsys):
    config = str(tiny_corpus() / "tiny.py")
    arguments = ["train", config, "--out", str(tmp_path / "run"), "--data.name", "../../x"]
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert "The name of the corpus must not contain a slash" in error
    assert not (tmp_path / "run").exists()
    ids = np.array(["a", "b"])
    with pytest.raises(CorpusError, match="The name of the corpus"):
        Manifest.of("..", ids, np.array([0, 1]), Files.under("", ids))


@pytest.mark.parametrize("id_", ["../outside", "/etc/passwd", "a/../../b"])
def test_an_id_that_leads_out_of_the_corpus_is_refused_with_its_line(tiny_corpus, tmp_path, id_):
    corpus = tiny_corpus(tmp_path / "corpus")
    protocol = corpus / "ASVspoof5.dev.track_1.tsv"
    lines = protocol.read_text().splitlines()
    fields = lines[4].split(" ")
    fields[1] = id_
    lines[4] = " ".join(fields)
    protocol.write_text("\n".join(lines) + "\n")
    with pytest.raises(CorpusError, match=r"dev.track_1.tsv.*5.*leads out of the folder"):
        ASVspoof5(root=str(corpus)).manifest("dev")


@pytest.fixture(scope="module")
def packed(tiny_corpus, tmp_path_factory):
    """A packed dev split, which no test changes."""
    folder = tmp_path_factory.mktemp("names") / "packed"
    command = ["pack", str(tiny_corpus()), "--split", "dev", "--out", str(folder)]
    assert main(command) == 0
    return folder


@pytest.mark.parametrize(
    ("file", "field", "change"),
    [
        ("packed.json", "corpus", lambda plan: plan.update(corpus="../../x")),
        ("packed.json", "splits", lambda plan: plan["splits"].update({"../x": {}})),
        ("dev/manifest.json", "columns", lambda table: table["columns"].update({"../x": []})),
        ("dev/manifest.json", "corpus", lambda table: table["columns"].update(corpus=["../x"])),
        ("dev/manifest.json", "file", lambda table: table["shards"][0].update(file="../x.npy")),
        ("dev/manifest.json", "file", lambda table: table["shards"][0].update(file="/etc/passwd")),
    ],
)
def test_a_packed_corpus_names_nothing_outside_itself(packed, tmp_path, file, field, change):
    folder = shutil.copytree(packed, tmp_path / "packed")
    value = json.loads((folder / file).read_text())
    change(value)
    (folder / file).write_text(json.dumps(value))
    with pytest.raises(CorpusError, match=rf"{file}.*{field}"):
        Packed(str(folder)).manifest("dev")
