"""The sound of another room: convolution with an impulse response, measured or synthetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from spoofjax.audio.augmentation.checks import check_batch, check_probabilities, check_ranges
from spoofjax.audio.augmentation.recordings import Recordings, files_below
from spoofjax.audio.reading import read
from spoofjax.audio.seeds import normals, stream, uniforms
from spoofjax.config import Augmentation
from spoofjax.errors import AudioError, ConfigError
from spoofjax.processor import available_cores, simd_level

PARAMETERS, DECAY, CHOICE = 16, 17, 18
"""Tags of the streams that a seed gives."""
POINT_SOURCES, ISOTROPIC = "pointsource_noises", "real_rirs_isotropic_noises"
"""Folders of OpenSLR 28 with noise in them: the first has nothing else, in the second the names of
noise files have '_noise_' in them."""


@dataclass(frozen=True)
class RoomResponse(Augmentation):
    """Convolves with a room's impulse response; the direct sound is not delayed, the RMS is kept.

    With `folder`, the response is one of its audio files, from the highest peak on. Of a file with
    several channels it is the first one. The folder may be RIRS_NOISES (Ko et al., 2017,
    openslr.org/28); its recordings of noise are left out. Without a folder, the response is an
    impulse and Gaussian noise that decays by 60 dB in the reverberation time.
    """

    folder: Path | None = None
    """Folder of impulse responses (.wav or .flac, at any depth)."""
    reverberation_s: tuple[float, float] = (0.1, 0.6)
    """Range of the synthetic reverberation time in seconds, uniform."""
    direct_db: tuple[float, float] = (0.0, 15.0)
    """Range of the synthetic ratio of direct to reverberant energy in dB, uniform."""
    probability: float = 1.0
    """Share of the clips that are put into a room."""
    megabytes: int = 512
    """Most MiB of measured responses that are held in memory."""

    def __post_init__(self) -> None:
        if self.folder is not None:
            object.__setattr__(self, "folder", Path(self.folder).expanduser())
        check_ranges(self, "reverberation_s", least=0.001, most=10.0)
        check_ranges(self, "direct_db")
        check_probabilities(self, "probability")
        if self.megabytes < 0:
            raise ConfigError(f"RoomResponse: megabytes={self.megabytes} must not be negative.")

    def check(self, rate: int) -> None:
        """Raise AudioError where the folder is missing or has no impulse response."""
        if self.folder is not None:
            _collection(self.folder, self.megabytes, rate)

    def __call__(
        self, waveforms: np.ndarray, seeds: np.ndarray, rate: int, *, threads: int | None = None
    ) -> np.ndarray:
        """Return float32 (batch, samples), each clip in the room that its uint64 seed draws.

        Raises AudioError if the folder has no audio file or one of them is not readable.
        """
        waveforms, seeds = check_batch(waveforms, seeds)
        is_chosen = uniforms(stream(seeds, CHOICE), 1)[:, 0] < self.probability
        if is_chosen.all():
            return self._reverberant(waveforms, seeds, rate, threads)
        result = waveforms.copy()
        if is_chosen.any():
            result[is_chosen] = self._reverberant(
                waveforms[is_chosen], seeds[is_chosen], rate, threads
            )
        return result

    def _reverberant(
        self, waveforms: np.ndarray, seeds: np.ndarray, rate: int, threads: int | None
    ) -> np.ndarray:
        return reverberant(waveforms, [self.response(s, rate) for s in seeds], threads=threads)

    def response(self, seed: np.uint64, rate: int) -> np.ndarray:
        """Return the impulse response that a seed draws, float32, the direct sound first."""
        u = uniforms(stream(seed, PARAMETERS), 3)
        if self.folder is not None:
            responses = _collection(self.folder, self.megabytes, rate)
            return responses.whole(int(u[0] * len(responses)))
        low, high = self.reverberation_s
        seconds = low + (high - low) * u[1]
        count = max(int(seconds * rate), 2)
        decay = np.exp(np.log(1e-3) * np.arange(1, count) / (seconds * rate))
        tail = normals(stream(seed, DECAY), count - 1) * decay
        ratio = self.direct_db[0] + (self.direct_db[1] - self.direct_db[0]) * u[2]
        tail *= 10 ** (-ratio / 20) / max(float(np.linalg.norm(tail)), 1e-12)
        return np.concatenate([[1.0], tail]).astype(np.float32)


def reverberant(
    waveforms: np.ndarray, responses: Sequence[np.ndarray], *, threads: int | None = None
) -> np.ndarray:
    """Return float32 (batch, samples), each clip convolved with its response.

    A result has the length and the RMS of its clip. `responses` has one float32 array for each
    clip, the direct sound first.
    """
    from spoofjax.audio._augment import room

    out = np.empty_like(waveforms)
    # What a response has beyond the clip's length is not heard.
    lengths = np.array([min(len(r), max(waveforms.shape[1], 1)) for r in responses], np.int64)
    padded = np.zeros((len(responses), lengths.max(initial=1)), np.float32)
    for row, response, length in zip(padded, responses, lengths, strict=True):
        row[:length] = response[:length]
    room(waveforms, out, padded, lengths, simd_level(), threads or available_cores())
    return out


@lru_cache(maxsize=8)
def _collection(folder: Path, megabytes: int, rate: int) -> Recordings:
    files = [path for path in files_below(folder, "impulse response") if not _is_noise(path)]
    if not files:
        raise AudioError(f"{folder}: no .wav or .flac impulse response in this folder, only noise.")
    return Recordings(files, rate, megabytes << 20, _measured)


def _is_noise(path: Path) -> bool:
    """Whether a file is one of the recordings of noise among the responses of OpenSLR 28."""
    is_isotropic = path.parent.name == ISOTROPIC and "_noise_" in path.name
    return is_isotropic or POINT_SOURCES in path.parts


def _measured(path: Path, rate: int) -> np.ndarray:
    """Return the response of a file from its highest peak on, float32, the peak at +-1."""
    response = read(path, rate, channel=0)
    peak = int(np.argmax(np.abs(response)))
    if response[peak] == 0:
        raise AudioError(f"{path}: this impulse response is silent. Remove it from the folder.")
    return response[peak:] / np.abs(response[peak])
