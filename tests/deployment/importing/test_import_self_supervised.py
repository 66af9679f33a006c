"""Published detectors on XLS-R and WavLM become runs, encoder and head."""

import jax
import numpy as np
import pytest
from fairseq_files import CHANNELS, HEADS, INNER, WIDTH, nes2net, random_tensors, ssl_aasist, write
from flax import nnx

from spoofjax.cli import main
from spoofjax.deployment.detector import Detector
from spoofjax.models import SelfSupervised
from spoofjax.models.arrays import flatten, unflatten
from spoofjax.models.encoders import Wav2Vec2, WavLM
from spoofjax.models.heads import SSLAASIST, Nes2NetX

SIZES = {"width": WIDTH, "inner": INNER, "full_depth": 2, "heads": HEADS, "normalise": False}
XLS_R = Wav2Vec2(**SIZES, channels=(CHANNELS,) * 7)
WAVLM = WavLM(**SIZES, channels=(CHANNELS,) * 7)
ENCODER = "ssl_model.model."


def imported(name, tensors, folder, *options):
    path = write(folder / "published.pth", tensors)
    out = folder / "run"
    assert main(["import", str(path), "--as", name, "--out", str(out), *options]) == 0
    return Detector.load(out)


def built_directly(model, tensors):
    """The network with the encoder of the file, loaded as the weights of an encoder are."""
    network = model.build(1, nnx.Rngs(0))
    model.encoder.load(
        network.encoder,
        {name: array for name, array in tensors.items() if name.startswith(ENCODER)},
    )
    return network


def assert_same_arrays(detector, network, head):
    """Compare the encoder with the network's, and arrays of the head with those given."""
    arrays = {**detector.params, **detector.constants}
    own = flatten(nnx.state(network))
    assert arrays.keys() == own.keys()
    for name in own:
        if name.startswith("encoder/"):
            np.testing.assert_array_equal(arrays[name], own[name], err_msg=name)
    for name, expected in head.items():
        np.testing.assert_array_equal(arrays[f"head/{name}"], expected, err_msg=name)


@pytest.fixture(scope="module")
def aasist(tmp_path_factory):
    """The tensors of a published SSL-AASIST and the detector that was imported from them."""
    tensors = random_tensors(ssl_aasist())
    return tensors, imported("ssl_aasist", tensors, tmp_path_factory.mktemp("aasist"))


def test_ssl_aasist_has_the_encoder_and_the_head_of_the_file(aasist):
    tensors, detector = aasist
    model = SelfSupervised(encoder=XLS_R, head=SSLAASIST(), score="bonafide")
    assert detector.experiment.model == model
    assert detector.experiment.clip.evaluate == 64_600
    head = {
        "projection/kernel": tensors["LL.weight"].T,
        "first_norm/scale": tensors["first_bn.weight"],
        "last_norm/mean": tensors["first_bn1.running_mean"],
        "blocks/1/norm/variance": tensors["encoder.1.0.bn2.running_var"],
        "blocks/2/shortcut/kernel": tensors["encoder.2.0.conv_downsample.weight"].T.swapaxes(0, 1),
        "weights/first/kernel": tensors["attention.0.weight"][:, :, 0, 0].T,
        "weights/norm/bias": tensors["attention.2.bias"],
        "weights/last/bias": tensors["attention.3.bias"],
        "position": tensors["pos_S"],
        "frames/weight": tensors["GAT_layer_T.att_weight"][:, 0],
        "stacks/1/second/across": tensors["HtrgGAT_layer_ST22.att_weight12"][:, 0],
        "stacks/0/pool_bands/score/kernel": tensors["pool_hS1.proj.weight"].T,
        "output/kernel": tensors["out_layer.weight"].T,
    }
    assert_same_arrays(detector, built_directly(model, tensors), head)


@pytest.mark.slow
def test_its_score_is_the_second_logit_for_samples_as_they_are(aasist):
    tensors, detector = aasist
    graph, state = nnx.split(built_directly(detector.experiment.model, tensors))
    arrays = {**detector.params, **detector.constants}
    head = {name: array for name, array in arrays.items() if name.startswith("head/")}
    network = nnx.merge(graph, unflatten({**flatten(state), **head}))
    noise = np.random.default_rng(1).normal(0, 0.1, 8_000)
    clips = np.stack([noise, noise / 1_000]).astype(np.float32)
    quick = {"xla_backend_optimization_level": 0}
    logits = jax.jit(lambda x: network(x, None).logits, compiler_options=quick)(clips[..., None])
    scores = detector.score(clips, np.full(2, 8_000))
    np.testing.assert_allclose(scores, logits[:, 1], rtol=1e-4, atol=1e-5)
    # An encoder that normalised its input would hear the same twice.
    assert abs(logits[0, 1] - logits[1, 1]) > 1e-4


