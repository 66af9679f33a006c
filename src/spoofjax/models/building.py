"""The network of an experiment: the model's, with what loss and tracing need, and frozen parts."""

from __future__ import annotations

from flax import nnx

from spoofjax.config import Experiment
from spoofjax.models.attacks import add_attack_head
from spoofjax.models.frozen import freeze_parts
from spoofjax.models.network import Network


def build_network(experiment: Experiment, rngs: nnx.Rngs) -> Network:
    """Return a new network whose parts in `transfer.freeze` are not trained.

    Training and deployment build it here, so that both sort its arrays into the same parameters
    and constants. Raises ConfigError where the model does not fit the front end, also for a part
    that the network does not have.
    """
    network = experiment.model.build(experiment.front_end.coefficients, rngs)
    experiment.loss.prepare(network, rngs)
    if experiment.tracing.attacks:
        add_attack_head(network, experiment, rngs)
    freeze_parts(network, experiment.transfer.freeze)
    return network
