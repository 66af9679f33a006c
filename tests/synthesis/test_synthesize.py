"""`spoofjax synthesize`: a corpus of copies, the same bytes however it came to be."""

import json
import subprocess
import sys
import time

import numpy as np
import pytest
import soundfile as sf

from spoofjax.cli import main
from spoofjax.corpora import ASVspoof5, Mixture
from spoofjax.files import sha256_of

RATE = 16_000
SLOW = """from spoofjax.synthesis import GriffinLim, PhaseRandomisation

attacks = {"slow": GriffinLim(iterations=100), "fast": PhaseRandomisation()}
"""


def make_corpus(folder, vowel, utterances):
    """A corpus in ASVspoof 5 layout: so many bona fide utterances and one spoof."""
    (folder / "flac_T").mkdir(parents=True)
    lines = []
    for n in range(utterances + 1):
        sf.write(folder / "flac_T" / f"T_{n}.flac", vowel[: 8_000 + 50 * n], RATE)
        key = "bonafide bonafide" if n < utterances else "A01 spoof"
        lines.append(f"S{n % 2} T_{n} F - - - - {key} -\n")
    (folder / "ASVspoof5.train.tsv").write_text("".join(lines))
    return folder


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_copies_are_a_corpus_and_bad_utterances_are_named(vowel, tmp_path, capsys):
    corpus = make_corpus(tmp_path / "corpus", vowel, 4)
    (corpus / "flac_T" / "T_1.flac").write_bytes(b"fLaC is not all")
    sf.write(corpus / "flac_T" / "T_2.flac", np.zeros(8_000), RATE)
    out = tmp_path / "copies"
    command = [
        "synthesize", str(corpus), "--attacks", "linear_prediction", "spectral_warp",
        "--with-bonafide", "--out", str(out), "--processes", "1", "--quiet",
    ]  # fmt: skip
    assert main(command) == 3
    printed = capsys.readouterr()
    assert "6 files of 4 utterances, 6 written now" in printed.out
    assert "files/s" in printed.out
    assert "T_1.flac" in printed.err
    assert "T_2 is silent" in printed.err

    copies = ASVspoof5(root=str(out), name="copies")
    joined = Mixture((ASVspoof5(root=str(corpus)), copies)).manifest("train")
    assert len(joined) == 5 + 6
    rows = copies.manifest("train")
    assert rows.columns["attack"].tally() == {"linear_prediction": 2, "spectral_warp": 2}
    assert rows.columns["speaker"].values() == ["S0"] * 3 + ["S1"] * 3
    assert rows.label.tolist() == [1, 0, 0, 1, 0, 0]
    for row, line in enumerate((out / "provenance.jsonl").read_text().splitlines()):
        origin = json.loads(line)
        assert origin["sha256"] == sha256_of(out / "flac_T" / f"{origin['id']}.flac")
        assert origin["id"] == rows.ids[row]
        assert origin["attack"] == rows.columns["attack"].values()[row]
        parent = sf.read(corpus / "flac_T" / f"{origin['parent']}.flac")[0]
        copy = sf.read(rows.path(row))[0]
        assert len(copy) == len(parent)
        assert copy.std() == pytest.approx(parent.std(), rel=0.01)
    assert main(["validate", str(out)]) == 0

    assert main([*command, "--seed", "2"]) == 1
    assert "was begun with other seed" in capsys.readouterr().err


@pytest.mark.slow
def test_kills_processes_and_machines_change_no_byte(vowel, tmp_path):
    corpus = make_corpus(tmp_path / "corpus", vowel, 4)
    attacks = tmp_path / "attacks.py"
    attacks.write_text(SLOW)

    def start(out, *options):
        words = ["synthesize", corpus, "--attacks", attacks, "--out", out, "--with-bonafide"]
        command = [sys.executable, "-m", "spoofjax.cli", *words, "--quiet", *options]
        return subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE)

    def finish(process):
        error = process.communicate(timeout=120)[1]
        assert process.returncode == 0, error.decode()

    unbroken, killed, shared = (tmp_path / name for name in ("unbroken", "killed", "shared"))
    finish(start(unbroken, "--processes", "2"))
    assert len(list(unbroken.glob("flac_T/*.flac"))) == 4 * 3

    process = start(killed, "--processes", "1")
    while not list(killed.glob("flac_T/*~slow.flac")):
        assert process.poll() is None, process.communicate()[1].decode()
        time.sleep(0.001)
    process.kill()
    process.communicate()
    assert not (killed / "provenance.jsonl").exists()  # otherwise it was killed too late
    before = {path: path.stat().st_mtime_ns for path in killed.glob("flac_T/*.flac")}
    finish(start(killed, "--processes", "1"))
    assert contents(killed) == contents(unbroken)
    assert before == {path: path.stat().st_mtime_ns for path in before}

    finish(start(shared, "--share", "2/2", "--processes", "1"))
    assert not (shared / "provenance.jsonl").exists()
    finish(start(shared, "--share", "1/2", "--processes", "1"))
    files = contents(shared)
    assert {path: data for path, data in files.items() if path.parts[0] != "shares"} == (
        contents(unbroken)
    )
