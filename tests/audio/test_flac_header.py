"""The header of FLAC and the MD5 in it."""

import numpy as np
import pytest
import soundfile

from spoofjax.audio.flac_header import flac_header, has_right_md5
from spoofjax.audio.opening import open_sound
from spoofjax.corpora.validation.audio_facts import examine


@pytest.fixture(params=[("PCM_S8", 1), ("PCM_16", 1), ("PCM_16", 2), ("PCM_24", 3)])
def path(request, tmp_path):
    """A FLAC file of each width, with one channel or several."""
    subtype, channels = request.param
    samples = 0.1 * np.random.default_rng(0).standard_normal((20_000, channels))
    soundfile.write(tmp_path / "a.flac", samples, 16_000, subtype=subtype)
    return tmp_path / "a.flac"


def test_the_header_states_what_was_written(path):
    header, info = flac_header(path), soundfile.info(path)
    assert header.samples == info.frames == 20_000
    assert f"PCM_{header.bits}" == info.subtype.replace("S8", "8")


def test_the_md5_is_that_of_the_samples_until_either_changes(path):
    header = flac_header(path)
    with open_sound(path) as sound:
        assert any(header.md5)
        assert has_right_md5(sound, header)
        assert has_right_md5(sound, header._replace(md5=bytes(16)))
        assert not has_right_md5(sound, header._replace(md5=b"x" * 16))


def test_validation_tells_a_wrong_md5(path):
    assert examine(str(path)).doubt != "md5"
    data = bytearray(path.read_bytes())
    data[30] ^= 1
    path.write_bytes(bytes(data))
    facts = examine(str(path))
    assert (facts.doubt, facts.error) == ("md5", "")


def test_other_files_have_no_such_header(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(100), 16_000)
    assert flac_header(tmp_path / "a.wav") is None
