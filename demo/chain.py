"""The one chain that both classes pass, so that only the artefacts of synthesis tell them apart.

Each step takes and returns float64 samples at 16 kHz. A `Room` holds what the chain borrows
from the recordings of a split: their long-term spectra, the colour of their pauses, their levels.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage, signal
from sources import RATE

FRAME, STEP = 400, 160  # 25 ms every 10 ms
SPECTRUM = 512
EDGES = np.r_[0, np.geomspace(120, 8000, 33)]  # bands in which long-term spectra are compared
MINIMUM_ACTIVE = 1.15  # seconds


@dataclass(frozen=True)
class Room:
    """Statistics of one split's recordings, a row (or an entry) a recording."""

    spectra: np.ndarray  # long-term band spectra of active frames, dB, (recordings, bands)
    pauses: np.ndarray  # the same of their quietest frames
    levels: np.ndarray  # active level, dB re full scale


def frame_levels(x: np.ndarray) -> np.ndarray:
    """Level of each frame of 25 ms every 10 ms, dB re full scale."""
    padded = np.pad(x, (0, max(0, FRAME - len(x))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::STEP]
    return 10 * np.log10(np.mean(frames**2, axis=1) + 1e-12)


def active_frames(levels: np.ndarray, below: float = 32.0) -> np.ndarray:
    """Frames within `below` dB of the loud ones."""
    return levels > np.percentile(levels, 95) - below


def band_spectrum(x: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Mean power in each band over the chosen frames, dB, (bands,)."""
    padded = np.pad(x, (0, max(0, FRAME - len(x))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::STEP][chosen]
    power = np.mean(np.abs(np.fft.rfft(frames * np.hanning(FRAME), SPECTRUM)) ** 2, axis=0)
    frequencies = np.linspace(0, RATE / 2, len(power))
    centres = np.sqrt(np.maximum(EDGES[:-1], 60) * EDGES[1:])
    # Triangles one band wide on either side: narrow low bands still meet a bin.
    width = np.maximum(np.diff(EDGES), 2 * RATE / SPECTRUM)
    weights = np.maximum(0, 1 - np.abs(frequencies - centres[:, None]) / width[:, None])
    return 10 * np.log10(weights @ power / weights.sum(axis=1) + 1e-12)


def band_gain(x: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """Filter with a zero-phase gain given in dB per band."""
    centres = np.sqrt(np.maximum(EDGES[:-1], 60) * EDGES[1:])
    size = len(x) + 4096
    curve = np.interp(np.linspace(0, RATE / 2, size // 2 + 1), centres, gain)
    return np.fft.irfft(np.fft.rfft(x, size) * 10 ** (curve / 20), size)[: len(x)]


def high_pass(x: np.ndarray) -> np.ndarray:
    """Butterworth at 60 Hz."""
    return signal.sosfilt(signal.butter(4, 60, "high", fs=RATE, output="sos"), x)


def shorten_pauses(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Leading and trailing silence off, inner pauses over 150 ms cut to 60 to 150 ms."""
    active = active_frames(frame_levels(x))
    where = np.flatnonzero(active)
    x = x[where[0] * STEP : where[-1] * STEP + FRAME]
    active = active[where[0] : where[-1] + 1]
    edges = np.flatnonzero(np.diff(np.r_[1, active.astype(int), 1]))
    pieces, last = [], 0
    for begin, end in edges.reshape(-1, 2):
        begin, end = begin * STEP + STEP, end * STEP  # a frame reaches past its own step
        keep = round(rng.uniform(0.06, 0.15) * RATE)
        if end - begin > 0.15 * RATE:
            pieces.append(x[last : begin + keep // 2])
            last = end - (keep - keep // 2)
    pieces.append(x[last:])
    out = pieces[0]
    fade = np.linspace(0, 1, 80)
    for piece in pieces[1:]:
        joint = out[-80:] * (1 - fade) + piece[:80] * fade
        out = np.concatenate([out[:-80], joint, piece[80:]])
    return out


def cut(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A stretch that makes a clip of 1.1 to 1.6 s with 30 to 120 ms of silence at either end.

    It starts at the sentence's start or at a quiet frame and ends at one.
    """
    total, lead, trail = rng.uniform(1.1, 1.6), *rng.uniform(0.03, 0.12, 2)
    size = min(round((total - lead - trail) * RATE), len(x))
    levels = ndimage.uniform_filter1d(frame_levels(x), 3)

    def quiet(near: int) -> int:
        frames = np.arange(max(0, near // STEP - 6), min(len(levels), near // STEP + 7))
        return int(frames[np.argmin(levels[frames])]) * STEP + FRAME // 2

    room = len(x) - size
    start = quiet(round(rng.uniform(0, room))) if room > 0.1 * RATE and rng.random() < 0.7 else 0
    start = min(start, room)
    end = start + size if start + size > len(x) - 0.06 * RATE else quiet(start + size)
    silence = round((lead + trail) * RATE)
    end = int(np.clip(end, start + 1.1 * RATE - silence, start + 1.6 * RATE - silence))
    core = x[start:end].copy()
    fade = np.sin(np.linspace(0, np.pi / 2, 160)) ** 2
    core[:160] *= fade
    core[-160:] *= fade[::-1]
    return np.pad(core, (round(lead * RATE), round(trail * RATE)))


def equalise(x: np.ndarray, room: Room, rng: np.random.Generator) -> np.ndarray:
    """Toward the long-term spectrum of a random recording of the split, by 60 to 100 %."""
    own = band_spectrum(x, active_frames(frame_levels(x)))
    gain = room.spectra[rng.integers(len(room.spectra))] - own
    gain -= gain.mean()
    return band_gain(x, rng.uniform(0.6, 1.0) * np.clip(gain, -24, 24))


def raise_background(x: np.ndarray, room: Room, rng: np.random.Generator) -> np.ndarray:
    """Noise coloured like a recorded pause, 60 to 50 dB under the speech; elliptic low-pass."""
    levels = frame_levels(x)
    speech = 10 * np.log10(np.mean(10 ** (levels[active_frames(levels)] / 10)))
    colour = room.pauses[rng.integers(len(room.pauses))]
    noise = band_gain(rng.standard_normal(len(x)), colour - colour.mean())
    noise *= 10 ** ((speech + rng.uniform(-60, -50)) / 20) / np.sqrt(np.mean(noise**2))
    edge = rng.uniform(6700, 7200)
    low_pass = signal.ellip(8, 0.2, 70, edge, "low", fs=RATE, output="sos")
    return signal.sosfilt(low_pass, x + noise)


def limit(x: np.ndarray, crest: float) -> np.ndarray:
    """Look-ahead limiter down to a crest factor in dB; a lower one is left as it is."""
    for _ in range(4):  # limiting lowers the RMS too
        ceiling = np.sqrt(np.mean(x**2)) * 10 ** (crest / 20)
        need = np.minimum(1.0, ceiling / np.maximum(np.abs(x), 1e-12))
        if need.min() > 0.99:
            break
        held = ndimage.minimum_filter1d(need, 161)  # 5 ms ahead and behind
        x = x * ndimage.uniform_filter1d(held, 161)
    return x


def finish(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Brick-wall high-pass at 170 Hz, a white floor, a random level and dither: int16 samples."""
    taps = signal.firwin(1601, 170, pass_zero=False, window=("kaiser", 9.0), fs=RATE)
    x = signal.fftconvolve(np.pad(x, 800), taps, "valid")
    x = x / np.sqrt(np.mean(x**2))
    x = x + rng.standard_normal(len(x)) * 10 ** (rng.uniform(-66, -60) / 20)
    x = x * 10 ** (rng.uniform(-40, -32) / 20)
    dither = rng.random(len(x)) - rng.random(len(x))
    return np.clip(np.round(x * 32768 + dither), -32768, 32767).astype(np.int16)


def run_chain(x: np.ndarray, room: Room, rng: np.random.Generator) -> np.ndarray:
    """All steps in order: int16 samples of one clip."""
    x = cut(shorten_pauses(high_pass(x), rng), rng)
    x = raise_background(equalise(x, room, rng), room, rng)
    return finish(limit(x, rng.uniform(11.0, 13.5)), rng)


def long_enough(x: np.ndarray) -> bool:
    """Whether the active frames last more than 1.15 s."""
    return active_frames(frame_levels(x)).sum() * STEP > MINIMUM_ACTIVE * RATE


def listen(recordings: list[np.ndarray]) -> Room:
    """The statistics that the chain borrows from a split's recordings."""
    spectra, pauses, levels = [], [], []
    for recording in recordings:
        x = high_pass(recording)
        level = frame_levels(x)
        active = active_frames(level)
        # Digital silence between prompts' words is no room tone.
        quiet = (level < np.percentile(level, 10) + 1) & (level > -90)
        spectra.append(band_spectrum(x, active))
        if quiet.sum() >= 3:
            pauses.append(band_spectrum(x, quiet))
        levels.append(10 * np.log10(np.mean(10 ** (level[active] / 10))))
    return Room(np.array(spectra), np.array(pauses), np.array(levels))
