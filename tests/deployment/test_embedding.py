"""Embeddings are computed once, in shards that a killed job does not lose, and heads read them."""

import json

import jax
import numpy as np
import pytest
from flax import nnx
from untrained_runs import write_run

from spoofjax.cli import main
from spoofjax.config import Clip, Evaluation, Loading
from spoofjax.config_files import load_config
from spoofjax.corpora import Embedded
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.embedding import Embedder
from spoofjax.deployment.embedding_files import Share, write_embeddings
from spoofjax.errors import ConfigError, CorpusError
from spoofjax.features import Embeddings, Waveform
from spoofjax.loading.evaluation_batches import EvaluationBatches
from spoofjax.models.building import build_network
from spoofjax.models.cached_encoder import CachedEncoder
from spoofjax.models.encoders.wav2vec2 import Wav2Vec2
from spoofjax.models.heads import MHFA
from spoofjax.models.self_supervised import SelfSupervised

ENCODER = Wav2Vec2(
    width=16, full_depth=2, heads=2, inner=16, channels=(8,) * 7, position_groups=2,
    position_kernel=8,
)  # fmt: skip
HEAD = MHFA(compression=4, heads=2, embedding=8)
SAMPLES = 3_000


@pytest.fixture(scope="module")
def tiny(tiny_corpus):
    """The tiny corpus with a random encoder; two thousand of its samples are padding."""
    return load_config(tiny_corpus() / "tiny.py").replace(
        front_end=Waveform(),
        model=SelfSupervised(encoder=ENCODER, head=HEAD),
        clip=Clip(train=SAMPLES, evaluate=SAMPLES, short="pad"),
        evaluation=Evaluation(batch=8),
    )


@pytest.fixture(scope="module")
def embedder(tiny):
    return Embedder.of_config(tiny, None, "none")


def silent(split, done, rows):
    """Report no progress."""


def write(embedder, out, split="dev", **share):
    manifests = {split: embedder.experiment.data.manifest(split)}
    return write_embeddings(embedder, manifests, out, Share(10, **share), 0, silent)


@pytest.fixture(scope="module")
def frames(embedder, tmp_path_factory):
    """All hidden states of dev, with frames."""
    folder = tmp_path_factory.mktemp("frames") / "dev"
    write(embedder, folder)
    return folder


def test_a_head_on_cached_frames_gives_the_scores_of_the_whole_model(tiny, embedder, frames):
    manifest = tiny.data.manifest("dev")
    audio = EvaluationBatches(
        manifest, front_end=tiny.front_end, clip=tiny.clip, loading=tiny.loading
    )
    batch = audio.batch(audio.cuts(24)[0])
    network = build_network(tiny, nnx.Rngs(tiny.seed))
    expected = nnx.jit(lambda m, *x: m(*x).score)(network, batch.features, batch.lengths)

    front_end = Embeddings(width=16, layers=4, pooled=False)
    stored = Embedded(str(frames)).manifest("dev")
    cached = EvaluationBatches(
        stored, front_end=front_end, clip=Clip(evaluate=9, short="pad"), loading=Loading()
    )
    batch = cached.batch(cached.cuts(24)[0])
    head = CachedEncoder(head=HEAD, layers=4).build(front_end.coefficients, nnx.Rngs(0))
    nnx.update(head.head, nnx.state(network.head))
    scores = nnx.jit(lambda m, *x: m(*x).score)(head, batch.features, batch.lengths)
    np.testing.assert_allclose(scores, expected, atol=5e-3)
    assert np.ptp(expected) > 0
    assert stored.ids.tolist() == manifest.ids.tolist()
    assert stored.label.tolist() == manifest.label.tolist()


def test_the_manifest_says_what_the_embeddings_come_from(embedder, frames):
    plan = json.loads((frames / "embeddings.json").read_text())
    assert plan["layers"] == ["0", "1", "2", "last"]
    assert plan["provenance"]["weights"] == embedder.digest
    assert plan["provenance"]["config"]["model"]["encoder"]["width"] == 16
    assert np.load(frames / "dev" / "00000.npy").dtype == np.float16


