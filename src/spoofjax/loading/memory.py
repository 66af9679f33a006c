"""The memory that batches need on the host, known before anything is read or compiled."""

from __future__ import annotations

from spoofjax.config import FrontEnd
from spoofjax.errors import ConfigError
from spoofjax.loading.prefetch import CONCURRENT
from spoofjax.memory import in_gibibytes, usable_memory

SAMPLE_BYTES = 2
"""Packed samples of 16 bits need this much, and all others more."""
VALUE_BYTES = 4
"""Features are float32."""


def check_batches(
    option: str, batch: int, samples: int, front_end: FrontEnd, batches: int, processes: int = 1
) -> None:
    """Raise ConfigError where batches of clips of so many samples cannot fit into memory.

    `option` is the one that sets the size of a batch, which `processes` share; `batches` of them
    exist at the same time. Only samples and features are counted. What is not known yet, such as
    the memory of the model, is left out, so that a batch which fits is never refused.
    """
    each = bytes_of(front_end, samples, batches)
    needed, available = batch // processes * each, usable_memory()
    if needed > available:
        raise ConfigError(
            f"{option} {batch} needs {in_gibibytes(needed)} for samples and features alone, and "
            f"there are {in_gibibytes(available)}. At most {available // each * processes} "
            "utterances fit, fewer with a large model: choose a smaller batch."
        )


def bytes_of(front_end: FrontEnd, samples: int, batches: int) -> int:
    """Return the bytes of one clip of so many samples in each of the batches."""
    features = front_end.frames(samples) * front_end.coefficients * VALUE_BYTES
    return batches * features + min(batches, CONCURRENT) * samples * SAMPLE_BYTES
