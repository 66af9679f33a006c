"""A finished run without its least important channels, as a run of its own."""

from __future__ import annotations

import bisect
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from flax import nnx

from spoofjax.config import Experiment, Transfer
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import ConfigError
from spoofjax.models.building import build_network
from spoofjax.models.channels import Arrays, Channels, importance, with_widths, without
from spoofjax.models.network import Network
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.weights import load_weights
from spoofjax.training.derived import require_empty, write_derived_run


def write_pruned_run(
    run: RunFolder,
    experiment: Experiment,
    manifests: Mapping[str, Manifest],
    out: Path,
    *,
    keep: float | None = None,
    parameters: int | None = None,
) -> dict[str, Any]:
    """Write a run without its least important channels to `out`; return its results by split.

    Every layer keeps the share `keep` of its channels, or the largest share with which the network
    has no more than so many `parameters`; one of both is given. `experiment` is that of the run,
    with its corpus where that lies now. Raises ConfigError for a share or a number that leaves
    nothing, and for a model whose channels cannot be removed, and RunError where `out` is not
    empty.
    """
    folder = RunFolder(out)
    require_empty(folder)
    params, constants = load_weights(run.path)
    arrays, channels = {**params, **constants}, channels_of(experiment)
    if parameters is not None:
        keep = share_within(arrays, params, channels, parameters)
    elif keep is None or not 0 < keep <= 1:
        raise ConfigError(f"--keep is a share of channels, above 0 and at most 1, not {keep}.")
    kept = most_important(arrays, channels, keep)
    smaller = without(arrays, channels, kept)
    weights = {name: smaller[name] for name in params}, {name: smaller[name] for name in constants}
    experiment = experiment.replace(
        model=with_widths(experiment.model, channels, kept),
        # These weights are the start; what the run itself started from does not fit any more.
        transfer=Transfer(freeze=experiment.transfer.freeze),
    )
    origin = {"pruned_from": str(run.path.absolute()), "kept_share": keep}
    return write_derived_run(folder, experiment, manifests, weights, origin, source=run)


def channels_of(experiment: Experiment) -> list[Channels]:
    """Return the channels of the network of an experiment that can be removed.

    Raises ConfigError where there are none.
    """
    network = nnx.eval_shape(lambda: build_network(experiment, nnx.Rngs(0)))
    channels = network.removable_channels() if isinstance(network, Network) else []
    if not channels:
        raise ConfigError(
            f"The channels of {type(experiment.model).__name__} cannot be removed. `spoofjax prune`"
            " works with CNN, CNN2D, CNNLSTM, CNN2DLSTM and LSTM. Any model can teach a smaller "
            "one: `spoofjax train --teacher`."
        )
    return channels


def most_important(arrays: Arrays, channels: Sequence[Channels], share: float) -> list[np.ndarray]:
    """Return bool (count,) for each layer: whether a channel is among the most important ones.

    Every layer keeps this share of its channels, see `Channels.kept_count`; of equally important
    ones, the first.
    """
    kept = []
    for layer in channels:
        order = np.argsort(-importance(arrays, layer), kind="stable")
        keeps = np.zeros(layer.count, bool)
        keeps[order[: layer.kept_count(share)]] = True
        kept.append(keeps)
    return kept


def share_within(
    arrays: Arrays, parameters: Collection[str], channels: Sequence[Channels], most: int
) -> float:
    """Return the largest share of channels with which at most so many parameters are left.

    `parameters` names those of `arrays` that count. Raises ConfigError where the smallest share
    leaves more.
    """
    shares = sorted({1.0, *(share for layer in channels for share in layer.shares())})

    def left(share: float) -> int:
        smaller = without(arrays, channels, most_important(arrays, channels, share))
        return sum(smaller[name].size for name in parameters)

    fitting = bisect.bisect_right(shares, most, key=left)
    if not fitting:
        raise ConfigError(
            f"The fewest channels leave {left(shares[0]):,} parameters, more than {most:,}."
        )
    return shares[fitting - 1]
