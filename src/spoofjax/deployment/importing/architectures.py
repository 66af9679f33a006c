"""The published detectors that can be imported."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Literal

from spoofjax.config import Model
from spoofjax.deployment.importing.aasist import aasist_entries, rawgat_st_entries
from spoofjax.deployment.importing.entries import Entry
from spoofjax.deployment.importing.lcnn import lcnn_entries
from spoofjax.deployment.importing.rawnet2 import rawnet2_entries
from spoofjax.models import AASIST, LCNN, RawGATST, RawNet2

Names = Collection[str]
"""Names of the tensors in a file."""

BOOKKEEPING = r".*\.num_batches_tracked"
"""What torch's batch norm counts."""
DISCARDED_NORM = r".*\.bn1\..*"
"""A batch norm whose output the published network does not use."""


@dataclass(frozen=True)
class Architecture:
    """One published form of a detector."""

    config: str
    """The shipped configuration whose front end and recipe the run takes."""
    model: Callable[[Names], Model]
    """Returns the model; its fields may depend on which tensors the file has."""
    entries: Callable[[Names], list[Entry]]
    """Returns where each array of the model comes from."""
    unused: tuple[str, ...] = ()
    """Regular expressions of tensors that the published network has and does not use."""
    prior: float = 0.5
    """Share of bona fide in the corpus that the published weights were trained on."""
    hears_whole: bool = False
    """Whether the model can score whole utterances."""

    def is_unused(self, name: str) -> bool:
        """Whether the published network does not use a tensor, or torch needs it for counting."""
        return any(re.fullmatch(pattern, name) for pattern in (BOOKKEEPING, *self.unused))


LA_2019 = 2_580 / 25_380
"""Share of bona fide in the training split of ASVspoof 2019 LA."""


def _rawgat_st(fusion: Literal["mul", "add", "cat"]) -> Architecture:
    def has_first_shortcut(names: Names) -> bool:
        return "encoder1.0.0.conv_downsample.weight" in names

    def model(names: Names) -> Model:
        options: dict[str, Any] = {
            "has_first_shortcut": has_first_shortcut(names),
            "score": "bonafide",
        }
        return RawGATST.cat(**options) if fusion == "cat" else RawGATST(fusion=fusion, **options)

    def entries(names: Names) -> list[Entry]:
        return rawgat_st_entries(
            is_later=any(name.startswith("GAT_layer_spectral.") for name in names),
            has_first_shortcut=has_first_shortcut(names),
        )

    # All blocks but the first own a convolution of one channel that only the first one uses.
    unused = (DISCARDED_NORM, r"encoder\d\.[1-5]\.0\.conv_1\..*")
    return Architecture("rawgat_st", model, entries, unused, LA_2019)


def _rawnet2(activates_first: bool) -> Architecture:
    return Architecture(
        "rawnet2",
        lambda names: RawNet2(activates_first=activates_first, score="log_probability"),
        lambda names: rawnet2_entries(activates_first=activates_first),
        () if activates_first else (DISCARDED_NORM,),
        LA_2019,
    )


ARCHITECTURES = {
    "aasist": Architecture(
        "aasist",
        lambda names: AASIST(score="bonafide"),
        lambda names: aasist_entries(),
        (DISCARDED_NORM,),
        LA_2019,
    ),
    "aasist_l": Architecture(
        "aasist_l",
        lambda names: AASIST.light(score="bonafide"),
        lambda names: aasist_entries(),
        (DISCARDED_NORM,),
        LA_2019,
    ),
    "rawnet2": _rawnet2(activates_first=False),
    "rawnet2_asvspoof5": _rawnet2(activates_first=True),
    "rawgat_st": _rawgat_st("mul"),
    "rawgat_st_add": _rawgat_st("add"),
    "rawgat_st_cat": _rawgat_st("cat"),
    "lfcc_lcnn_blstm": Architecture(
        "lfcc_lcnn_blstm",
        lambda names: LCNN(),
        lambda names: lcnn_entries(),
        # The front end's tables, and the scale of outputs that a detector does not have.
        (r"m_frontend\..*", r"output_(mean|std)"),
        LA_2019,
        hears_whole=True,
    ),
}
"""By the name that `spoofjax import --as` takes."""
