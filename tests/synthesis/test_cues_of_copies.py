"""`spoofjax synthesize` says at its end what besides synthesis tells copies from their parents."""

import numpy as np
import pytest
import soundfile as sf
import untrained_runs

from spoofjax.cli import main
from spoofjax.config_files import load_config
from spoofjax.deployment.manifest_outputs import Outputs

RATE = 16_000
ATTACKS = """from dataclasses import dataclass

import numpy as np

from spoofjax.config import Attack


@dataclass(frozen=True)
class Offset(Attack):
    def __call__(self, samples, generator):
        return samples + np.float32(0.01)


@dataclass(frozen=True)
class Dull(Attack):
    def __call__(self, samples, generator):
        return np.convolve(samples, [0.25, 0.5, 0.25], "same").astype(np.float32)


@dataclass(frozen=True)
class Inverse(Attack):
    def __call__(self, samples, generator):
        return -samples


attacks = {"offset": Offset(), "dull": Dull(), "inverse": Inverse()}
"""


@pytest.fixture
def corpus(tmp_path):
    """24 bona fide utterances of random noises, of random levels and lengths."""
    folder, random = tmp_path / "corpus", np.random.default_rng(1)
    (folder / "flac_T").mkdir(parents=True)
    lines = []
    for n in range(24):
        noise = np.cumsum(random.normal(size=random.integers(6_000, 9_000)))
        noise = random.uniform(0.02, 0.1) * np.diff(noise - 0.9 * np.roll(noise, 1))
        sf.write(folder / "flac_T" / f"T_{n}.flac", noise, RATE)
        lines.append(f"S{n} T_{n} F - - - - bonafide bonafide -\n")
    (folder / "ASVspoof5.train.tsv").write_text("".join(lines))
    return folder


def sees_copies(_, manifest):
    """The outputs of a detector that tells every copy from its parent."""
    return Outputs(manifest.label.astype(float), np.empty((len(manifest), 0)))


def test_the_last_share_names_the_cues_of_each_attack(
    corpus, tmp_path, tiny_corpus, capsys, monkeypatch
):
    monkeypatch.setattr("spoofjax.guards.against_detector.manifest_outputs", sees_copies)
    attacks = tmp_path / "attacks.py"
    attacks.write_text(ATTACKS)
    command = ["synthesize", str(corpus), "--attacks", str(attacks), "--processes", "1"]
    command += ["--out", str(tmp_path / "copies"), "--quiet"]

    def printed(*options):
        assert main([*command, *options]) == 0
        return capsys.readouterr().out.splitlines()

    assert not [line for line in printed("--share", "1/2") if "train/" in line]
    run = untrained_runs.write_run(tmp_path / "run", load_config(tiny_corpus() / "tiny.py"))
    lines = printed("--share", "2/2", "--detector", str(run))
    warnings = [line for line in lines if line.startswith("warning")]
    for tag, kind, words in (
        ("offset", "cue-offset", "the DC offset of copies is"),
        ("dull", "cue-spectrum", "copies have"),
    ):
        [line] = [line for line in warnings if f"train/{tag} {kind}:" in line]
        assert words in line
        assert "from their parents" in line
    assert not [line for line in warnings if "train/inverse cue" in line]
    assert "24 copies against 24 of their parents" in "".join(lines)
    assert lines[-1].startswith("to train on it")
    assert len([line for line in warnings if "too-crude" in line and str(run) in line]) == 3


def test_a_detector_that_is_missing_is_an_error_before_any_copy(corpus, tmp_path, capsys):
    out = tmp_path / "copies"
    command = ["synthesize", str(corpus), "--attacks", "sinusoidal", "--out", str(out)]
    assert main([*command, "--detector", str(tmp_path / "nowhere")]) == 1
    assert "nowhere" in capsys.readouterr().err
    assert not out.exists()
