"""The front ends' definition in float64 numpy, written for reading: what the kernel must give."""

import numpy as np

from spoofjax.features.framed import Framed


def samples_as_float(x: np.ndarray) -> np.ndarray:
    return x / 32768.0 if x.dtype == np.int16 else x.astype(np.float64)


def cut(front_end: Framed, x: np.ndarray) -> np.ndarray:
    """Frames of one clip, float64 (frames, frame_length), before the window."""
    if front_end.pre_emphasis_over == "waveform" and len(x):
        x = np.concatenate([x[:1], x[1:] - front_end.pre_emphasis * x[:-1]])
    if front_end.center:
        half = front_end.fft // 2
        side = (front_end.fft - front_end.frame_length) // 2
        x = np.pad(x, half)
        starts = [side + front_end.hop * t for t in range(1 + (len(x) - 2 * half) // front_end.hop)]
    else:
        starts = range(0, len(x) - front_end.frame_length + 1, front_end.hop)
    frames = np.array([x[s : s + front_end.frame_length] for s in starts])
    frames = frames.reshape(-1, front_end.frame_length)
    if front_end.remove_dc:
        frames = frames - frames.mean(axis=1, keepdims=True)
    if front_end.pre_emphasis_over == "frame":
        before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
        frames = frames - front_end.pre_emphasis * before
    return frames


def slope(c: np.ndarray, width: int) -> np.ndarray:
    reach = max(width, 1)
    padded = np.pad(c, ((reach, reach), (0, 0)), mode="edge")

    def moved(by: int) -> np.ndarray:
        return padded[reach + by : reach + by + len(c)]

    if width == 0:
        return moved(1) - moved(-1)
    total = sum(n * (moved(n) - moved(-n)) for n in range(1, width + 1))
    return total / (2 * sum(n * n for n in range(1, width + 1)))


def features(front_end: Framed, x: np.ndarray) -> np.ndarray:
    """Features of one clip (samples,), float64 (frames, coefficients)."""
    if front_end.frames(len(x)) == 0:
        return np.zeros((0, front_end.coefficients))
    frames = cut(front_end, samples_as_float(x)) * front_end.weights()
    spectrum = np.abs(np.fft.rfft(frames, front_end.fft))
    if front_end.spectrum == "power":
        spectrum = spectrum**2

    def log(y: np.ndarray) -> np.ndarray:
        if front_end.log == "none":
            return y
        y = np.maximum(y + np.float32(front_end.eps), np.float32(front_end.floor))
        return {"natural": np.log, "log10": np.log10, "db": lambda z: 10 * np.log10(z)}[
            front_end.log
        ](y)

    bank, dct = front_end.filter_bank(), front_end.cosine_transform()
    c = log(spectrum if bank is None else spectrum @ bank.T)
    if dct is not None:
        c = c @ dct.T
    if front_end.has_energy:
        c[:, 0] = log(spectrum.sum(axis=1) / front_end.fft)
    parts = [c]
    for _ in range(front_end.deltas):
        parts.append(slope(parts[-1], front_end.delta_width))
    c = np.concatenate(parts, axis=1)
    if front_end.normalize != "none":
        c = c - c.mean(axis=0)
    if front_end.normalize == "mean_variance":
        c = c / np.sqrt(np.maximum((c**2).mean(axis=0), 1e-10))
    return c
