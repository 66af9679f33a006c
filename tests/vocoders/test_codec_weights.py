"""Folders of weights that a codec cannot take, and the two kinds of weight norm."""

import json

import numpy as np
import pytest
from safetensors.numpy import save_file
from small_codecs import Reference

from spoofjax.errors import ConfigError, TensorError
from spoofjax.vocoders.codec import open_codec

NAME = "decoder.layers.0.conv.weight"
PARTS = "decoder.layers.0.conv.parametrizations.weight.original"


@pytest.fixture
def reference() -> Reference:
    return Reference("encodec")


def test_missing_unknown_and_misshapen_tensors_are_listed(reference, tmp_path):
    del reference.weights["encoder.layers.0.conv.bias"]
    reference.weights["decoder.layers.0.conv.bias"] = np.zeros(3, np.float32)
    reference.weights["head.weight"] = np.zeros(3, np.float32)
    with pytest.raises(ConfigError) as error:
        open_codec(reference.write_folder(tmp_path))
    message = str(error.value)
    assert "1 missing: encoder.layers.0.conv.bias" in message
    assert "decoder.layers.0.conv.bias has shape (3,) instead of (8,)" in message
    assert "1 unknown: head.weight" in message


def test_weight_norm_may_have_older_names_or_be_removed(reference, tmp_path):
    kernel = np.array(open_codec(reference.write_folder(tmp_path)).weights[NAME])
    scale, direction = (reference.weights.pop(PARTS + part) for part in "01")
    older = {"decoder.layers.0.conv.weight_g": scale, "decoder.layers.0.conv.weight_v": direction}
    for tensors in (older, {NAME: kernel}):
        save_file({**reference.weights, **tensors}, tmp_path / "model.safetensors")
        np.testing.assert_array_equal(open_codec(tmp_path).weights[NAME], kernel)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "xcodec"}, "model_type 'xcodec'; this can be .*encodec"),
        ({"num_filters": -1}, "num_filters must be between"),
        ({"upsampling_ratios": [5, "2"]}, r"upsampling_ratios\[1\] must be a whole number"),
        ({"normalize": True}, "stereo"),
    ],
)
def test_a_config_json_of_something_else_is_refused(reference, tmp_path, change, message):
    reference.config = json.dumps({**json.loads(reference.config), **change})
    with pytest.raises(ConfigError, match=message):
        open_codec(reference.write_folder(tmp_path))


def test_weights_that_are_not_finite_are_refused(reference, tmp_path):
    reference.weights["encoder.layers.0.conv.bias"][1] = np.nan
    with pytest.raises(TensorError, match=r"'encoder\.layers\.0\.conv\.bias'.* not finite"):
        open_codec(reference.write_folder(tmp_path))
