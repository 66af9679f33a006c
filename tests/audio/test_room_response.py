import numpy as np
import pytest
import soundfile
from scipy.signal import fftconvolve

from spoofjax.audio.augmentation import RoomResponse
from spoofjax.audio.augmentation.room import reverberant
from spoofjax.audio.seeds import draw_seeds
from spoofjax.errors import AudioError, ConfigError

RATE = 16_000
SEEDS = draw_seeds(1, np.arange(6))


def test_a_clip_is_convolved_and_keeps_its_rms(speechlike, simd):
    part = RoomResponse()
    augmented = part(speechlike, SEEDS, RATE)
    for clip, seed, wet in zip(speechlike, SEEDS, augmented, strict=True):
        expected = np.convolve(clip.astype(float), part.response(seed, RATE))[: len(clip)]
        expected *= np.linalg.norm(clip) / np.linalg.norm(expected)
        np.testing.assert_allclose(wet, expected, atol=1e-5)


def test_synthetic_responses_have_the_drawn_ratio_and_decay():
    part = RoomResponse(reverberation_s=(0.5, 0.5), direct_db=(6.0, 6.0))
    tails = np.stack([part.response(seed, RATE)[1:] for seed in draw_seeds(2, np.arange(50))])
    np.testing.assert_allclose(10 * np.log10(np.sum(tails**2, axis=1)), -6, atol=1e-3)
    energy = np.mean(tails**2, axis=0)
    level = 10 * np.log10([energy[i : i + 799].mean() for i in range(0, 7000, 800)])
    slope = np.polyfit(np.arange(len(level)) * 800 / RATE, level, 1)[0]
    assert abs(slope + 60 / 0.5) < 3


def test_reverberation_times_span_their_range():
    part = RoomResponse(reverberation_s=(0.2, 0.4))
    seconds = np.array([len(part.response(s, RATE)) for s in draw_seeds(3, np.arange(300))]) / RATE
    assert seconds.min() >= 0.2
    assert seconds.max() <= 0.4
    assert abs(seconds.mean() - 0.3) < 0.012


def test_measured_responses_start_at_their_peak(tmp_path):
    response = np.zeros(400, np.float32)
    response[100], response[150] = 0.5, -0.25
    soundfile.write(tmp_path / "hall.wav", response, RATE, subtype="FLOAT")
    clip = np.random.default_rng(0).normal(size=(1, 3000)).astype(np.float32)
    expected = clip[0].copy()
    expected[50:] -= 0.5 * clip[0][:-50]
    expected *= np.linalg.norm(clip) / np.linalg.norm(expected)
    augmented = RoomResponse(folder=tmp_path)(clip, SEEDS[:1], RATE)
    np.testing.assert_allclose(augmented[0], expected, atol=1e-5)


def test_all_measured_responses_are_drawn(tmp_path):
    for n in range(4):
        (tmp_path / f"room{n}").mkdir()
        response = np.zeros(50, np.float32)
        response[0], response[10 + n] = 1, 0.5
        soundfile.write(tmp_path / f"room{n}" / "r.flac", response * 0.9, RATE)
    part = RoomResponse(folder=tmp_path)
    lengths = {len(part.response(s, RATE)) for s in draw_seeds(0, np.arange(60))}
    places = {int(np.argsort(part.response(s, RATE))[-2]) for s in draw_seeds(0, np.arange(60))}
    assert lengths == {50}
    assert places == {10, 11, 12, 13}


def test_a_clip_depends_on_its_seed_alone(speechlike):
    part = RoomResponse()
    changed = part(speechlike, SEEDS, RATE, threads=1)
    np.testing.assert_array_equal(part(speechlike, SEEDS, RATE, threads=2), changed)
    np.testing.assert_array_equal(part(speechlike[3:4], SEEDS[3:4], RATE)[0], changed[3])
    assert not np.array_equal(part(speechlike, SEEDS[::-1], RATE), changed)


def test_silence_stays_silence():
    silence = np.zeros((1, 500), np.float32)
    np.testing.assert_array_equal(reverberant(silence, [np.ones(20, np.float32)]), silence)


@pytest.mark.parametrize("samples", [1, 100, 511, 513, 16_384, 16_385, 40_000])
@pytest.mark.parametrize("taps", [1, 2, 512, 513, 9000])
def test_any_lengths(samples, taps):
    rng = np.random.default_rng(samples + taps)
    clips = rng.normal(size=(2, samples)).astype(np.float32)
    responses = [rng.normal(size=taps).astype(np.float32), np.ones(1, np.float32)]
    expected = fftconvolve(clips[0].astype(float), responses[0])[:samples]
    expected *= np.linalg.norm(clips[0]) / np.linalg.norm(expected)
    augmented = reverberant(clips, responses)
    np.testing.assert_allclose(augmented[0], expected, atol=1e-5)
    np.testing.assert_allclose(augmented[1], clips[1], atol=1e-5)


def test_a_folder_without_responses_is_named(tmp_path):
    with pytest.raises(AudioError, match=r"no \.wav or \.flac impulse response"):
        RoomResponse(folder=tmp_path / "none")(np.ones((1, 10), np.float32), SEEDS[:1], RATE)


def test_impossible_options_are_named():
    with pytest.raises(ConfigError, match="RoomResponse: reverberation_s="):
        RoomResponse(reverberation_s=(0.0, 1.0))


def test_the_published_layout_of_responses_leaves_out_noise_and_takes_one_channel(tmp_path):
    root = tmp_path / "RIRS_NOISES"
    names = {
        "simulated_rirs/smallroom/Room001/Room001-00001.wav": 10,
        "simulated_rirs/largeroom/Room002/Room002-00007.wav": 11,
        "real_rirs_isotropic_noises/RVB2014_type1_rir_largeroom1_far_angla.wav": 12,
        "real_rirs_isotropic_noises/RVB2014_type1_noise_largeroom1_1.wav": 13,
        "pointsource_noises/noise-free-sound-0001.wav": 14,
    }
    for name, place in names.items():
        response = np.zeros((50, 2), np.float32)
        response[0], response[place, 0], response[place + 5, 1] = 1, 0.5, 0.9
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(root / name, response, RATE, subtype="FLOAT")
    part = RoomResponse(folder=root)
    responses = [part.response(seed, RATE) for seed in draw_seeds(0, np.arange(60))]
    assert {int(np.argsort(response)[-2]) for response in responses} == {10, 11, 12}
    assert {float(np.sort(response)[-2]) for response in responses} == {0.5}


def test_a_share_of_the_clips_is_put_into_a_room(speechlike):
    clips = np.tile(speechlike[:, :800], (50, 1))
    seeds = draw_seeds(4, np.arange(len(clips)))
    wet = RoomResponse(probability=0.25)(clips, seeds, RATE)
    is_wet = np.any(wet != clips, axis=1)
    assert abs(is_wet.mean() - 0.25) < 0.08
    np.testing.assert_array_equal(wet[is_wet], RoomResponse()(clips, seeds, RATE)[is_wet])
