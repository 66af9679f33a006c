"""The attacks in plain numpy and double precision, without their tables and their recursions."""

import numpy as np
import scipy.linalg

from spoofjax.audio.seeds import normals, stream, stream_values
from spoofjax.features.tables import mel_filters

RATE, SIZE, BINS = 16_000, 512, 257
NOISE = 17
"""The tag of the stream from which a copy's random numbers come, csrc/base/random.h."""
EMPHASIS = 1 - 0.7 * np.exp(-1j * np.linspace(0, np.pi, BINS))


def hann(size):
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)


def frame_count(length, hop):
    return -(-length // hop) + SIZE // hop - 1


def frames_of(samples, size, hop):
    """Frame k is centred at sample (k + 1) * hop - 256: as many frames cover each sample."""
    before = SIZE - hop + (size - SIZE) // 2
    padded = np.pad(samples.astype(np.float64), (before, size))
    count = frame_count(len(samples), hop)
    return np.lib.stride_tricks.sliding_window_view(padded, size)[::hop][:count]


def spectra_of(samples, hop):
    return np.fft.rfft(frames_of(samples, SIZE, hop) * hann(SIZE))


def overlap_add(frames, hop, length):
    """The middle of each frame lies at (k + 1) * hop - 256."""
    total = np.zeros((len(frames) + 3) * hop + SIZE)
    size = frames.shape[1]
    for k, frame in enumerate(frames):
        total[k * hop : k * hop + size] += frame
    return total[size // 2 + SIZE // 2 - hop :][:length]


def waveform_of(spectra, hop, length):
    """Griffin and Lim, 1984, equation 6: the waveform whose spectra are nearest to these."""
    frames = np.fft.irfft(spectra) * hann(SIZE)
    weights = np.tile(hann(SIZE) ** 2, (len(spectra), 1))
    return overlap_add(frames, hop, length) / overlap_add(weights, hop, length)


def random_angles(shape, seed):
    """Uniform in 0 .. 2 pi, two bins from each word of the stream."""
    frames, bins = shape
    words = stream_values(stream(seed, NOISE), np.arange(frames * ((bins + 1) // 2)))
    words = words.reshape(frames, -1)
    numbers = np.stack([words >> np.uint64(40), words >> np.uint64(16) & np.uint64(0xFFFFFF)], -1)
    return numbers.reshape(frames, -1)[:, :bins].astype(np.float64) * (2 * np.pi / 2**24)


def randomised(samples, seed, hop, amount, first_bin):
    spectra = spectra_of(samples, hop)
    angles = (random_angles(spectra.shape, seed) - np.pi) * amount
    angles[:, :first_bin] = 0
    return waveform_of(spectra * np.exp(1j * angles), hop, len(samples))


def griffin_lim(samples, seed, hop, iterations, momentum, bands=0):
    magnitudes = np.abs(spectra_of(samples, hop))
    if bands:
        magnitudes = through_mel(magnitudes, bands)
    estimate = magnitudes * np.exp(1j * random_angles(magnitudes.shape, seed))
    earlier = 0
    for _ in range(iterations):
        consistent = spectra_of(waveform_of(estimate, hop, len(samples)), hop)
        estimate = consistent + momentum * (consistent - earlier)
        estimate *= magnitudes / np.maximum(np.abs(estimate), 1e-12)
        earlier = consistent
    return waveform_of(estimate, hop, len(samples))


def through_mel(magnitudes, bands):
    """Lee and Seung, 2000, equation 5, from a flat start."""
    filters = mel_filters(bands, 0, RATE / 2, SIZE, RATE, "slaney").T
    mels, total = magnitudes @ filters, filters.sum(axis=1)
    estimate = np.tile((total > 0).astype(np.float64), (len(magnitudes), 1))
    for _ in range(6):
        ratio = mels / np.maximum(estimate @ filters, 1e-12)
        estimate *= ratio @ filters.T / np.maximum(total, 1e-12)
    return estimate


def pitch(samples, hop):
    """The best lag of each frame (frames,) and its height: no median, no thresholds."""
    frames = frames_of(samples, 1024, hop) * np.pad(hann(768), 128)
    power = np.abs(np.fft.rfft(frames)) ** 2
    power[:, :4] = power[:, 65:] = 0
    own = np.correlate(hann(768), hann(768), "full")[767:]
    lags = np.arange(68) * 4
    correlation = np.fft.irfft(power)[:, lags] / (own[lags] / own[0])
    correlation /= np.maximum(correlation[:, :1], 1e-12)
    before, middle, after = correlation[:, 9:66], correlation[:, 10:67], correlation[:, 11:68]
    shift = (before - after) / (2 * np.minimum(before - 2 * middle + after, -1e-6))
    periods = np.arange(10, 67) + np.clip(shift, -0.5, 0.5)
    heights = np.where(
        (middle >= before) & (middle >= after), middle - (before - after) * shift / 4, -1e6
    )
    best = np.argmax(heights - 0.05 * np.log2(periods), axis=1)
    rows = np.arange(len(frames))
    return RATE / 4 / periods[rows, best], heights[rows, best]


def cycles_at_centres(f0, hop):
    return np.concatenate([[0], np.cumsum((f0[1:].astype(np.float64) + f0[:-1]) * hop / 2 / RATE)])


def excitation(track, hop, length, seed):
    """Pulses where speech is voiced, else noise."""
    f0, is_voiced = track.f0.astype(np.float64), track.is_voiced
    centres = (np.arange(len(f0)) + 1) * hop - SIZE // 2
    cycles = cycles_at_centres(track.f0, hop)
    places = np.interp(np.arange(1, int(cycles[-1]) + 1), cycles, centres)
    pulses = np.floor(places).astype(int)
    nearest = (np.arange(length) + hop // 2) // hop + SIZE // hop // 2 - 1
    pulses = pulses[(pulses >= 0) & (pulses < length)]
    pulses = pulses[is_voiced[nearest[pulses]]]
    signal = normals(stream(seed, NOISE), length) * ~is_voiced[nearest]
    signal[pulses] = np.sqrt(RATE / np.interp(pulses, centres, f0))
    return signal


def predicted(samples, seed, hop, order, track):
    """Each frame's all-pole filter from the normal equations."""
    spectra = spectra_of(samples, hop)
    filters = np.empty_like(spectra)
    for k, spectrum in enumerate(spectra):
        correlation = np.fft.irfft(np.abs(spectrum * EMPHASIS) ** 2)[: order + 1]
        correlation[0] = correlation[0] * 1.00001 + 1e-9
        taps = np.concatenate(
            [[1], scipy.linalg.solve_toeplitz(correlation[:-1], -correlation[1:])]
        )
        gain = np.sqrt(taps @ correlation / SIZE)
        filters[k] = gain / (np.fft.rfft(taps, SIZE) * EMPHASIS)
    source = spectra_of(excitation(track, hop, len(samples), seed), hop)
    return waveform_of(source * filters, hop, len(samples))


def cosines(hz, order):
    mel = np.log1p(hz / 700) / np.log1p(RATE / 2 / 700)
    return np.cos(np.pi * np.outer(mel, np.arange(order + 1)))


def mel_cepstra(spectra, order):
    """The cosine series over the mel scale that is nearest to the log magnitudes, with the mels."""
    hz = np.linspace(0, RATE / 2, BINS)
    weights = (700 + hz) ** -0.5
    logs = np.log(np.maximum(np.abs(spectra), 1e-5 * 2**0.5 * SIZE / 4))
    series = cosines(hz, order)
    return np.linalg.lstsq(series * weights[:, None], (logs * weights).T, rcond=None)[0].T


def mel_cepstral(samples, seed, hop, order, track, first_bin):
    spectra = spectra_of(samples, hop)
    logs = mel_cepstra(spectra, order) @ cosines(np.linspace(0, RATE / 2, BINS), order).T
    cepstra = np.fft.irfft(logs, SIZE)
    cepstra[:, 1 : SIZE // 2] *= 2
    cepstra[:, SIZE // 2 + 1 :] = 0
    filters = np.exp(np.fft.rfft(cepstra)) * (SIZE * 3 / 8) ** -0.5 * np.exp(np.euler_gamma / 2)
    copies = spectra_of(excitation(track, hop, len(samples), seed), hop) * filters
    copies[:, :first_bin] = spectra[:, :first_bin]
    return waveform_of(copies, hop, len(samples))


def sum_of_sinusoids(sinusoids, hop, length):
    """Frames of (frequency in Hz, amplitude with the phase at the centre), under Hann windows."""
    times = np.arange(-hop, hop) / RATE
    frames = [
        sum((np.real(a * np.exp(2j * np.pi * f * times)) for f, a in frame), np.zeros(2 * hop))
        for frame in sinusoids
    ]
    return overlap_add(np.array(frames) * hann(2 * hop), hop, length)


def harmonic(samples, seed, hop, voiced_hz, track):
    spectra = np.abs(spectra_of(samples, hop))
    noise = 2 * spectra * np.exp(1j * random_angles(spectra.shape, seed))
    noise[track.is_voiced, : int(voiced_hz * SIZE / RATE)] = 0
    cycles = cycles_at_centres(track.f0, hop)
    sinusoids = []
    for k, f0 in enumerate(track.f0):
        numbers = np.arange(1, int(voiced_hz / f0) + 1) * track.is_voiced[k]
        numbers = numbers[numbers > 0]
        heights = np.interp(numbers * f0 * SIZE / RATE, np.arange(BINS), spectra[k])
        phases = np.exp(2j * np.pi * numbers * cycles[k])
        sinusoids.append(list(zip(numbers * f0, heights * phases * 4 / SIZE, strict=True)))
    tones = sum_of_sinusoids(sinusoids, hop, len(samples))
    return waveform_of(noise, hop, len(samples)) + tones


def strongest_peaks(samples, hop, count):
    sinusoids = []
    for spectrum in spectra_of(samples, hop):
        height = np.abs(spectrum)
        inner = np.arange(1, BINS - 1)
        inner = inner[(height[1:-1] > height[:-2]) & (height[1:-1] >= height[2:])]
        ranks = height[inner] * np.sqrt(np.abs(EMPHASIS))[inner]
        chosen = inner[np.argsort(-ranks)[:count]]
        logs = np.log(np.maximum(height, 1e-12))
        before, top, after = logs[chosen - 1], logs[chosen], logs[chosen + 1]
        shift = np.clip((before - after) / (2 * (before - 2 * top + after)), -0.5, 0.5)
        size = np.exp(-0.25 * (before - after) * shift) * 4 / SIZE * (-1.0) ** chosen
        frequencies = (chosen + shift) * RATE / SIZE
        sinusoids.append(list(zip(frequencies, spectrum[chosen] * size, strict=True)))
    return sum_of_sinusoids(sinusoids, hop, len(samples))


def warped(samples, hop, order, warp, pitch):
    spectra = spectra_of(samples, hop)
    hz = np.linspace(0, RATE / 2, BINS)
    last = 5000 * min(warp, 1)
    cepstra = mel_cepstra(spectra, order)
    before = cepstra @ cosines(hz, order).T
    after = cepstra @ cosines(np.interp(hz, [0, last, 8000], [0, last / warp, 8000]), order).T
    if pitch != 1:
        spectra = shifted(spectra * np.exp(-before), hop, pitch)
        before = 0
    return waveform_of(spectra * np.exp(after - before), hop, len(samples))


def shifted(spectra, hop, factor):
    """Each bin takes the sinusoid whose frequency becomes its own; its phase runs on faster."""
    expected = 2 * np.pi * hop / SIZE * np.arange(BINS)
    change = np.diff(np.angle(spectra), axis=0, prepend=0) - expected
    change -= 2 * np.pi * np.rint(change / (2 * np.pi))
    sources = np.rint(np.arange(BINS) / factor).astype(int)
    sources = np.minimum(sources, 2 * (BINS - 1) - sources)
    turns = np.cumsum((expected + change)[:, sources] * factor, axis=0)
    return np.abs(spectra)[:, sources] * np.exp(1j * turns)
