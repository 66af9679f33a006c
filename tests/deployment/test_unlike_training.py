"""A file is compared with what the detector heard in training, also by an export."""

import pytest
import soundfile

from spoofjax.audio.judging import TrainingAudio
from spoofjax.config import Clip
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.export import export_run
from spoofjax.deployment.scoring import score_files
from spoofjax.errors import RunError
from spoofjax.files import write_json
from spoofjax.runs.folder import RunFolder


@pytest.fixture
def run(make_run):
    """A run that heard 0.1 % of DC offset and levels from -30 to -10 dBFS."""
    folder = make_run(Clip(evaluate=8_000))
    facts = {"clips": 128, "largest_dc_share": 0.001, "level_dbfs": [-30.0, -10.0]}
    write_json(RunFolder(folder).training_audio, facts)
    return folder


def test_a_file_unlike_those_of_training_is_not_judged(run, files, tmp_path):
    samples, rate = soundfile.read(files[4])
    samples *= 0.1 / samples.std()
    variants = {
        "like training": samples,
        "offset": samples + 0.008,
        "soft": samples * 0.02,
    }
    paths = [tmp_path / f"{name}.wav" for name in variants]
    for path, variant in zip(paths, variants.values(), strict=True):
        soundfile.write(path, variant, rate, subtype="FLOAT")
    like, offset, soft = score_files(Detector.load(run), paths)
    assert like.verdict in ("bonafide", "spoof")
    assert offset.reason.endswith("8% of the signal's RMS; in training it was at most 0.1%")
    assert soft.reason == "a level of -54 dBFS; in training it was -30 to -10 dBFS"
    RunFolder(run).training_audio.unlink()
    rows = list(score_files(Detector.load(run), paths[:2]))
    assert all(row.is_judged for row in rows)


def test_an_export_knows_what_its_run_heard(run, files, tmp_path):
    out = tmp_path / "export"
    export_run(Detector.load(run), run, files[:1], out)
    assert Detector.load(out).training_audio == TrainingAudio(0.001, (-30.0, -10.0))


def test_levels_do_not_matter_where_clips_are_brought_to_one(make_run):
    folder = make_run(Clip(evaluate=8_000, level_dbfs=-26.0))
    write_json(
        RunFolder(folder).training_audio, {"largest_dc_share": 0.001, "level_dbfs": [-30, -10]}
    )
    assert Detector.load(folder).training_audio == TrainingAudio(0.001, None)


def test_a_damaged_record_is_an_error(run):
    write_json(RunFolder(run).training_audio, {"largest_dc_share": -1, "level_dbfs": [0, 1]})
    with pytest.raises(RunError, match=r"training_audio\.json is damaged: largest_dc_share"):
        Detector.load(run)