def test_only_what_is_missing_is_computed_again(embedder, frames, tmp_path):
    before = (frames / "dev" / "00001.npy").read_bytes()
    assert write(embedder, frames).computed == 0
    # A killed job leaves a shard without its receipt.
    (frames / "dev" / "00001.json").unlink()
    (frames / "dev" / "00001.npy").write_bytes(before[:100])
    assert write(embedder, frames).computed == 10
    assert (frames / "dev" / "00001.npy").read_bytes() == before


def test_several_jobs_share_the_shards(embedder, frames, tmp_path):
    first = write(embedder, tmp_path / "out", index=0, count=2)
    assert first.waiting == {"dev": 1}
    with pytest.raises(CorpusError, match="not finished"):
        Embedded(str(tmp_path / "out")).manifest("dev")
    assert write(embedder, tmp_path / "out", index=1, count=2).waiting == {}
    for shard in sorted((frames / "dev").glob("0000?.npy")):
        assert (tmp_path / "out" / "dev" / shard.name).read_bytes() == shard.read_bytes()


def test_a_folder_begun_with_other_weights_is_refused(tiny, frames):
    other = Embedder.of_config(tiny.replace(seed=5), None, "none")
    with pytest.raises(CorpusError, match="begun with other provenance"):
        write(other, frames)


def test_statistics_count_valid_frames_alone(tiny, embedder, frames, tmp_path):
    pooled = Embedder(tiny, embedder.params, embedder.constants, ("1",), "statistics")
    write(pooled, tmp_path / "out")
    stored = Embedded(str(tmp_path / "out")).manifest("dev")
    counts = np.load(frames / "dev" / "00000.frames.npy")
    first = np.load(frames / "dev" / "00000.npy")[: counts[0], 1].astype(np.float32)
    [row] = np.load(tmp_path / "out" / "dev" / "00000.npy")[0].astype(np.float32)
    np.testing.assert_allclose(row[:16], first.mean(0), atol=3e-3)
    np.testing.assert_allclose(row[16:], first.std(0), atol=3e-3)
    assert stored.samples is None


def test_copies_of_training_utterances_are_augmented(tiny, embedder, tmp_path):
    from spoofjax.audio.augmentation import ChannelVariation

    augmented = Embedder(
        tiny.replace(augment=ChannelVariation()),
        embedder.params, embedder.constants, ("2",), "mean",
    )  # fmt: skip
    manifests = {"train": tiny.data.manifest("train")}
    write_embeddings(augmented, manifests, tmp_path / "out", Share(), 1, silent)
    stored = Embedded(str(tmp_path / "out")).manifest("train")
    assert stored.ids[[0, 40]].tolist() == ["T_0000000000", "T_0000000000~1"]
    assert stored.label[:40].tolist() == stored.label[40:].tolist()
    values = np.load(tmp_path / "out" / "train" / "00000.npy")
    assert not np.array_equal(values[:40], values[40:])


def test_unknown_layers_are_refused(tiny):
    with pytest.raises(ConfigError, match=r"no layer '3'.*There are: 0, 1, 2, last"):
        Embedder.of_config(tiny, ["3"], "mean")


def test_the_command_writes_the_embedding_of_any_run(tiny_corpus, tmp_path, capsys):
    experiment = load_config(tiny_corpus() / "tiny.py")
    run, out = write_run(tmp_path / "run", experiment), tmp_path / "out"
    assert main(["embed", str(run), "--out", str(out), "--split", "dev", "--quiet"]) == 0
    assert "Embeddings(width=16, layers=1), clip=Clip(train=1" in capsys.readouterr().out
    detector = Detector.load(run)
    file = tiny_corpus() / "flac_D" / "D_0000000000.flac"
    from spoofjax.audio.reading import read

    clip, valid = detector.prepare(read(file, 16_000))
    features, frames = detector.features(clip[None], np.array([valid]))
    module = nnx.merge(detector.graph, *_states(detector))
    expected = module(features, frames).embedding[0]
    [stored] = np.load(out / "dev" / "00000.npy")[0]
    np.testing.assert_allclose(stored, np.asarray(expected), rtol=2e-3, atol=2e-3)


def _states(detector):
    from spoofjax.models.arrays import unflatten

    return [
        unflatten(jax.tree.map(jax.numpy.asarray, part))
        for part in (detector.params, detector.constants)
    ]
