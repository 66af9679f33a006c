"""A damaged file of an export gives one error that names it, and its program never crashes jax."""

import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from mutations import mutated, mutated_header, refusals, with_flipped_bits

from spoofjax.audio.reading import read
from spoofjax.config import Clip
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.export import export_run
from spoofjax.deployment.program import load_program
from spoofjax.errors import RunError
from spoofjax.evaluation.rule import Rule


@pytest.fixture(scope="module")
def exported(make_run, files, tmp_path_factory) -> Path:
    """An export of a real network."""
    run, out = make_run(Clip(evaluate=8_000)), tmp_path_factory.mktemp("exports") / "export"
    export_run(Detector.load(run), run, files[:1], out)
    return out


def load_detector(folder: Path) -> None:
    """Load the detector of an export and the rule of its verdicts."""
    Rule.of(Detector.load(folder).decision)


def program_of(folder: Path) -> None:
    """Load the program of an export."""
    load_program(folder)


def mutated_program(data: bytes, chance: random.Random) -> bytes:
    """Flip bits of one byte, cut the end off, or put noise in the place of a stretch."""
    kind, place = chance.randrange(3), chance.randrange(len(data))
    if kind == 0:
        return with_flipped_bits(data, chance)
    if kind == 1:
        return data[:place]
    noise = chance.randbytes(chance.randrange(1, 64))
    return data[:place] + noise + data[place + len(noise) :]


def test_the_program_gives_the_scores_of_the_detector(exported, files):
    detector = Detector.load(exported)
    clip, valid = detector.prepare(read(files[0]))
    features, frames = detector.features(clip[None], np.array([valid]))
    scores = load_program(exported).call(features, frames)
    np.testing.assert_allclose(scores, detector.score(clip[None], np.array([valid])), atol=1e-4)


def test_a_damaged_program_is_refused_before_it_is_parsed(exported, tmp_path):
    folder = shutil.copytree(exported, tmp_path / "export")
    errors = refusals(folder, "model.stablehlo", program_of, 200, mutated_program)
    assert len(errors) == 200
    assert all("model.stablehlo is damaged" in error for error in errors)
    (folder / "model.stablehlo").unlink()
    with pytest.raises(RunError, match=r"model\.stablehlo is missing"):
        load_program(folder)


def test_a_program_that_jax_cannot_read_is_told_with_its_version(exported, tmp_path):
    folder = shutil.copytree(exported, tmp_path / "export")
    text = (folder / "export.json").read_text().replace('"sha256"', '"sha1"')
    (folder / "export.json").write_text(text)
    (folder / "model.stablehlo").write_bytes(b"")
    with pytest.raises(RunError, match="cannot be read by this version of jax; it was written by"):
        load_program(folder)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "read", "change"),
    [
        ("config.json", load_detector, mutated),
        ("decision.json", load_detector, mutated),
        ("weights.safetensors", load_detector, mutated_header),
        ("export.json", program_of, mutated),
    ],
)
def test_two_hundred_damages_of_each_file_of_an_export(exported, tmp_path, file, read, change):
    folder = shutil.copytree(exported, tmp_path / "export")
    errors = refusals(folder, file, read, 200, change)
    assert len(errors) > 20
    assert sum(file in error for error in errors) > 0.9 * len(errors)
