"""Small audio files that once failed or misled, each with its right answer."""

import numpy as np
import pytest

from spoofjax.audio.judging import reason_against
from spoofjax.audio.reading import length_of, read, read_int16, read_recording
from spoofjax.corpora.validation.audio_facts import examine
from spoofjax.errors import AudioError


@pytest.fixture(scope="module")
def cases(shared):
    """The folder of cases."""
    return shared / "cases"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("rate_1hz.wav", "sample rate of 1 Hz"),
        ("truncated_wav_named.flac", "of the .* bytes of samples"),
        ("giant_length.flac", "header states 68,719,476,735 samples"),
    ],
)
def test_each_reader_gives_the_same_error(cases, name, words):
    for reader in (read, read_int16, read_recording, length_of):
        with pytest.raises(AudioError, match=f"{name}: .*{words}"):
            reader(cases / name)
    facts = examine(str(cases / name))
    with pytest.raises(AudioError) as error:
        read(cases / name)
    assert str(error.value) == f"{cases / name}: {facts.error}"


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("one_sample.wav", "short", "only 0.00 s"),
        ("silence.wav", "silent", "digital silence"),
        ("stereo_antiphase.wav", "channels-cancel", "channels cancel"),
    ],
)
def test_what_cannot_be_judged_has_a_reason(cases, name, kind, words):
    samples, origin = read_recording(cases / name)
    assert words in reason_against(samples, 16_000, origin=origin).text
    assert examine(str(cases / name)).doubt == kind


@pytest.mark.parametrize(
    ("name", "seconds"), [("unknown_length.flac", 13.92), ("vbr_without_xing.mp3", 13.92)]
)
def test_files_without_a_stated_length_are_read_to_their_end(cases, name, seconds):
    # Without its Xing header, an MP3 keeps the encoder's delay of up to 0.1 s.
    assert length_of(cases / name) / 16_000 == pytest.approx(seconds, abs=0.1)
    assert not examine(str(cases / name)).error


def test_crops_of_an_mp3_are_those_of_the_whole(cases):
    utterance = read(cases / "crop.mp3")
    for start in range(1, len(utterance) - 8_000, 17_001):
        part = read(cases / "crop.mp3", start=start, frames=8_000)
        np.testing.assert_array_equal(part, utterance[start : start + 8_000])
