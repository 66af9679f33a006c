"""A model's `weights` may be a name of the registry."""

import json

import numpy as np
import pytest
from safetensors.numpy import save

from spoofjax.errors import RegistryError
from spoofjax.models.encoders.wav2vec2 import Wav2Vec2
from spoofjax.registry.downloading import download
from spoofjax.registry.entries import add, entries
from spoofjax.registry.entry import Entry, File
from spoofjax.registry.resolving import read_weights
from spoofjax.registry.store import Copy


def test_downloaded_weights_are_read_by_their_name(server):
    server.data = save({"head.bias": np.full(3, 2, np.float32)})
    entry = Entry(name="tiny", files=(File(server.url("tiny.safetensors")),))
    add(entry)
    with pytest.raises(RegistryError, match="spoofjax models get tiny"):
        read_weights("tiny")
    download(Copy(entry))
    np.testing.assert_array_equal(read_weights("tiny")["head.bias"], [2, 2, 2])


def test_an_encoder_takes_its_shape_from_the_folder_of_a_name(server, registry):
    server.data = json.dumps({"model_type": "wav2vec2", "hidden_size": 48}).encode()
    add(Entry(name="tiny", files=(File(server.url("config.json")), File(server.url("model.bin")))))
    encoder = Wav2Vec2(weights="tiny")
    assert encoder.resolved() == encoder
    download(Copy(entries()["tiny"]))
    assert encoder.resolved().width == 48
    assert Wav2Vec2.from_folder("tiny") == encoder.resolved()