@pytest.mark.slow
def test_nes2net_has_the_encoder_and_the_head_of_the_file(tmp_path):
    tensors = random_tensors(nes2net())
    wrapped = {f"module.{name}": array for name, array in tensors.items()}
    detector = imported("nes2net", wrapped, tmp_path)
    model = SelfSupervised(encoder=XLS_R, head=Nes2NetX(dilation=2), score="bonafide")
    assert detector.experiment.model == model
    name = "Nested_Res2Net_TDNN"
    block = f"{name}.Build_in_Res2Nets.6"
    head = {
        "blocks/6/first/kernel": tensors[f"{block}.conv1.weight"][:, :, 0].T,
        "blocks/6/first_norm/mean": tensors[f"{block}.bn1.running_mean"],
        "blocks/6/convolutions/5/kernel": tensors[f"{block}.convs.5.weight"][..., 0].T,
        "blocks/6/weights/5": tensors[f"{block}.weighted_sum.5"].ravel(),
        "blocks/6/norms/5/scale": tensors[f"{block}.bns.5.weight"],
        "blocks/6/last/bias": tensors[f"{block}.conv3.bias"],
        "blocks/6/squeeze/kernel": tensors[f"{block}.se.se.1.weight"][:, :, 0].T,
        "blocks/6/excite/bias": tensors[f"{block}.se.se.3.bias"],
        "norms/6/bias": tensors[f"{name}.bns.6.bias"],
        "norm/scale": tensors[f"{name}.bn.weight"],
        "output/kernel": tensors[f"{name}.fc.weight"].T,
    }
    assert_same_arrays(detector, built_directly(model, tensors), head)


@pytest.mark.slow
def test_nes2net_of_asvspoof5_is_on_wavlm_and_takes_whole_utterances(tmp_path):
    tensors = random_tensors(nes2net(), is_wavlm=True)
    detector = imported("nes2net_asvspoof5", tensors, tmp_path, "--whole-utterances")
    model = SelfSupervised(encoder=WAVLM, head=Nes2NetX(dilation=1), score="bonafide")
    assert detector.experiment.model == model
    assert detector.experiment.clip.buckets[-1] == 516_800
    assert_same_arrays(detector, built_directly(model, tensors), {})


def test_tensors_of_encoder_and_head_that_do_not_fit_are_listed_by_name(tmp_path, capsys):
    tensors = random_tensors(ssl_aasist())
    del tensors[f"{ENCODER}encoder.layers.1.fc1.weight"]
    del tensors[f"{ENCODER}encoder.layers.0.self_attn_layer_norm.bias"]
    tensors[f"{ENCODER}encoder.layers.0.fc2.weight"] = np.zeros((WIDTH, 3), np.float32)
    tensors[f"{ENCODER}encoder.surprise"] = np.zeros(1, np.float32)
    tensors["LL.weight"] = np.zeros((128, 3), np.float32)
    path = write(tmp_path / "published.pth", tensors)
    out = tmp_path / "run"
    assert main(["import", str(path), "--as", "ssl_aasist", "--out", str(out)]) == 1
    message = capsys.readouterr().err
    assert (
        f"lacks {ENCODER}encoder.layers.0.self_attn_layer_norm.bias, "
        f"{ENCODER}encoder.layers.1.fc1.weight;" in message
    )
    assert f"{ENCODER}encoder.layers.0.fc2.weight ((64, 3), expected (64, 48))" in message
    assert "LL.weight ((128, 3), expected (128, 64))" in message
    assert f"unknown tensors: {ENCODER}encoder.surprise." in message
    assert not out.exists()


def test_an_encoder_alone_lacks_the_head(tmp_path, capsys):
    tensors = random_tensors(())
    path = write(tmp_path / "published.pth", tensors)
    assert main(["import", str(path), "--as", "nes2net", "--out", str(tmp_path / "run")]) == 1
    assert "lacks Nested_Res2Net_TDNN.Build_in_Res2Nets.0.bn1.bias" in capsys.readouterr().err
