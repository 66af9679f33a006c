"""The spoofing attacks: text to speech by Debian's engines, and re-synthesis of recordings.

Every re-synthesis takes (samples, generator) and returns float64 samples of about the same
length at 16 kHz. pyworld is imported where it is used: `build.py --check` does without it.
"""

import tempfile
from pathlib import Path

import numpy as np
import soundfile
from scipy import linalg, ndimage, signal
from sources import RATE, Voice, run

HOP = 80  # 5 ms
FFT = 1024


# ---- text to speech ----------------------------------------------------------------------


def speak(voice: Voice, text: str, rng: np.random.Generator) -> np.ndarray:
    """One sentence by one voice, pace and pitch varied, as samples at 16 kHz."""
    pace = rng.uniform(0.88, 1.12)
    with tempfile.TemporaryDirectory() as folder:
        out, script = str(Path(folder, "out.wav")), Path(folder, "in.txt")
        script.write_text(text, encoding="utf-8")
        if voice.engine == "espeak":
            speed, pitch = str(round(165 * pace)), str(rng.integers(35, 66))
            command = ["espeak-ng", "-v", voice.name, "-s", speed, "-p", pitch]
            command += ["-f", str(script), "-w", out]
        elif voice.engine == "flite":
            command = ["flite", "-voice", voice.name, "-f", str(script), "-o", out]
            command += ["--setf", f"duration_stretch={1 / pace:.3f}"]
        else:
            stretch = f"(Parameter.set 'Duration_Stretch {1 / pace:.3f})"
            command = ["text2wave", "-eval", f"(voice_{voice.name})", "-eval", stretch]
            command += [str(script), "-o", out]
        run(command)
        samples, rate = soundfile.read(out, dtype="float64")
    if rate != RATE:
        shared = np.gcd(rate, RATE)
        samples = signal.resample_poly(samples, RATE // shared, rate // shared)
    return samples


# ---- analysis shared by several attacks --------------------------------------------------


def pitch_contour(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fundamental frequency in Hz (0 where unvoiced) every 5 ms, and its times in seconds."""
    import pyworld

    f0, times = pyworld.dio(x, RATE, f0_floor=70.0, f0_ceil=420.0)
    return pyworld.stonemask(x, f0, times, RATE), times


def _world_parts(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pitch, envelope and aperiodicity, coded as statistical synthesis codes them.

    20 mel-cepstral coefficients and one aperiodicity band every 5 ms, the coefficients' tracks
    smoothed in time, as the averages of a statistical model are.
    """
    import pyworld

    f0, times = pitch_contour(x)
    envelope = pyworld.cheaptrick(x, f0, times, RATE, fft_size=FFT)
    noise = pyworld.code_aperiodicity(pyworld.d4c(x, f0, times, RATE, fft_size=FFT), RATE)
    coded = pyworld.code_spectral_envelope(envelope, RATE, 20)
    smooth = np.ascontiguousarray(ndimage.gaussian_filter1d(coded, 3.0, axis=0))
    return (
        f0,
        pyworld.decode_spectral_envelope(smooth, RATE, FFT),
        pyworld.decode_aperiodicity(noise, RATE, FFT),
    )


def _excitation(f0: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Unit-power pulses at the pitch where voiced, white noise elsewhere."""
    track = f0[np.minimum(np.arange(size) // HOP, len(f0) - 1)]
    cycles = np.cumsum(track / RATE)
    pulses = np.diff(np.floor(cycles), prepend=0.0) > 0
    voiced = track > 0
    out = rng.standard_normal(size)
    out[voiced] = 0.0
    hits = pulses & voiced
    out[hits] = np.sqrt(RATE / track[hits])
    return out


def _stft(x: np.ndarray, window: int = 512, hop: int = 128) -> np.ndarray:
    return signal.stft(x, RATE, nperseg=window, noverlap=window - hop)[2]


def _istft(spectrum: np.ndarray, size: int, window: int = 512, hop: int = 128) -> np.ndarray:
    x = signal.istft(spectrum, RATE, nperseg=window, noverlap=window - hop)[1]
    return np.pad(x, (0, max(0, size - len(x))))[:size]


# ---- WORLD (Morise et al. 2016) ----------------------------------------------------------


def world_copy(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Analysis, coding and synthesis by WORLD, nothing else changed."""
    import pyworld

    return pyworld.synthesize(*_world_parts(x), RATE)


def world_conversion(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """WORLD with pitch scaled by up to a third and the envelope's frequency axis warped."""
    import pyworld

    f0, envelope, aperiodicity = _world_parts(x)
    up = rng.choice((-1.0, 1.0))
    pitch, warp = 2.0 ** (up * rng.uniform(0.1, 0.4)), 2.0 ** (up * rng.uniform(0.08, 0.2))
    bins = np.arange(envelope.shape[1])
    source = np.minimum(bins / warp, bins[-1])
    log_envelope = np.log(envelope + 1e-16)
    warped = np.exp([np.interp(source, bins, row) for row in log_envelope])
    return pyworld.synthesize(f0 * pitch, np.ascontiguousarray(warped), aperiodicity, RATE)


# ---- spectrogram inversion (Griffin and Lim 1984) ----------------------------------------


def griffin_lim(
    magnitude: np.ndarray, size: int, rounds: int, rng: np.random.Generator, window: int, hop: int
) -> np.ndarray:
    """Samples whose spectrogram is near `magnitude`, from random phases."""
    phase = np.exp(2j * np.pi * rng.random(magnitude.shape))
    for _ in range(rounds):
        x = _istft(magnitude * phase, size, window, hop)
        again = _stft(x, window, hop)[:, : magnitude.shape[1]]
        phase = np.exp(1j * np.angle(again))
    return _istft(magnitude * phase, size, window, hop)


def _mel_filters(count: int, bins: int) -> np.ndarray:
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 8000 / 700), count + 2) / 2595) - 1)
    frequencies = np.linspace(0, RATE / 2, bins)
    rising = (frequencies - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - frequencies) / np.diff(edges)[1:, None]
    return np.maximum(0, np.minimum(rising, falling))


