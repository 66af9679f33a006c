"""Loading weights, and the shape that the files beside them say."""

import json

import numpy as np
import pytest
from encoder_reference import Reference
from flax import nnx

from spoofjax.config_files import from_json, to_json
from spoofjax.errors import ConfigError
from spoofjax.models.arrays import flatten
from spoofjax.models.encoders import HuBERT, Wav2Vec2, WavLM
from spoofjax.models.encoders.names import canonical, transformers_name


@pytest.fixture(scope="module")
def reference():
    return Reference("wav2vec2_layer")


def load(encoder, arrays):
    network = encoder.build(nnx.Rngs(0))
    encoder.load(network, arrays)
    return network


def test_a_folder_says_the_shape_and_the_normalisation(reference, tmp_path):
    encoder = Wav2Vec2.from_folder(str(reference.write_folder(tmp_path)), freeze="encoder")
    assert (encoder.width, encoder.full_depth, encoder.channels) == (32, 2, (16,) * 7)
    assert encoder.norm == "layer"
    assert encoder.pre_norm
    assert encoder.convolution_bias
    assert encoder.normalise
    assert encoder.weights == str(tmp_path)
    assert encoder.freeze == "encoder"
    assert encoder.dropout == encoder.layer_drop == encoder.mask_time_prob == 0


def test_wavlm_and_hubert_take_their_own_fields_from_a_folder(tmp_path):
    wavlm = Reference("wavlm_group")
    encoder = WavLM.from_folder(str(wavlm.write_folder(tmp_path / "wavlm")))
    assert (encoder.buckets, encoder.farthest, encoder.normalise) == (320, 800, False)
    hubert = Reference("hubert_batch_norm").write_folder(tmp_path / "hubert")
    assert HuBERT.from_folder(str(hubert)).position_batch_norm
    with pytest.raises(ConfigError, match="weights of HuBERT, not of Wav2Vec2"):
        Wav2Vec2.from_folder(str(hubert))


def test_naming_the_weights_is_enough_for_a_default_encoder(reference, tmp_path):
    folder = str(reference.write_folder(tmp_path))
    encoder = Wav2Vec2(weights=folder, layers=1, freeze="features").resolved()
    assert encoder == Wav2Vec2.from_folder(folder, layers=1, freeze="features")
    assert encoder.resolved() == encoder


def test_a_shape_that_contradicts_the_folder_is_refused(reference, tmp_path):
    folder = str(reference.write_folder(tmp_path))
    with pytest.raises(ConfigError, match=r"width is 1024, but the file says 32; .*from_folder"):
        Wav2Vec2.xls_r_300m(weights=folder).resolved()


def test_weights_without_a_configuration_leave_the_encoder_as_it_is(tmp_path):
    encoder = Wav2Vec2.base(weights=str(tmp_path / "wav2vec_small.pt"))
    assert encoder.resolved() is encoder
    assert Wav2Vec2().resolved() == Wav2Vec2()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "data2vec-audio"}, "model_type 'data2vec-audio'"),
        ({"hidden_act": "relu"}, "only 'gelu'"),
        ({"adapter_attn_dim": 16}, "adapters"),
    ],
)
def test_what_cannot_be_built_is_refused(reference, tmp_path, change, message):
    folder = reference.write_folder(tmp_path)
    values = json.loads((folder / "config.json").read_text()) | change
    (folder / "config.json").write_text(json.dumps(values))
    with pytest.raises(ConfigError, match=message):
        Wav2Vec2.from_folder(str(folder))


def test_missing_unknown_and_misshapen_tensors_are_listed_by_name(reference, tmp_path):
    encoder = reference.encoder(tmp_path)
    arrays = dict(reference.weights)
    del arrays["encoder.layer_norm.weight"]
    arrays["encoder.surprise"] = np.zeros(3)
    arrays["feature_projection.projection.bias"] = np.zeros(5, np.float32)
    with pytest.raises(ConfigError) as error:
        load(encoder, arrays)
    message = str(error.value)
    assert "1 missing: encoder.layer_norm.weight" in message
    assert "1 unknown: encoder.surprise" in message
    assert "feature_projection.projection.bias has shape (5,) instead of (32,)" in message
    assert "from_folder" in message


def test_a_shortened_encoder_neither_needs_nor_refuses_the_other_layers(reference, tmp_path):
    encoder = reference.encoder(tmp_path, layers=1)
    full = load(encoder, reference.weights)
    first = {k: v for k, v in reference.weights.items() if not k.startswith("encoder.layers.1")}
    short = load(encoder, first)
    kernel = short.transformer.inner_kernel[...]
    assert kernel.shape == (1, 32, 48)
    np.testing.assert_array_equal(kernel, full.transformer.inner_kernel[...])


def test_weights_inside_a_whole_detector_are_recognised():
    names = ["ssl_model.model.feature_extractor.conv_layers.0.0.weight", "LL.weight",
             "ssl_model.model.encoder.layers.3.fc1.bias"]  # fmt: skip
    assert canonical(names) == {
        "feature_extractor.conv_layers.0.conv.weight": names[0],
        "encoder.layers.3.feed_forward.intermediate_dense.bias": names[2],
    }


