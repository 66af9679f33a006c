"""`spoofjax synthesize --codecs`: both classes through a neural codec, with their labels."""

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from spoofjax.cli import main
from spoofjax.corpora import ASVspoof5, WithCopies
from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.loading.sampling import Balanced, draws
from spoofjax.synthesis import NeuralCodec
from spoofjax.synthesis.parents import Synthesis, parents_of
from spoofjax.synthesis.records import Record, write_records

RATE = 16_000
KEYS = ("bonafide bonafide", "bonafide bonafide", "A01 spoof", "A02 spoof")
# Attacks take the place of codecs, whose weights take seconds to open.
QUICK = """from spoofjax.synthesis import PhaseRandomisation

codecs = {"line": PhaseRandomisation()}
"""
SLOW = """from spoofjax.synthesis import GriffinLim

codecs = {"slow": GriffinLim(iterations=100), "fast": GriffinLim(iterations=1)}
"""


@pytest.fixture
def corpus(vowel, tmp_path) -> Path:
    """Two bona fide utterances and two spoofs, in ASVspoof 5 layout."""
    folder = tmp_path / "corpus"
    (folder / "flac_T").mkdir(parents=True)
    for n in range(len(KEYS)):
        sf.write(folder / "flac_T" / f"T_{n}.flac", vowel[: 8_000 + 50 * n], RATE)
    lines = [f"S{n} T_{n} F - - - - {key} -\n" for n, key in enumerate(KEYS)]
    (folder / "ASVspoof5.train.tsv").write_text("".join(lines))
    return folder


def test_coded_copies_keep_the_labels_and_join_the_training(corpus, tmp_path, capsys):
    codecs = tmp_path / "codecs.py"
    codecs.write_text(QUICK)
    out = tmp_path / "coded"
    command = ["synthesize", str(corpus), "--codecs", str(codecs), "--out", str(out)]
    assert main([*command, "--processes", "1", "--quiet", "--no-cues"]) == 0
    printed = capsys.readouterr().out
    assert "cues" not in printed
    assert "4 files of 4 utterances" in printed
    assert f"data=WithCopies(CORPUS, folder={str(out)!r})" in printed.splitlines()[-1]

    coded, speech = (ASVspoof5(root=str(f)).manifest("train") for f in (out, corpus))
    assert coded.label.tolist() == [1, 1, 0, 0]
    assert coded.column("codec").values() == ["line"] * 4
    assert coded.column("attack").values() == ["-", "-", "A01", "A02"]
    for row in range(4):
        parent, copy = (sf.read(path)[0] for path in (speech.path(row), coded.path(row)))
        assert copy.shape == parent.shape
        assert np.abs(copy - parent).max() > 0

    origins = [json.loads(line) for line in (out / "provenance.jsonl").read_text().splitlines()]
    assert [(o["parent"], o["attack"], o["codec"]) for o in origins[1:3]] == [
        ("T_1", "-", "line"), ("T_2", "A01", "line")
    ]  # fmt: skip

    joined = WithCopies(ASVspoof5(root=str(corpus)), str(out)).manifest("train")
    assert joined.label.tolist() == [1, 1, 0, 0] * 2
    assert joined.ids[4:].tolist() == [f"coded/flac_T/T_{n}~line" for n in range(4)]
    assert joined.column("codec").values() == ["-"] * 4 + ["line"] * 4
    assert joined.column("parent").values()[4:] == ["T_0", "T_1", "T_2", "T_3"]
    stream = Balanced(by="attack+codec").stream(joined, seed=1)
    counts = Counter(draws(stream, 0, 800).tolist())
    # Within each class, each attack with each codec: 2 of bona fide speech, 4 of spoofs.
    assert sum(counts[row] for row in (4, 5)) == 200
    assert [counts[row] for row in (2, 3, 6, 7)] == [100] * 4


def test_the_protocol_names_attack_and_codec_of_each_copy(tmp_path):
    ids = np.array(["a", "b", "c"])
    attack, codec = Column.of(["-", "A01", "-"]), Column.of(["mp3", "-", "-"])
    label, files = np.array([1, 0, 0]), Files.under("", ids)
    manifest = Manifest.of("calls", ids, label, files, attack=attack, codec=codec)
    synthesis = Synthesis({"dac": NeuralCodec("dac")}, is_transmission=True)
    parents = parents_of(manifest, "train", synthesis)
    records: list[Record] = [{"sha256": ["0" * 64], "problem": ""} for _ in parents]
    write_records(tmp_path, {"train": manifest}, parents, records, synthesis)
    assert (tmp_path / "ASVspoof5.train.tsv").read_text().splitlines() == [
        "- a~dac - dac - - - bonafide bonafide -",
        "- b~dac - dac - - - A01 spoof -",
        "- c~dac - dac - - - unknown spoof -",
    ]


@pytest.mark.slow
def test_a_killed_transmission_ends_like_an_unbroken_one(corpus, tmp_path):
    codecs = tmp_path / "codecs.py"
    codecs.write_text(SLOW)

    def start(out):
        words = ["synthesize", corpus, "--codecs", codecs, "--out", out, "--processes", "1"]
        command = [sys.executable, "-m", "spoofjax.cli", *words, "--quiet"]
        return subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE)

    def contents(folder):
        files = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder): path.read_bytes() for path in files}

    unbroken, killed = tmp_path / "unbroken", tmp_path / "killed"
    assert start(unbroken).wait(120) == 0
    process = start(killed)
    while not list(killed.glob("flac_T/*~slow.flac")):
        assert process.poll() is None, process.communicate()[1].decode()
        time.sleep(0.001)
    process.kill()
    process.communicate()
    assert not (killed / "provenance.jsonl").exists()  # otherwise it was killed too late
    assert start(killed).wait(120) == 0
    assert contents(killed) == contents(unbroken)
    assert len(contents(killed)) == 8 + 3
