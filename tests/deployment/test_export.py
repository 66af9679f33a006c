"""An export is complete and gives the scores of its run, or it does not appear."""

import json

import jax.export
import numpy as np
import pytest
import tiny

from spoofjax.audio.reading import read
from spoofjax.config import Clip
from spoofjax.deployment import export
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.export import export_run
from spoofjax.errors import AudioError, RunError

CLIPS = {
    "tiled": Clip(evaluate=8_000),
    "padded and levelled": Clip(evaluate=8_000, short="pad", level_dbfs=-26.0),
    "in buckets": Clip(evaluate=8_000, short="pad", buckets=tiny.BUCKETS),
}


@pytest.mark.parametrize("clip", CLIPS.values(), ids=CLIPS)
def test_the_program_gives_the_scores_of_the_run(make_run, files, tmp_path, clip):
    run, out = make_run(clip), tmp_path / "export"
    detector = Detector.load(run)
    facts = export_run(detector, run, files[:2], out)
    program = jax.export.deserialize(bytearray((out / "model.stablehlo").read_bytes()))
    # Three utterances, although two were checked; each in a clip of the length that export.json
    # gives, although evaluation takes shorter ones for those that fit a smaller bucket.
    clips, lengths = zip(
        *(detector.prepare(read(file), facts["clip"]["samples"]) for file in files[:3]), strict=True
    )
    features, frames = detector.features(np.stack(clips), np.array(lengths))
    assert list(features.shape[1:]) == facts["inputs"]["features"][1:]
    own_clips = [detector.prepare(read(file)) for file in files[:3]]
    expected = [detector.score(clip[None], np.array([valid]))[0] for clip, valid in own_clips]
    np.testing.assert_allclose(program.call(features, frames), expected, atol=1e-4)


def test_an_export_is_a_detector_like_its_run(make_run, files, tmp_path):
    run, out = make_run(CLIPS["in buckets"]), tmp_path / "deep" / "export"
    detector = Detector.load(run)
    facts = export_run(detector, run, files, out)
    assert json.loads((out / "export.json").read_text()) == facts
    clip, valid = detector.prepare(read(files[0]))
    copy = Detector.load(out)
    assert copy.decision == detector.decision
    np.testing.assert_array_equal(
        copy.score(clip[None], np.array([valid])), detector.score(clip[None], np.array([valid]))
    )
    assert [path.name for path in out.parent.iterdir()] == ["export"]


def test_a_folder_in_use_is_left_alone(make_run, files, tmp_path):
    run = make_run(CLIPS["tiled"])
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(RunError, match="is not empty"):
        export_run(Detector.load(run), run, files, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_program_that_differs_from_the_run_is_not_exported(
    make_run, files, tmp_path, monkeypatch
):
    run, out = make_run(CLIPS["tiled"]), tmp_path / "export"
    monkeypatch.setattr(export, "TOLERANCE", -1.0)
    with pytest.raises(RunError, match="nothing was exported"):
        export_run(Detector.load(run), run, files, out)
    assert list(tmp_path.iterdir()) == []


def test_an_unreadable_file_is_named_and_nothing_is_exported(make_run, tmp_path):
    run, broken = make_run(CLIPS["tiled"]), tmp_path / "broken.flac"
    broken.write_bytes(b"no audio")
    with pytest.raises(AudioError, match=r"broken\.flac"):
        export_run(Detector.load(run), run, [broken], tmp_path / "export")
    assert not (tmp_path / "export").exists()
