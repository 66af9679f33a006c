"""A file scored by itself gets the score that evaluation gives it, however clips are made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import tiny

from spoofjax.config import Clip, Experiment
from spoofjax.config_files import load_config
from spoofjax.corpora.packing.packed import Packed
from spoofjax.corpora.packing.packing import Packing, pack
from spoofjax.corpora.readers.folder import Folder
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.scoring import score_files
from spoofjax.training.assembly import Assembly, assemble
from spoofjax.training.scoring import score_split, scoring_batches
from spoofjax.training.step import evaluated

CLIPS = {
    "tiled": Clip(evaluate=8_000),
    "tiled and levelled": Clip(evaluate=8_000, level_dbfs=-26.0),
    "padded": Clip(evaluate=8_000, short="pad"),
    "padded and levelled": Clip(evaluate=8_000, short="pad", level_dbfs=-26.0),
    "in buckets": Clip(evaluate=8_000, short="pad", buckets=tiny.BUCKETS),
    "in buckets and levelled": Clip(
        evaluate=8_000, short="pad", buckets=tiny.BUCKETS, level_dbfs=-26.0
    ),
}
BITS = ["16-bit", pytest.param("24-bit", marks=pytest.mark.slow)]
DECISION = {"threshold": 0.0, "log_prior_odds": 0.0, "calibration": None}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two corpora of five lengths, one of 16-bit files and one of 24-bit files."""
    root = tmp_path_factory.mktemp("corpora")
    corpora = {bits: tiny.make_corpus(root / bits, tiny.UNEVEN) for bits in ("16-bit", "24-bit")}
    random = np.random.default_rng(1)
    for path in sorted((corpora["24-bit"] / "flac_D").glob("*.flac")):
        samples, rate = soundfile.read(path)
        # Smaller than a step of 16 bits, so that rounding to 16 bits shows.
        samples += random.uniform(-1, 1, len(samples)) * 2.0**-17
        soundfile.write(path, samples, rate, subtype="PCM_24")
    for corpus in corpora.values():
        tiny.write_config(corpus / "tiny.py", corpus)
    return corpora


@pytest.fixture(scope="module")
def assembled(folders) -> Callable[[Experiment], Assembly]:
    """Builds an untrained model with the statistics of its features; the same one every time."""

    def build(experiment: Experiment) -> Assembly:
        statistics = (np.full(24, -8.0, np.float32), np.full(24, 3.0, np.float32))
        return assemble(experiment, steps=1, statistics=statistics)

    return build


def evaluation_scores(assembly: Assembly) -> dict[str, float]:
    """The scores that evaluation gives the dev split, by utterance."""
    from spoofjax.cluster.watchdog import Watchdog

    manifest = assembly.experiment.data.manifest("dev")
    batches = scoring_batches(assembly, manifest)
    try:
        scores = score_split(assembly, assembly.state, manifest, batches, Watchdog(0))
    finally:
        batches.close()
    return dict(zip(manifest.ids.tolist(), scores.tolist(), strict=True))


def file_scores(assembly: Assembly, folder: Path) -> dict[str, float]:
    """The scores that `spoofjax score` gives the files of the dev split, by utterance."""
    params, constants = evaluated(assembly.state), assembly.state.constants
    detector = Detector(assembly.experiment, DECISION, dict(params), dict(constants))
    files = sorted((folder / "flac_D").glob("*.flac"))
    return {Path(row.file).stem: row.score for row in score_files(detector, files, pooling="start")}


def as_wav(path: Path, folder: Path, rate: int, subtype: str) -> Path:
    """Write a file's samples, amplified beyond full scale, as WAV with `rate` in its header."""
    folder.mkdir(parents=True, exist_ok=True)
    samples, _ = soundfile.read(path)
    copy = folder / f"{path.stem}.wav"
    soundfile.write(copy, 3 * samples, rate, subtype=subtype)
    return copy


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("clip", CLIPS.values(), ids=CLIPS)
def test_a_file_scores_as_in_evaluation(folders, assembled, clip, bits):
    experiment = load_config(folders[bits] / "tiny.py").replace(clip=clip)
    assembly = assembled(experiment)
    expected = evaluation_scores(assembly)
    scores = file_scores(assembly, folders[bits])
    assert scores == pytest.approx(expected, abs=1e-5)
    assert np.std(list(scores.values())) > 1e-3


@pytest.mark.parametrize(
    ("rate", "subtype"), [(16_000, "FLOAT"), (22_050, "PCM_16")], ids=["float", "22,050 Hz"]
)
@pytest.mark.parametrize("name", ["tiled and levelled", "padded", "in buckets and levelled"])
def test_a_wav_file_scores_as_in_evaluation(folders, assembled, tmp_path, name, rate, subtype):
    files = [
        as_wav(path, tmp_path / "dev" / ("spoof" if n % 2 else "bonafide"), rate, subtype)
        for n, path in enumerate(sorted((folders["16-bit"] / "flac_D").glob("*.flac")))
    ]
    experiment = load_config(folders["16-bit"] / "tiny.py").replace(
        clip=CLIPS[name], data=Folder(root=str(tmp_path))
    )
    assembly = assembled(experiment)
    expected = {Path(file).stem: score for file, score in evaluation_scores(assembly).items()}
    detector = Detector(
        experiment, DECISION, dict(assembly.state.params), dict(assembly.state.constants)
    )
    rows = score_files(detector, files, pooling="start")
    scores = {Path(row.file).stem: row.score for row in rows}
    assert len(scores) == 24
    assert scores == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("clip", CLIPS.values(), ids=CLIPS)
def test_a_file_scores_as_its_packed_copy(folders, assembled, tmp_path, clip, bits):
    experiment = load_config(folders[bits] / "tiny.py")
    pack({"dev": experiment.data.manifest("dev")}, tmp_path / "packed", Packing())
    packed = Packed(str(tmp_path / "packed"))
    assembly = assembled(experiment.replace(clip=clip, data=packed))
    expected = evaluation_scores(assembly)
    # Packing rounds 24-bit samples to 16 bits, which changes features slightly.
    tolerance = 1e-5 if bits == "16-bit" else 1e-2
    assert file_scores(assembly, folders[bits]) == pytest.approx(expected, abs=tolerance)


def test_an_unreadable_file_gives_a_row_and_the_others_their_scores(folders, assembled, tmp_path):
    experiment = load_config(folders["16-bit"] / "tiny.py").replace(clip=CLIPS["in buckets"])
    assembly = assembled(experiment)
    detector = Detector(
        experiment, DECISION, dict(assembly.state.params), dict(assembly.state.constants)
    )
    files = sorted((folders["16-bit"] / "flac_D").glob("*.flac"))[:5]
    alone = [row.score for row in score_files(detector, files)]
    broken = tmp_path / "broken.flac"
    broken.write_bytes(b"no audio")
    rows = list(score_files(detector, [*files[:2], broken, *files[2:]]))
    assert rows[2].error is not None
    assert [row.score for row in rows if row.error is None] == pytest.approx(alone, abs=1e-6)