def mel_griffin_lim(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Through an 80-band mel spectrogram and back by its pseudo-inverse and Griffin-Lim."""
    magnitude = np.abs(_stft(x, 800, 200))
    filters = _mel_filters(80, magnitude.shape[0])
    blurred = np.maximum(1e-8, np.linalg.pinv(filters) @ (filters @ magnitude))
    return griffin_lim(blurred, len(x), 40, rng, 800, 200)


def linear_griffin_lim(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The full magnitude spectrogram kept, its phases found anew in 15 rounds."""
    return griffin_lim(np.abs(_stft(x, 512, 160)), len(x), 15, rng, 512, 160)


# ---- source and filter -------------------------------------------------------------------


def lpc_vocoder(x: np.ndarray, rng: np.random.Generator, order: int = 16) -> np.ndarray:
    """Linear prediction every 20 ms, excited by pulses or noise (Atal and Hanauer 1971)."""
    step, half = 320, 240
    source = _excitation(pitch_contour(x)[0], len(x), rng)
    padded = np.pad(x, (half, half + step))
    window = np.hanning(2 * half)
    out, state = np.zeros(len(x)), np.zeros(order)
    for start in range(0, len(x), step):
        middle = start + step // 2
        frame = padded[middle : middle + 2 * half] * window
        lags = np.correlate(frame, frame, "full")[len(frame) - 1 : len(frame) + order]
        lags[0] = lags[0] * 1.0001 + 1e-9
        a = linalg.solve_toeplitz(lags[:-1], lags[1:])
        gain = np.sqrt(max(lags[0] - a @ lags[1:], 0.0) / np.sum(window**2))
        block, state = signal.lfilter(
            [gain], np.r_[1.0, -a], source[start : start + step], zi=state
        )
        out[start : start + step] = block
    return out


def cepstral_vocoder(x: np.ndarray, rng: np.random.Generator, order: int = 24) -> np.ndarray:
    """Cepstrally smoothed minimum-phase envelopes filter pulses or noise (Oppenheim 1969)."""
    log_power = np.log(np.abs(_stft(x)) + 1e-7)
    cepstrum = np.fft.irfft(log_power, axis=0)
    size = cepstrum.shape[0]
    cepstrum[order + 1 : size - order] = 0.0
    cepstrum[1 : order + 1] *= 2.0  # folding the symmetric half makes the phase minimal
    cepstrum[size - order :] = 0.0
    response = np.exp(np.fft.rfft(cepstrum, axis=0))
    source = _stft(_excitation(pitch_contour(x)[0], len(x), rng))
    frames = min(source.shape[1], response.shape[1])
    return _istft(source[:, :frames] * response[:, :frames], len(x))


def harmonic_noise(x: np.ndarray, rng: np.random.Generator, limit: float = 6500.0) -> np.ndarray:
    """Harmonics with WORLD's amplitudes below `limit`, shaped noise above and where unvoiced."""
    f0, envelope, _ = _world_parts(x)
    at = np.arange(len(x)) / HOP
    voiced = np.interp(at, np.arange(len(f0)), (f0 > 0).astype(float))
    filled = np.interp(np.arange(len(f0)), np.flatnonzero(f0 > 0), f0[f0 > 0]) if f0.any() else f0
    track = np.interp(at, np.arange(len(f0)), filled)
    angle = 2 * np.pi * np.cumsum(track) / RATE
    tones = np.zeros(len(x))
    rows = np.arange(len(f0))
    for k in range(1, int(limit / 70)):
        where = np.minimum(k * filled / RATE * FFT, envelope.shape[1] - 1).astype(int)
        amplitude = np.sqrt(envelope[rows, where]) * (k * filled < limit) * (f0 > 0)
        if not amplitude.any():
            break
        # A harmonic of a pulse train of unit-power density has 2 sqrt(f0 / fs) of its height.
        height = 2 * np.interp(at, rows, amplitude * np.sqrt(filled / RATE))
        tones += height * np.cos(k * angle + 0.5 * np.sin(0.7 * k))
    bins = np.linspace(0, RATE / 2, 257)
    noise = _stft(rng.standard_normal(len(x)), 512, HOP)
    frames = min(noise.shape[1], len(f0))
    shape = np.sqrt(envelope[:frames, ::2].T)
    keep = np.where((bins[:, None] < limit) & (f0[:frames] > 0), 0.0, 0.7)
    hiss = _istft(noise[:, :frames] * shape * keep, len(x), 512, HOP)
    return tones * voiced + hiss


# ---- changes of the waveform itself ------------------------------------------------------


def phase_vocoder(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pitch and formants moved by 1.5 to 3.5 semitones (Flanagan and Golden 1966)."""
    ratio = 2.0 ** (rng.choice((-1, 1)) * rng.uniform(1.5, 3.5) / 12)
    spectrum = _stft(x)
    positions = np.arange(0, spectrum.shape[1] - 1, 1 / ratio)
    left = positions.astype(int)
    share = positions - left
    magnitude = (1 - share) * np.abs(spectrum[:, left]) + share * np.abs(spectrum[:, left + 1])
    advance = np.angle(spectrum[:, left + 1]) - np.angle(spectrum[:, left])
    expected = 2 * np.pi * 128 * np.arange(257)[:, None] / 512
    advance = expected + np.angle(np.exp(1j * (advance - expected)))
    phase = np.cumsum(advance, axis=1)
    stretched = _istft(magnitude * np.exp(1j * phase), round(len(x) * ratio))
    return signal.resample(stretched, len(x))


def psola(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pitch-synchronous overlap-add with the pitch moved (Moulines and Charpentier 1990)."""
    f0 = pitch_contour(x)[0]
    factor = 2.0 ** (rng.choice((-1, 1)) * rng.uniform(0.15, 0.35))

    def period(place: int) -> tuple[int, bool]:
        f = f0[min(place // HOP, len(f0) - 1)]
        return (round(RATE / f), True) if f > 0 else (160, False)

    marks, place = [], 0
    while place < len(x):
        length, voiced = period(place)
        if voiced:  # a mark sits on the strongest sample near where the next period falls
            low, high = max(0, place - length // 4), min(len(x), place + length // 4 + 1)
            place = low + int(np.argmax(np.abs(x[low:high])))
        if marks and place <= marks[-1]:
            place = marks[-1] + max(length // 2, 1)
            if place >= len(x):
                break
        marks.append(place)
        place += length
    marks = np.asarray(marks)
    padded = np.pad(x, 400)
    out, weight, place = np.zeros(len(padded)), np.full(len(padded), 1e-3), 0.0
    while place < len(x):
        mark = int(marks[np.argmin(np.abs(marks - place))])
        length, voiced = period(mark)
        length = min(length, 399)
        window = np.hanning(2 * length + 1)
        to = int(place) + 400
        grain = padded[mark + 400 - length : mark + 400 + length + 1]
        out[to - length : to + length + 1] += grain * window
        weight[to - length : to + length + 1] += window
        place += length / factor if voiced else length
    return (out / np.maximum(weight, 0.5))[400 : 400 + len(x)]
