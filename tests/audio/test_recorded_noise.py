import numpy as np
import pytest
import soundfile

from spoofjax.audio.augmentation import Chain, Noise, OneOf, RoomResponse
from spoofjax.audio.augmentation.recorded_noise import _collections
from spoofjax.audio.augmentation.recordings import Recordings
from spoofjax.audio.reading import read, read_clip
from spoofjax.audio.seeds import draw_seeds
from spoofjax.errors import AudioError, ConfigError

RATE = 16_000
SEEDS = draw_seeds(1, np.arange(400))
FREQUENCIES = {"noise": 1000, "music": 2000, "speech": 3000}


@pytest.fixture(scope="module")
def musan(tmp_path_factory):
    """A folder in the layout of MUSAN: in each kind, eight tones of that kind's frequency."""
    root = tmp_path_factory.mktemp("musan")
    for kind, frequency in FREQUENCIES.items():
        folder = root / kind / "free-sound"
        folder.mkdir(parents=True)
        (folder / "LICENSE").write_text("public domain\n")
        for number in range(8):
            # Tones 10 Hz apart tell the files from one another.
            time = np.arange(4000 + 1000 * number) / RATE
            tone = 0.1 * (number + 1) * np.sin(2 * np.pi * (frequency + 10 * number) * time)
            soundfile.write(folder / f"{kind}-{number:04}.wav", tone, RATE)
    return root


@pytest.fixture(scope="module")
def clips():
    """float32 (400, 1600): white noise at various levels."""
    levels = np.geomspace(0.01, 0.3, 400)[:, None]
    return (levels * np.random.default_rng(0).normal(size=(400, 1600))).astype(np.float32)


def loudest_hz(added):
    """The frequency of the highest peak of each row's spectrum, on a grid of 10 Hz."""
    return 10 * np.argmax(np.abs(np.fft.rfft(added, 1600)), axis=1)


def test_noise_is_added_at_the_drawn_ratio_to_the_share_of_clips(musan, clips):
    noisy = Noise(musan, snr_db=(5, 20), probability=0.5)(clips, SEEDS, RATE)
    added = noisy - clips
    is_noisy = np.any(added != 0, axis=1)
    assert abs(is_noisy.mean() - 0.5) < 0.08
    power = np.mean(added[is_noisy] ** 2, axis=1)
    ratios = 10 * np.log10(np.mean(clips[is_noisy] ** 2, axis=1) / power)
    assert ratios.min() > 4.9
    assert ratios.max() < 20.1
    assert abs(ratios.mean() - 12.5) < 1.2


def test_the_kinds_and_their_files_are_drawn_equally_often(musan, clips):
    heard = loudest_hz(Noise(musan, snr_db=(0, 0))(clips, SEEDS, RATE) - clips)
    kinds = heard // 1000
    assert set(kinds) == {1, 2, 3}
    assert np.all(np.abs(np.bincount(kinds)[1:] / len(clips) - 1 / 3) < 0.08)
    assert set(heard[kinds == 1]) == {1000 + 10 * n for n in range(8)}


def test_babble_is_a_sum_of_three_to_seven_files(musan, clips):
    part = Noise(musan, snr_db=(0, 0), kinds=("speech",))
    longer = np.tile(clips[:40], (1, 5))
    spectra = np.abs(np.fft.rfft((part(longer, SEEDS[:40], RATE) - longer) * np.hanning(8000)))
    peaks = spectra[:, 1500:1540:5]  # bins of 2 Hz: the tones at 3000, 3010 ... 3070 Hz
    tones = np.sum(peaks > 0.2 * peaks.max(axis=1, keepdims=True), axis=1)
    assert tones.min() >= 1  # a file may be drawn twice
    assert tones.max() <= 7
    assert np.median(tones) >= 3


def test_noise_depends_on_the_seed_alone_and_not_on_what_is_held(musan, clips):
    expected = Noise(musan)(clips, SEEDS, RATE)
    np.testing.assert_array_equal(Noise(musan, megabytes=0)(clips, SEEDS, RATE), expected)
    alone = Noise(musan)(clips[7:8], SEEDS[7:8], RATE, threads=1)
    np.testing.assert_array_equal(alone[0], expected[7])
    silence = np.zeros((1, 1600), np.float32)
    np.testing.assert_array_equal(Noise(musan)(silence, SEEDS[:1], RATE), silence)


def test_a_recording_is_read_once_and_held_within_the_bound(musan):
    paths = sorted((musan / "noise").rglob("*.wav"))
    reads = []

    def counted(path, rate):
        reads.append(path)
        return read(path, rate)

    most_bytes = 2 * (4000 + 5000)  # the first two files in 16 bits
    recordings = Recordings(paths, RATE, most_bytes, counted)
    for _ in range(2):
        for index in range(3):
            crop = recordings.excerpt(index, 500, seed=9)
            np.testing.assert_array_equal(crop, read_clip(paths[index], RATE, 500, 9).samples)
    assert reads == paths[:2]


def test_a_missing_or_empty_folder_is_named_before_a_run_starts(musan, tmp_path):
    with pytest.raises(AudioError, match=r"/tunes: .* there is no such folder"):
        Chain((Noise(musan, kinds=("noise", "tunes")),)).check(RATE)
    (tmp_path / "noise").mkdir()
    with pytest.raises(AudioError, match=r"noise: no \.wav or \.flac recording of noise"):
        OneOf((Noise(tmp_path, kinds=("noise",)),)).check(RATE)
    with pytest.raises(AudioError, match="no such folder"):
        RoomResponse(folder=tmp_path / "rooms").check(RATE)
    with pytest.raises(AudioError, match=r"musan.noise: .* there is no such folder"):
        Noise(tmp_path / "musan").check(RATE)
    Noise(musan).check(RATE)


def test_a_folder_without_kinds_is_drawn_from_as_one(musan, clips):
    heard = loudest_hz(Noise(musan, snr_db=(0, 0), kinds=())(clips, SEEDS, RATE) - clips)
    assert set(heard // 1000) == {1, 2, 3}
    assert len(_collections(musan, (), 512, RATE)[0]) == 24


def test_impossible_options_of_noise_are_named(musan):
    with pytest.raises(ConfigError, match="Noise: probability=2"):
        Noise(musan, probability=2)
    with pytest.raises(ConfigError, match="Noise: snr_db="):
        Noise(musan, snr_db=(5, float("inf")))
