"""The tensors of a self-supervised encoder inside a published detector."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from spoofjax.deployment.importing.entries import Entry, Shape
from spoofjax.models.encoders import Encoder
from spoofjax.models.encoders.loading import assembled
from spoofjax.models.encoders.names import HEADS, canonical, fairseq_name
from spoofjax.models.encoders.tensors import Source, sources_of

PREFIX = "ssl_model.model."
"""What the detectors that fairseq's encoders are part of put before their names."""
TASKS = re.escape(PREFIX) + "(?:" + "|".join(re.escape(head) for head in HEADS) + ").*"
"""Tensors of an encoder that only pretraining uses."""


@dataclass(frozen=True)
class EncoderEntry:
    """One array of an encoder and its tensors in the file; stacked arrays have some a layer."""

    ours: str
    theirs: tuple[str, ...]
    sources: tuple[Source, ...]

    def shapes_in_file(self, shape: Shape) -> tuple[Shape, ...]:
        """Return the shapes of the tensors, which the encoder's configuration says."""
        return tuple(own for source in self.sources for _, own in source.tensors)

    def convert(self, tensors: Iterable[np.ndarray], shape: Shape) -> np.ndarray:
        """Return the float32 array of the network, which has `shape`."""
        names = (name for source in self.sources for name, _ in source.tensors)
        return assembled(self.sources, shape, dict(zip(names, tensors, strict=True)).__getitem__)


def encoder_entries(encoder: Encoder, tensors: Mapping[str, np.ndarray]) -> list[Entry]:
    """Return where the arrays of an encoder come from among the tensors of a detector."""
    names = canonical(tensors)
    by_array: dict[str, list[Source]] = {}
    for source in sources_of(encoder):
        by_array.setdefault(source.parameter, []).append(source)

    def in_file(name: str) -> str:
        return names.get(name) or PREFIX + fairseq_name(name, encoder.norm)

    return [
        EncoderEntry(
            f"encoder/{array}",
            tuple(in_file(name) for source in sources for name, _ in source.tensors),
            tuple(sources),
        )
        for array, sources in by_array.items()
    ]