@pytest.mark.parametrize(
    ("fairseq", "transformers"),
    [
        ("self_attn.grep_a", "attention.gru_rel_pos_const"),
        ("self_attn.grep_linear.bias", "attention.gru_rel_pos_linear.bias"),
        ("self_attn.relative_attention_bias.weight", "attention.rel_attn_embed.weight"),
        ("self_attn.q_proj.bias", "attention.q_proj.bias"),
        ("self_attn_layer_norm.bias", "layer_norm.bias"),
        ("final_layer_norm.bias", "final_layer_norm.bias"),
    ],
)
def test_names_of_layers_in_fairseq(fairseq, transformers):
    prefix = "encoder.layers.7."
    assert transformers_name(prefix + fairseq, has_batch_norm=False) == prefix + transformers


@pytest.mark.parametrize(
    ("fairseq", "transformers"),
    [
        (
            "feature_extractor.conv_layers.0.2.weight",
            "feature_extractor.conv_layers.0.layer_norm.weight",
        ),
        ("encoder.layer_norm.bias", "encoder.layer_norm.bias"),
        ("layer_norm.bias", "feature_projection.layer_norm.bias"),
    ],
)
def test_names_of_fairseq(fairseq, transformers):
    assert transformers_name(fairseq, has_batch_norm=False) == transformers


def test_the_batch_norm_of_positions_has_its_fairseq_names():
    names = ("weight", "running_mean")
    translated = [transformers_name(f"encoder.pos_conv.0.{name}", True) for name in names]
    assert translated == [f"encoder.pos_conv_embed.batch_norm.{name}" for name in names]
    convolution = transformers_name("encoder.pos_conv.1.weight", True)
    assert convolution == "encoder.pos_conv_embed.conv.weight"


def test_a_frozen_encoder_has_no_parameters(reference, tmp_path):
    network = load(reference.encoder(tmp_path, freeze="encoder"), reference.weights)
    _, params, constants = nnx.split(network, nnx.Param, ...)
    assert not flatten(params)
    expected = reference.weights["encoder.layers.1.attention.out_proj.weight"].T
    kernel = flatten(constants)["transformer/output_kernel"][1]
    np.testing.assert_array_equal(kernel, expected)
    features = load(reference.encoder(tmp_path, freeze="features"), reference.weights)
    _, params, constants = nnx.split(features, nnx.Param, ...)
    assert {name.split("/")[0] for name in flatten(constants)} == {"convolutions"}
    assert "projection/kernel" in flatten(params)


@pytest.mark.parametrize(
    ("encoder", "parameters"),
    [
        (Wav2Vec2.base, 94_371_712),
        (Wav2Vec2.xls_r_300m, 315_438_720),
        (Wav2Vec2.xls_r_1b, 962_497_408),
        (Wav2Vec2.xls_r_2b, 2_159_259_648),
        (HuBERT.base, 94_371_712),
        (WavLM.base, 94_381_936),
        (WavLM.large, 315_453_120),
    ],
)
def test_shapes_have_the_published_numbers_of_parameters(encoder, parameters):
    # The published numbers count the embedding of masked frames.
    config = encoder(mask_time_prob=0.05)
    shapes = nnx.eval_shape(lambda: config.build(nnx.Rngs(0)))
    arrays = flatten(nnx.state(shapes, nnx.Param))
    assert sum(array.size for array in arrays.values()) == parameters


def test_frames_follow_the_convolutions():
    encoder = Wav2Vec2.xls_r_300m()
    assert [encoder.frames(n) for n in (399, 400, 64_000, 64_600)] == [0, 1, 199, 201]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"layers": 5}, "layers=5: this Wav2Vec2 has 4 layers"),
        ({"heads": 5}, "heads=5 of Wav2Vec2 does not divide its width of 64"),
        ({"layer_drop": 1.0}, "layer_drop of Wav2Vec2 must be at least 0 and below 1"),
        ({"kernels": (10, 3)}, "must have one number for each convolution"),
    ],
)
def test_fields_out_of_range_are_refused(fields, message):
    with pytest.raises(ConfigError, match=message):
        Wav2Vec2(**fields)


def test_an_encoder_survives_the_file_of_its_run():
    encoder = WavLM.base(layers=5, freeze="features", dtype="bfloat16")
    assert from_json(json.loads(json.dumps(to_json(encoder)))) == encoder


def test_a_resumed_run_has_the_shape_itself_when_its_weights_are_gone(reference, tmp_path):
    folder = reference.write_folder(tmp_path / "weights")
    recorded = Wav2Vec2(weights=str(folder), freeze="encoder").resolved()
    folder.rename(tmp_path / "moved")
    for again in (
        Wav2Vec2(weights=str(folder), freeze="encoder").resolved(),
        Wav2Vec2.from_folder(str(folder), freeze="encoder"),
        Wav2Vec2.from_folder(str(tmp_path / "moved"), freeze="encoder"),
    ):
        assert again.continued(recorded) == recorded


def test_a_resumed_run_keeps_to_its_weights_as_long_as_they_are_there(reference, tmp_path):
    recorded = Wav2Vec2(weights=str(reference.write_folder(tmp_path / "one"))).resolved()
    other = Wav2Vec2(weights=str(reference.write_folder(tmp_path / "other"))).resolved()
    assert other.continued(recorded) == other != recorded
    assert Wav2Vec2().continued(recorded) == Wav2Vec2()
    wavlm = WavLM()
    assert wavlm.continued(recorded) is wavlm
