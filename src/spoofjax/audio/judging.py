"""Whether a waveform holds enough to be judged: pure functions of samples.

A network gives every input a score, silence too. These checks name the inputs for which such a
score means nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

LEAST_SECONDS = 0.5
"""Shorter audio is not judged: it holds a syllable or two, and most of the clip repeats them."""
LEAST_RATE, MOST_RATE = 4_000, 768_000
"""Sample rates in Hz outside this range are errors of the header: no recorder writes them."""
QUIET = 0.002
"""A waveform with a smaller swing, largest minus smallest sample, is too quiet: -60 dBFS."""
DC_LIMIT = 0.1
"""The largest mean as a share of the RMS around it, where it is not known what training heard. In
600 files of ASVspoof 5 it is below 0.01."""
DC_FACTOR, LEAST_DC_LIMIT = 2.0, 0.05
"""Where it is known, the limit is the largest share in training times the first number, but not
less than the second: an offset of 5 % is 26 dB below the speech."""
LEVEL_MARGIN = 20.0
"""dB by which a level may lie outside the range of training."""
SPEECH_HZ = (125.0, 4_000.0)
"""Speech of every kind, telephone speech too, has energy between these frequencies."""
SPEECH_SHARE = 0.05
"""The least share of the energy in that range. Speech of ASVspoof 5 has at least 0.3."""
FRAME_SECONDS = 0.02


class Origin(NamedTuple):
    """What mixing and resampling hide of a recording."""

    rate: int
    """Samples per second of the file."""
    channels: int = 1
    loudest: float = 0.0
    """RMS of the loudest channel, in what was read."""
    seconds: float | None = None
    """Length of the file; None: that of the waveform."""


class TrainingAudio(NamedTuple):
    """What a detector heard in training."""

    largest_dc_share: float
    """The largest mean of a clip as a share of the RMS around it."""
    level_dbfs: tuple[float, float] | None = None
    """The lowest and the highest RMS of a clip in dB relative to full scale; None where clips are
    brought to one level, so that their own does not matter."""


class Reason(NamedTuple):
    """Why a waveform cannot be judged."""

    kind: str
    """'rate', 'short', 'channels-cancel', 'silent', 'dc-offset', 'level' or 'not-speech'."""
    text: str


def rate_problem(rate: int) -> str | None:
    """Say what is wrong with a sample rate in Hz, or return None for a plausible one."""
    if LEAST_RATE <= rate <= MOST_RATE:
        return None
    return (
        f"the header states a sample rate of {rate:,} Hz; plausible rates are "
        f"{LEAST_RATE:,} to {MOST_RATE:,} Hz"
    )


def reason_against(
    samples: np.ndarray,
    rate: int,
    *,
    heard: int | None = None,
    origin: Origin | None = None,
    training: TrainingAudio | None = None,
) -> Reason | None:
    """Say why a waveform, float32 (n,) at `rate` Hz, cannot be judged; return None where it can.

    `heard` is how many samples from the start the detector hears (None: all). `origin` describes
    the file whose start the waveform is; without it, rate and channels of a file are not checked.
    Silence, level, offset and spectrum are those of the heard part. Level and offset are compared
    with what the detector heard in `training`; without it, levels are not checked.
    """
    problem = rate_problem(origin.rate if origin else rate)
    if problem:
        return Reason("rate", problem)
    seconds = origin.seconds if origin and origin.seconds else len(samples) / rate
    if seconds < LEAST_SECONDS:
        text = f"only {seconds:.2f} s of audio; at least {LEAST_SECONDS:g} s are needed"
        return Reason("short", text)
    wave = np.asarray(samples[:heard], np.float32)
    mean, swing = float(wave.mean(dtype=np.float64)), float(wave.max()) - float(wave.min())
    # Scaled, because the squares of a very loud or quiet wave are beyond the range of float32.
    wave = (wave - np.float32(mean)) / np.float32(swing or 1)
    deviation = swing * float(np.sqrt(np.dot(wave, wave) / len(wave)))
    if origin and channels_cancel(float(np.sqrt(mean**2 + deviation**2)), origin):
        return Reason("channels-cancel", "the channels cancel each other when they are mixed")
    if swing == 0:
        return Reason("silent", "digital silence: all samples are equal")
    if swing < QUIET:
        return Reason("silent", "nearly silent: no sample is louder than -60 dBFS")
    text = _unlike_offsets(mean, deviation, training)
    if text:
        return Reason("dc-offset", text)
    text = _unlike_levels(deviation, training)
    if text:
        return Reason("level", text)
    text = _not_speech(wave, rate)
    return Reason("not-speech", text) if text else None


def dc_limit(training: TrainingAudio | None) -> float:
    """Return the largest mean of a waveform, as a share of the RMS around it, that is judged."""
    if training is None:
        return DC_LIMIT
    return max(DC_FACTOR * training.largest_dc_share, LEAST_DC_LIMIT)


def _unlike_offsets(mean: float, deviation: float, training: TrainingAudio | None) -> str:
    """Say how a DC offset exceeds its limit, or return ''."""
    if abs(mean) <= dc_limit(training) * deviation:
        return ""
    text = f"a DC offset of {mean:+.3f}, {abs(mean) / deviation:.0%} of the signal's RMS"
    if training:
        text += f"; in training it was at most {training.largest_dc_share:.1%}"
    return text


def _unlike_levels(deviation: float, training: TrainingAudio | None) -> str:
    """Say how a level lies outside the range of training, or return ''."""
    if training is None or training.level_dbfs is None:
        return ""
    level, (lowest, highest) = 20 * np.log10(deviation), training.level_dbfs
    if lowest - LEVEL_MARGIN <= level <= highest + LEVEL_MARGIN:
        return ""
    return f"a level of {level:.0f} dBFS; in training it was {lowest:.0f} to {highest:.0f} dBFS"


def channels_cancel(mixed_rms: float, origin: Origin) -> bool:
    """Whether several channels cancel in their mean, whose RMS is `mixed_rms`.

    Where a single channel has sound, the mean has its RMS divided by the number of channels. A
    tenth of the loudest channel in stereo can only come from opposite signs.
    """
    return origin.channels > 1 and mixed_rms < 0.2 * origin.loudest / origin.channels


def prepare_judging() -> None:
    """Load what judging a clip needs, so that the first clip does not wait for it."""
    import scipy.fft  # noqa: F401


def _not_speech(wave: np.ndarray, rate: int) -> str | None:
    """Say why the spectrum cannot be that of speech, or return None.

    `wave` is float32 (n,) with a mean of 0.
    """
    import scipy.fft  # here, because it loads slowly; in float32 it is seven times as fast as numpy

    size = round(FRAME_SECONDS * rate)
    frames = wave[: len(wave) // size * size].reshape(-1, size)
    if not len(frames):
        return None  # the detector hears less than a frame, whatever the file holds
    windowed = frames * np.hanning(size).astype(np.float32)
    spectrum = np.asarray(scipy.fft.rfft(windowed, axis=1))
    parts = spectrum.view(np.float32)[:, 2:]  # real and imaginary, without the mean
    mean_squares = np.einsum("ij,ij->j", parts, parts) / len(frames)
    mean_power = mean_squares.reshape(-1, 2).sum(axis=1, dtype=np.float64)
    hertz = np.fft.rfftfreq(size, 1 / rate)[1:]
    total = float(mean_power.sum())
    in_speech = (hertz >= SPEECH_HZ[0]) & (hertz <= SPEECH_HZ[1])
    if mean_power[in_speech].sum() < SPEECH_SHARE * total:
        return (
            f"no speech-like energy: less than {SPEECH_SHARE:.0%} of it lies between "
            f"{SPEECH_HZ[0]:g} and {SPEECH_HZ[1]:,.0f} Hz"
        )
    peak = int(mean_power.argmax())
    if mean_power[max(peak - 2, 0) : peak + 3].sum() > 0.99 * total and _is_steady(parts):
        return f"no speech-like energy: a single steady tone near {hertz[peak]:,.0f} Hz"
    flatness = np.exp(np.log(mean_power + 1e-30).mean()) / mean_power.mean()
    if flatness > 0.9 and _is_steady(parts):
        return "no speech-like energy: steady white noise"
    return None


def _is_steady(parts: np.ndarray) -> bool:
    """Whether the level hardly changes from frame to frame; that of speech varies by 16 dB.

    `parts` (frames, n) are the parts of the spectrum whose squares add up to the power.
    """
    levels = 10 * np.log10(np.einsum("ij,ij->i", parts, parts) + 1e-30)
    low, high = np.percentile(levels, (5, 95))
    return bool(high - low < 3)
