"""Batches of embeddings: frames take the place of samples."""

import numpy as np
import pytest
from embedded_corpora import LAYERS, WIDTH, write_shards, write_tables

from spoofjax.config import Augmentation, Clip, Loading
from spoofjax.corpora import Embedded
from spoofjax.errors import AudioError, ConfigError, CorpusError
from spoofjax.features import Embeddings, LogLinear
from spoofjax.loading.embedding_source import EmbeddingSource
from spoofjax.loading.evaluation_batches import EvaluationBatches
from spoofjax.loading.sampling import Balanced
from spoofjax.loading.training_batches import TrainingBatches

FRAMES = 7
POOLED = {"clip": Clip(train=1, evaluate=1), "loading": Loading()}


def front_end(**changes):
    return Embeddings(width=WIDTH, layers=LAYERS, **changes)


def test_a_pooled_utterance_is_one_frame_with_all_layers(tmp_path):
    written = write_tables(tmp_path)["dev"]
    manifest = Embedded(str(tmp_path)).manifest("dev")
    batches = EvaluationBatches(manifest, front_end=front_end(), **POOLED)
    batch = batches.batch(batches.cuts(32)[0])
    assert batch.features.shape == (32, 1, LAYERS * WIDTH)
    np.testing.assert_array_equal(batch.features[:24, 0], written.reshape(24, -1))
    assert (batch.lengths == 1).all()


def test_frames_are_cropped_at_random_and_padded(tmp_path):
    written = write_tables(tmp_path, FRAMES)["train"]
    manifest = Embedded(str(tmp_path)).manifest("train")
    batches = TrainingBatches(
        manifest,
        front_end=front_end(pooled=False),
        clip=Clip(train=4, evaluate=9, short="pad"),
        loading=Loading(),
        sampling=Balanced(),
        augment=Augmentation(),
        batch=16,
        seed=1,
    )
    batch = batches.batch(0)
    assert batch.features.shape == (16, 4, LAYERS * WIDTH)
    # (layers, frames, width) as (frames, layers, width)
    own = np.moveaxis(written[batch.indices], 2, 1).reshape(16, FRAMES, -1)
    starts = [
        next(s for s in range(4) if np.array_equal(own[slot, s : s + 4], batch.features[slot]))
        for slot in range(16)
    ]
    assert len(set(starts)) > 1
    dev = EvaluationBatches(
        Embedded(str(tmp_path)).manifest("dev"),
        front_end=front_end(pooled=False),
        clip=Clip(evaluate=9, short="pad"),
        loading=Loading(),
    )
    padded = dev.batch(dev.cuts(8)[0])
    assert padded.lengths.tolist() == [FRAMES] * 8
    assert not padded.features[:, FRAMES:].any()


@pytest.mark.parametrize("frames", [None, (3, 9, 5)])
@pytest.mark.parametrize("short", ["tile", "pad"])
def test_a_batch_is_gathered_from_shards_as_utterances_are_read(tmp_path, frames, short):
    manifest = Embedded(str(write_shards(tmp_path, frames))).manifest("train")
    source = EmbeddingSource(manifest, front_end(pooled=frames is None))
    indices, seeds = np.array([11, 0, 7, -1, 4, 5, 0]), np.arange(7, dtype=np.uint64)
    gathered = np.zeros((7, 1 if frames is None else 6, LAYERS * WIDTH), np.float32)
    read = np.zeros_like(gathered)
    valid = source.gather(indices, seeds, gathered, short, threads=1)
    expected = [
        -1 if row < 0 else source.clip(row, int(seeds[slot]), read[slot], short)
        for slot, row in enumerate(indices.tolist())
    ]
    assert valid.tolist() == expected
    np.testing.assert_array_equal(gathered, read)
    assert source.gather(indices, None, gathered, short, threads=1).tolist() == expected


def test_settings_for_audio_alone_are_refused(tmp_path):
    write_tables(tmp_path)
    manifest = Embedded(str(tmp_path)).manifest("dev")
    for clip, problem in (
        (Clip(), "Pooled embeddings have one frame"),
        (Clip(train=1, evaluate=1, level_dbfs=-26.0), "have no level"),
    ):
        with pytest.raises(ConfigError, match=problem):
            EvaluationBatches(manifest, front_end=front_end(), clip=clip, loading=Loading())
    with pytest.raises(CorpusError, match="is an embedding, not audio"):
        EvaluationBatches(manifest, front_end=LogLinear(), **POOLED)


def test_another_shape_or_nan_is_told_by_the_name_of_the_utterance(tmp_path):
    written = write_tables(tmp_path)["dev"]
    manifest = Embedded(str(tmp_path)).manifest("dev")
    wrong = EvaluationBatches(manifest, front_end=Embeddings(width=WIDTH, layers=2), **POOLED)
    with pytest.raises(ConfigError, match=r"dev\.npy#0 has shape \(3, 6\).*layers=2 and width=6"):
        wrong.batch(wrong.cuts(8)[0])
    written[5, 0, 0] = np.nan
    np.save(tmp_path / "dev.npy", written)
    broken = EvaluationBatches(manifest, front_end=front_end(), **POOLED)
    with pytest.raises(AudioError, match=r"dev\.npy#5 holds NaN"):
        broken.batch(broken.cuts(8)[0])
