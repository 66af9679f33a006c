"""Small files that once got a verdict without evidence, or ended `score` for all files."""

import pytest
import untrained_runs

from spoofjax.config_files import load_config
from spoofjax.corpora.audio_files import find_audio
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.scoring import score_files

ERRORS = {
    "rate_1hz.wav": "1 Hz",
    "truncated_wav_named.flac": "truncated",
    "giant_length.flac": "giant_length.flac",
}
REASONS = {
    "one_sample.wav": "s of audio",
    "silence.wav": "digital silence",
    "stereo_antiphase.wav": "channels cancel",
}
JUDGED = {"unknown_length.flac", "vbr_without_xing.mp3", "crop.mp3"}


@pytest.fixture(scope="module")
def rows(shared, uneven_corpus, tmp_path_factory):
    """The rows of all files of the cases, by name."""
    experiment = load_config(uneven_corpus / "tiny.py")
    run = untrained_runs.write_run(tmp_path_factory.mktemp("runs") / "run", experiment)
    detector = Detector.load(run)
    files = find_audio([shared / "cases"])
    return {file.name: row for file, row in zip(files, score_files(detector, files), strict=True)}


def test_every_file_has_one_row(rows):
    assert rows.keys() == {*ERRORS, *REASONS, *JUDGED}


@pytest.mark.parametrize(("name", "words"), ERRORS.items())
def test_what_cannot_be_read_is_an_error(rows, name, words):
    assert words in rows[name].error
    assert rows[name].verdict == "unknown"


@pytest.mark.parametrize(("name", "words"), REASONS.items())
def test_what_holds_no_evidence_is_unknown(rows, name, words):
    assert words in rows[name].reason
    assert rows[name].verdict == "unknown"
    assert rows[name].p_spoof is None


def test_a_file_without_its_length_is_heard_to_the_end(rows):
    assert rows["vbr_without_xing.mp3"].seconds == pytest.approx(13.92, abs=0.1)
    assert rows["unknown_length.flac"].error is None
