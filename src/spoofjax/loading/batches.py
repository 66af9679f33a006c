"""What training and evaluation share in making batches: reading, buffers, features.

Each batch is made by one call. A process makes only its own slots of it.
"""

from __future__ import annotations

import math
import threading
from typing import NamedTuple

import numpy as np

from spoofjax.config import Clip, FrontEnd, Loading
from spoofjax.corpora.embedded.arrays import is_array_path
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import AudioError, CorpusError
from spoofjax.features.embeddings import Embeddings
from spoofjax.loading.cutting import check_buckets
from spoofjax.loading.durations import Durations
from spoofjax.loading.embedding_source import EmbeddingSource, check_embeddings
from spoofjax.loading.readers import Readers
from spoofjax.loading.sources import Source, source_of
from spoofjax.loading.unreadable import Unreadable
from spoofjax.processor import available_cores


class Batch(NamedTuple):
    """One process's share of a batch, on the host."""

    features: np.ndarray
    """float32 (batch, frames, coefficients); a waveform front end has a frame per sample. For
    features on the device: int16 or float32 (batch, samples). Standardized features may be sent as
    bfloat16, see training/sent_features.py."""
    lengths: np.ndarray
    """int32 (batch,): valid frames, or samples, of each utterance."""
    labels: np.ndarray
    """int32 (batch,): 1 bona fide, 0 spoof; 0 in padding."""
    indices: np.ndarray
    """int64 (batch,): which utterances of the manifest; -1 in padding and for unreadable files."""
    skipped: int = 0
    """How many drawn utterances could not be read and were replaced."""
    rows: np.ndarray | None = None
    """int64 (global batch,): `indices` of all processes; in evaluation only."""
    attacks: np.ndarray | None = None
    """int32 (batch,): which of the traced attacks, -1 for none of them; None where a run traces
    none, and in evaluation."""
    reference: tuple[np.ndarray, np.ndarray] | None = None
    """Features and lengths of another utterance of each speaker, in the shapes of the first two
    fields; None in evaluation, and in training without references."""
    step_labels: np.ndarray | None = None
    """int8 (batch, steps): 1 bona fide, 0 spoof, -1 padding, of each step that the network scores;
    None in evaluation, and for networks that score none."""


class Batches:
    """Base of TrainingBatches and EvaluationBatches: one manifest, one way to prepare clips."""

    def __init__(
        self,
        manifest: Manifest,
        *,
        front_end: FrontEnd,
        clip: Clip,
        loading: Loading,
        process: int = 0,
        processes: int = 1,
        sends_samples: bool = False,
    ):
        """With `sends_samples`, batches hold samples in the place of features."""
        check_buckets(clip)
        check_embeddings(front_end, clip, augments=False)
        self.front_end = front_end
        self._manifest, self._clip, self._loading = manifest, clip, loading
        self._process, self._processes = process, processes
        self._sends_samples = sends_samples
        self.durations = Durations()
        """Of the parts 'batch' and, within it, 'features'."""
        self._source = source_for(manifest, front_end, loading.decoded_megabytes)
        self._threads = loading.threads or available_cores()
        self._readers = Readers(self._threads)
        self._scratch = threading.local()
        self._unreadable = Unreadable(len(manifest), loading)

    def stop(self) -> None:
        """Make reading, in whatever thread, end with RuntimeError after the present utterance."""
        self._readers.stop()

    def close(self) -> None:
        """End the reading threads and close the files that are open."""
        self._readers.close()
        self._source.close()

    def lengths(self) -> np.ndarray:
        """Return the samples of each utterance, int64 (utterances,); -1 where it cannot be read.

        The manifest of a packed corpus has them; files are opened one by one. Raises AudioError
        for an unreadable file where the configuration says 'stop'.
        """
        if self._manifest.samples is not None:
            return self._manifest.samples
        lengths = np.full(len(self._manifest), -1, np.int64)

        def measure(row: int) -> None:
            try:
                lengths[row] = self._source.length(row)
            except AudioError as error:
                self._unreadable.add(row, error)

        self._readers.each(measure, range(len(lengths)))
        return lengths

    def _buffer(self, batch: int, samples: int, needs_float: bool) -> np.ndarray:
        """Return this thread's (batch, samples) buffer: int16 where nothing needs floats.

        Every batch reuses it: fresh memory would cost as much as copying the samples. Samples that
        are sent need memory of their own.
        """
        is_exact = self._source.sixteen_bit and self._clip.level_dbfs is None and not needs_float
        shape = (batch, samples, *self.front_end.sample_shape)
        size, dtype = math.prod(shape), np.int16 if is_exact else np.float32
        if self._sends_samples:
            return np.empty(shape, dtype)
        buffer = getattr(self._scratch, "buffer", None)
        if buffer is None or buffer.size < size or buffer.dtype != dtype:
            buffer = self._scratch.buffer = np.empty(size, dtype)
        return buffer[:size].reshape(shape)

    def _features(
        self, waveforms: np.ndarray, lengths: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the features of clips, and int32 (batch,) valid frames of each.

        Where samples are sent, return the clips themselves, and the valid samples.
        """
        if self._sends_samples:
            return waveforms, lengths.astype(np.int32)
        samples, front_end = waveforms.shape[1], self.front_end
        if (lengths == samples).all():
            features = front_end(waveforms, threads=self._threads)
            return features, np.full(len(lengths), front_end.frames(samples), np.int32)
        features = front_end(waveforms, lengths, threads=self._threads)
        return features, np.array([front_end.frames(int(n)) for n in lengths], np.int32)


def source_for(manifest: Manifest, front_end: FrontEnd, decoded_megabytes: int = 0) -> Source:
    """Return the source of what a front end reads: samples of audio, or embeddings.

    `decoded_megabytes` is that of `source_of`. Raises CorpusError where the manifest holds the
    other kind.
    """
    holds_arrays = len(manifest) > 0 and is_array_path(manifest.path(0))
    if isinstance(front_end, Embeddings):
        if not holds_arrays:
            raise CorpusError(
                f"{manifest.path(0)} is no embedding. Write embeddings of the corpus with "
                "`spoofjax embed` and set data=Embedded(root=...)."
            )
        return EmbeddingSource(manifest, front_end)
    if holds_arrays:
        raise CorpusError(
            f"{manifest.path(0)} is an embedding, not audio: set front_end=Embeddings(...)."
        )
    return source_of(manifest, front_end.rate, decoded_megabytes)
