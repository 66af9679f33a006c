"""The published detectors that can be imported."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from spoofjax.config import Model
from spoofjax.deployment.importing.aasist import aasist_entries, rawgat_st_entries
from spoofjax.deployment.importing.encoder import TASKS, encoder_entries
from spoofjax.deployment.importing.entries import Entry
from spoofjax.deployment.importing.lcnn import lcnn_entries
from spoofjax.deployment.importing.nes2net import SQUEEZE, nes2net_entries
from spoofjax.deployment.importing.rawnet2 import rawnet2_entries
from spoofjax.deployment.importing.ssl_aasist import ssl_aasist_entries
from spoofjax.models import AASIST, LCNN, RawGATST, RawNet2, SelfSupervised
from spoofjax.models.encoders.recognition import recognised_encoder
from spoofjax.models.heads import SSLAASIST, Head, Nes2NetX
from spoofjax.tensors.naming import shape_in

Tensors = Mapping[str, np.ndarray]
"""The tensors of a file by name, which are read on access."""

BOOKKEEPING = r".*\.num_batches_tracked"
"""What torch's batch norm counts."""
DISCARDED_NORM = r".*\.bn1\..*"
"""A batch norm whose output the published network does not use."""


@dataclass(frozen=True)
class Architecture:
    """One published form of a detector."""

    config: str
    """The shipped configuration whose front end and recipe the run takes."""
    model: Callable[[Tensors], Model]
    """Returns the model; its fields may depend on which tensors the file has, and their shapes."""
    entries: Callable[[Tensors], list[Entry]]
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
ASVSPOOF5 = 18_797 / 182_357
"""Share of bona fide in the training split of ASVspoof 5."""


def _rawgat_st(fusion: Literal["mul", "add", "cat"]) -> Architecture:
    def has_first_shortcut(tensors: Tensors) -> bool:
        return "encoder1.0.0.conv_downsample.weight" in tensors

    def model(tensors: Tensors) -> Model:
        options: dict[str, Any] = {
            "has_first_shortcut": has_first_shortcut(tensors),
            "score": "bonafide",
        }
        return RawGATST.cat(**options) if fusion == "cat" else RawGATST(fusion=fusion, **options)

    def entries(tensors: Tensors) -> list[Entry]:
        return rawgat_st_entries(
            is_later=any(name.startswith("GAT_layer_spectral.") for name in tensors),
            has_first_shortcut=has_first_shortcut(tensors),
        )

    # All blocks but the first own a convolution of one channel that only the first one uses.
    unused = (DISCARDED_NORM, r"encoder\d\.[1-5]\.0\.conv_1\..*")
    return Architecture("rawgat_st", model, entries, unused, LA_2019)


def _rawnet2(activates_first: bool) -> Architecture:
    return Architecture(
        "rawnet2",
        lambda tensors: RawNet2(activates_first=activates_first, score="log_probability"),
        lambda tensors: rawnet2_entries(activates_first=activates_first),
        () if activates_first else (DISCARDED_NORM,),
        LA_2019,
    )


def _self_supervised(
    config: str,
    head: Callable[[Tensors], Head],
    head_entries: Callable[[], list[Entry]],
    **options: Any,
) -> Architecture:
    def entries(tensors: Tensors) -> list[Entry]:
        return [*encoder_entries(recognised_encoder(tensors), tensors), *head_entries()]

    def model(tensors: Tensors) -> Model:
        encoder = recognised_encoder(tensors)
        return SelfSupervised(encoder=encoder, head=head(tensors), score="bonafide")

    return Architecture(config, model, entries, **options)


def _nes2net(config: str, dilation: int, prior: float) -> Architecture:
    def head(tensors: Tensors) -> Head:
        shape = shape_in(tensors, SQUEEZE) if SQUEEZE in tensors else ()
        squeeze = shape[1] // max(shape[0], 1) if len(shape) == 3 else 1
        return Nes2NetX(dilation=dilation, squeeze=max(squeeze, 1))

    options = {"unused": (TASKS,), "prior": prior, "hears_whole": True}
    return _self_supervised(config, head, nes2net_entries, **options)


ARCHITECTURES = {
    "aasist": Architecture(
        "aasist",
        lambda tensors: AASIST(score="bonafide"),
        lambda tensors: aasist_entries(),
        (DISCARDED_NORM,),
        LA_2019,
    ),
    "aasist_l": Architecture(
        "aasist_l",
        lambda tensors: AASIST.light(score="bonafide"),
        lambda tensors: aasist_entries(),
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
        lambda tensors: LCNN(),
        lambda tensors: lcnn_entries(),
        # The front end's tables, and the scale of outputs that a detector does not have.
        (r"m_frontend\..*", r"output_(mean|std)"),
        LA_2019,
        hears_whole=True,
    ),
    "ssl_aasist": _self_supervised(
        "xlsr_aasist",
        lambda tensors: SSLAASIST(),
        ssl_aasist_entries,
        unused=(TASKS, DISCARDED_NORM),
        prior=LA_2019,
    ),
    "nes2net": _nes2net("xlsr_aasist", dilation=2, prior=LA_2019),
    "nes2net_asvspoof5": _nes2net("wavlm_nes2net", dilation=1, prior=ASVSPOOF5),
}
"""By the name that `spoofjax import --as` takes."""
