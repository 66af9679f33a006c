"""A speaker encoder of the user, as an ONNX file, and the score of a claim by its embeddings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spoofjax.audio.judging import LEAST_RATE, MOST_RATE, Origin, reason_against
from spoofjax.audio.reading import read_recording
from spoofjax.errors import AudioError, ConfigError

MOST_SECONDS = 60
"""A recording is embedded up to here, which bounds memory and time; voices are known by then."""
WAVEFORM = "a waveform, float32 (1, samples) or (1, 1, samples), of any number of samples"


class SpeakerEncoder:
    """Turns a recording into an embedding of its speaker, by onnxruntime.

    An instance may be used from several threads.
    """

    def __init__(self, path: str | os.PathLike[str], rate: int = 16_000):
        """Load an ONNX model from a waveform at `rate` Hz to one vector, and try it on noise.

        The input is float32 (1, samples) or (1, 1, samples), the output (1, width) or (width,).
        Encoders of spectra are not supported: the front end must be inside the model. Raises
        ConfigError for a file that is missing or no such model, and where onnxruntime is missing.
        """
        self.path, self.rate = Path(path), rate
        if not LEAST_RATE <= rate <= MOST_RATE:
            raise ConfigError(
                f"--encoder-rate {rate}: choose {LEAST_RATE:,} to {MOST_RATE:,} samples a second."
            )
        self._session = _session(self.path)
        self._input, self._rank = self._checked_input()
        outputs = [output.name for output in self._session.get_outputs()]
        if len(outputs) != 1:
            raise self._unfit(
                f"has {len(outputs)} outputs ({', '.join(outputs)}), so that the embedding is "
                "ambiguous. Export it with the embedding alone"
            )
        noise = np.random.default_rng(0).normal(0, 0.1, 2 * rate).astype(np.float32)
        try:
            self.embed(noise)
        except AudioError as error:
            raise self._unfit(f"was tried on two seconds of noise. {error}") from None

    @property
    def most_samples(self) -> int:
        """The largest number of samples that is embedded."""
        return MOST_SECONDS * self.rate

    def embed(self, samples: np.ndarray) -> np.ndarray:
        """Return the embedding, float64 (width,) of length 1, of float32 (samples,) at `rate` Hz.

        Samples after the first 60 s do not count. Raises AudioError where the model fails on these
        samples, for example because they are too few, or where its output is not one vector, or is
        NaN, infinite or all zeros.
        """
        waveform = np.asarray(samples[: self.most_samples], np.float32)
        waveform = waveform.reshape((1,) * (self._rank - 1) + (-1,))
        try:
            (output,) = self._session.run(None, {self._input: waveform})
        except Exception as error:  # onnxruntime has a class of its own for each status
            reason = str(error).strip().split("\n")[0]
            raise AudioError(
                f"The speaker encoder fails on {waveform.size:,} samples: {reason.rstrip('.')}."
            ) from None
        embedding = np.asarray(output)
        if embedding.size < 2 or embedding.size != max(embedding.shape):
            raise AudioError(
                f"The speaker encoder gives an output of shape {embedding.shape}. Export it with "
                "one embedding of the whole recording as its output, (1, width)."
            )
        embedding = embedding.reshape(-1).astype(np.float64)
        if not np.isfinite(embedding).all():
            raise AudioError("The speaker encoder gives NaN or infinite values.")
        length = np.linalg.norm(embedding)
        if length == 0:
            raise AudioError("The speaker encoder gives an embedding of zeros.")
        return embedding / length

    def embed_file(self, path: str | os.PathLike[str]) -> tuple[np.ndarray, Origin]:
        """Return the embedding of an audio file, and what is known of the file.

        Raises AudioError, which names the file, where it cannot be read or embedded.
        """
        samples, origin = read_recording(path, self.rate, self.most_samples)
        return self._embed_named(samples, os.fspath(path)), origin

    def enrol_file(self, path: str | os.PathLike[str]) -> tuple[np.ndarray, Origin]:
        """Return what `embed_file` does, of a recording that tells how a speaker sounds.

        Raises AudioError for one that cannot be judged too: it is silent, too short, or no speech.
        """
        samples, origin = read_recording(path, self.rate, self.most_samples)
        return self.enrol(samples, origin, os.fspath(path)), origin

    def enrol(self, samples: np.ndarray, origin: Origin | None, name: str) -> np.ndarray:
        """Return what `embed` does, of the samples of an enrolment recording.

        Raises AudioError, which begins with `name`, also for one without speech.
        """
        reason = reason_against(samples[: self.most_samples], self.rate, origin=origin)
        if reason:
            raise AudioError(f"{name}: nobody can be enrolled by this recording: {reason.text}.")
        return self._embed_named(samples, name)

    def _embed_named(self, samples: np.ndarray, name: str) -> np.ndarray:
        try:
            return self.embed(samples)
        except AudioError as error:
            raise AudioError(f"{name}: {error}") from None

    def _checked_input(self) -> tuple[str, int]:
        """Return name and rank of the input. Raises ConfigError where it is no waveform."""
        inputs = self._session.get_inputs()
        if len(inputs) != 1:
            names = ", ".join(value.name for value in inputs) or "none"
            raise self._unfit(f"has {len(inputs)} inputs ({names}); it needs one, {WAVEFORM}")
        [waveform] = inputs
        shape = waveform.shape
        is_waveform = len(shape) in (2, 3) and waveform.type == "tensor(float)"
        is_waveform = is_waveform and not isinstance(shape[-1], int)  # a number is a fixed length
        is_waveform = is_waveform and (shape[0] == 1 or not isinstance(shape[0], int))
        if not is_waveform or (len(shape) == 3 and shape[1] != 1):
            raise self._unfit(
                f"takes {waveform.type} of shape {shape} as {waveform.name}; it needs {WAVEFORM}. "
                "Put the front end of an encoder of spectra into the model"
            )
        return waveform.name, len(shape)

    def _unfit(self, problem: str) -> ConfigError:
        return ConfigError(f"The speaker encoder {self.path} {problem.removesuffix('.')}.")


def speaker_score(test: np.ndarray, enrolments: Sequence[np.ndarray]) -> float:
    """Return the cosine of a test embedding and the mean of a speaker's enrolment embeddings.

    All are float64 (width,) of length 1. The score is from -1 to 1; higher = more alike. Raises
    AudioError where the enrolment embeddings cancel each other.
    """
    mean = np.mean(enrolments, axis=0)
    length = np.linalg.norm(mean)
    if length < 1e-9:
        raise AudioError("The embeddings of the enrolment recordings cancel each other.")
    return float(np.dot(test, mean) / length)


def _session(path: Path) -> Any:
    """Return the session of onnxruntime for a model. Raises ConfigError."""
    try:
        import onnxruntime
    except ImportError as error:
        raise ConfigError(
            f"A speaker encoder needs {error.name}. Install it: pip install 'spoofjax[onnx]'."
        ) from None
    if not path.is_file():
        raise ConfigError(f"There is no speaker encoder {path}.")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # its errors are raised too
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a class of its own for each status
        reason = str(error).strip().split("\n")[0]
        raise ConfigError(f"{path} is no ONNX model that onnxruntime can run: {reason}") from None
