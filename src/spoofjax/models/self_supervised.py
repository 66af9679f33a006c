"""SelfSupervised: an encoder of speech and a head, which give a score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from spoofjax.config import Clip, Model
from spoofjax.errors import ConfigError
from spoofjax.models.encoders.encoder import Encoder
from spoofjax.models.heads.head import Head
from spoofjax.registry.resolving import resolve

if TYPE_CHECKING:
    import numpy as np
    from flax import nnx

    from spoofjax.models.network import Network

RANDOM = (
    "THE ENCODER IS RANDOM: it has not been trained on speech, so the results say nothing about "
    "self-supervised encoders. Download published weights and name their folder: "
    "--model.encoder.weights FOLDER."
)


@dataclass(frozen=True, kw_only=True)
class SelfSupervised(Model):
    """A self-supervised encoder of waveforms and a head over its hidden states.

    Use it with the front end `Waveform()`. A new run starts from `encoder.weights`; afterwards the
    weights are in the run itself, and that file is no longer needed.
    """

    encoder: Encoder
    """Turns samples into hidden states, such as `Wav2Vec2(weights="/models/xls-r-300m")`."""
    head: Head
    """Turns hidden states into two logits, such as `MHFA()`."""
    score: Literal["difference", "bonafide"] = "difference"
    """The score: the logit of bona fide minus that of spoof, which is a log ratio, or the logit of
    bona fide alone, as some published systems have it. Losses use the difference either way."""

    def build(self, coefficients: int, rngs: nnx.Rngs) -> Network:
        """Return the network for (batch, samples, 1). Raises ConfigError for another front end."""
        from spoofjax.models.networks.self_supervised import SelfSupervisedNetwork

        if coefficients != 1:
            raise ConfigError(
                f"SelfSupervised reads samples, but the front end gives {coefficients} "
                "coefficients a frame. Use front_end=Waveform()."
            )
        return SelfSupervisedNetwork(self, rngs)

    def load_pretrained(
        self, network: Network, read: Callable[[str], Mapping[str, np.ndarray]]
    ) -> None:
        """Give the encoder of a new network its published weights, if it names any.

        Raises ConfigError where they do not fit the encoder.
        """
        from spoofjax.models.networks.self_supervised import SelfSupervisedNetwork

        assert isinstance(network, SelfSupervisedNetwork)
        if self.encoder.weights is not None:
            self.encoder.load(network.encoder, read(self.encoder.weights))

    def check_pretrained(self) -> None:
        """Raise RegistryError where the weights of the encoder are not on this machine."""
        if self.encoder.weights is not None:
            resolve(self.encoder.weights)

    def check_clip(self, clip: Clip) -> None:
        """Raise ConfigError where the head cannot take clips that are made in this way."""
        self.head.check_clip(clip, self.encoder.frames)

    def resolved(self) -> SelfSupervised:
        """Return the model with the encoder's shape as its weights say it. Raises ConfigError."""
        return self.replace(encoder=self.encoder.resolved())

    def continued(self, earlier: Model) -> SelfSupervised:
        """Return the model with the encoder of the run that it continues, see `Encoder`."""
        if not isinstance(earlier, SelfSupervised):
            return self
        return self.replace(encoder=self.encoder.continued(earlier.encoder))

    @property
    def takes_reference(self) -> bool:
        """Whether the head compares two utterances."""
        return self.head.takes_reference

    def warnings(self) -> list[str]:
        """Return the warning of an encoder without published weights."""
        return [RANDOM] if self.encoder.is_random else []
