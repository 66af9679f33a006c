import numpy as np
import pytest
import soundfile

from spoofjax.audio.judging import reason_against
from spoofjax.audio.reading import read, read_clip, read_recording
from spoofjax.errors import AudioError


@pytest.fixture
def tone():
    """One second of two tones, float32, exactly representable in 16 bits."""
    t = np.arange(16_000) / 16_000
    wave = 0.4 * np.sin(2 * np.pi * 440 * t) + 0.2 * np.sin(2 * np.pi * 2500 * t)
    return (np.round(wave * 32768) / 32768).astype(np.float32)


def write(path, samples, rate=16_000, **options):
    soundfile.write(path, samples, rate, **options)
    return path


def damaged(path, change):
    """Rewrite a file after `change` of its bytes."""
    path.write_bytes(bytes(change(bytearray(path.read_bytes()))))
    return path


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_lossless_files_give_their_samples_exactly(tmp_path, tone, suffix):
    samples = read(write(tmp_path / f"tone.{suffix}", tone))
    assert samples.dtype == np.float32
    np.testing.assert_array_equal(samples, tone)


def test_stereo_at_44100_becomes_mono_at_16000(tmp_path):
    t = np.arange(44_100) / 44_100
    left, right = np.sin(2 * np.pi * 440 * t), 0.5 * np.sin(2 * np.pi * 440 * t)
    path = write(tmp_path / "s.wav", np.stack([left, right], 1), 44_100, subtype="FLOAT")
    samples = read(path)
    expected = 0.75 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    assert samples.shape == (16_000,)
    np.testing.assert_allclose(samples[500:-500], expected[500:-500], atol=1e-3)


def test_a_recording_tells_what_mixing_and_resampling_hide(tmp_path, tone):
    path = write(tmp_path / "s.wav", np.stack([tone, -tone], 1), 44_100, subtype="FLOAT")
    samples, origin = read_recording(path)
    np.testing.assert_array_equal(samples, read(path))
    assert (origin.rate, origin.channels) == (44_100, 2)
    assert origin.loudest == pytest.approx(np.sqrt(np.mean(tone**2)))
    assert "only 0.36 s" in reason_against(samples, 16_000, origin=origin).text
    path = write(tmp_path / "s.wav", np.stack([tone, -tone], 1))
    samples, origin = read_recording(path)
    assert "channels cancel" in reason_against(samples, 16_000, origin=origin).text


def test_start_and_frames_choose_a_part_at_the_wanted_rate(tmp_path, tone):
    path = write(tmp_path / "tone.wav", tone)
    np.testing.assert_array_equal(read(path, start=1000, frames=50), tone[1000:1050])
    np.testing.assert_array_equal(read(path, start=15_990), tone[15_990:])
    assert len(read(path, start=20_000)) == 0
    eight = read(path, 8000)
    np.testing.assert_array_equal(read(path, 8000, start=100, frames=50), eight[100:150])


@pytest.mark.parametrize("suffix", ["wav", "flac"])
@pytest.mark.parametrize("rate", [16_000, 8_000])
def test_a_clip_is_bitwise_a_crop_of_the_whole(tmp_path, tone, suffix, rate):
    path = write(tmp_path / f"tone.{suffix}", tone)
    utterance = read(path, rate)
    starts = set()
    for seed in range(20):
        samples, length, _ = read_clip(path, rate, 1234, seed)
        assert length == len(utterance)
        windows = np.lib.stride_tricks.sliding_window_view(utterance, 1234)
        matches = np.flatnonzero((windows[:, :8] == samples[:8]).all(axis=1))
        starts.update(int(s) for s in matches if (windows[s] == samples).all())
    assert len(starts) >= 15


def test_real_flac_crops_are_bitwise_crops_of_the_whole(shared):
    path = shared / "fixtures" / "audio" / "real_11463_11657_000002.flac"
    utterance = read(path)
    for start, frames in [(0, 100), (4095, 3000), (123_456, 64_600), (len(utterance) - 7, 7)]:
        part = read(path, start=start, frames=frames)
        np.testing.assert_array_equal(part, utterance[start : start + frames])


def test_a_clip_without_seed_starts_at_the_beginning(tmp_path, tone):
    path = write(tmp_path / "tone.wav", tone)
    np.testing.assert_array_equal(read_clip(path, 16_000, 300).samples, tone[:300])


def test_a_short_file_gives_all_it_has(tmp_path, tone):
    samples, length, _ = read_clip(write(tmp_path / "tone.flac", tone), 16_000, 64_600, seed=3)
    assert length == 16_000
    np.testing.assert_array_equal(samples, tone)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(AudioError, match=r"E_1\.flac: there is no such audio file"):
        read(tmp_path / "E_1.flac")


def test_a_folder_is_not_an_audio_file(tmp_path):
    with pytest.raises(AudioError, match="is a folder"):
        read(tmp_path)


def test_a_file_of_zero_bytes(tmp_path):
    (tmp_path / "e.flac").touch()
    with pytest.raises(AudioError, match=r"e\.flac: the file has zero bytes"):
        read(tmp_path / "e.flac")


def test_a_file_without_samples(tmp_path):
    path = write(tmp_path / "e.wav", np.zeros(0, np.float32))
    with pytest.raises(AudioError, match=r"e\.wav: the file holds no samples"):
        read(path)


def test_text_is_not_audio(tmp_path):
    (tmp_path / "t.wav").write_text("E_1 bonafide\n" * 50)
    with pytest.raises(AudioError, match=r"t\.wav: not readable as audio"):
        read(tmp_path / "t.wav")


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_a_truncated_file_is_not_taken_for_a_short_one(tmp_path, tone, suffix):
    path = damaged(write(tmp_path / f"t.{suffix}", tone), lambda b: b[: len(b) // 2])
    with pytest.raises(AudioError, match=rf"t\.{suffix}.*copy it again"):
        read(path)


def test_a_damaged_flac_file(tmp_path, tone, capfd):
    def scramble(data):
        middle = len(data) // 2
        data[middle : middle + 400] = np.random.default_rng(0).bytes(400)
        return data

    path = damaged(write(tmp_path / "d.flac", tone), scramble)
    with pytest.raises(AudioError, match=r"d\.flac: decoding failed"):
        read(path)
    assert capfd.readouterr() == ("", "")


def test_a_wav_file_from_a_pipe_states_no_length_and_is_read(tmp_path, tone):
    def unknown(data):
        place = data.index(b"data") + 4
        data[place : place + 4] = b"\xff" * 4
        return data

    np.testing.assert_array_equal(read(damaged(write(tmp_path / "p.wav", tone), unknown)), tone)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_no_numbers(tmp_path, tone, value):
    tone[77] = value
    path = write(tmp_path / "n.wav", tone, subtype="FLOAT")
    with pytest.raises(AudioError, match=r"n\.wav: holds NaN or infinite samples"):
        read(path)
